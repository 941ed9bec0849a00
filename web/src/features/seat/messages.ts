import type { Messages } from '@/shared/i18n'
import en from './messages.en'
import zh from './messages.zh'

const messages: Messages = { 'zh-CN': zh, en }

export default messages
