import type { Messages } from '@/shared/i18n'
import { findingsEn, findingsZh } from './findingTexts'
import en from './messages.en'
import zh from './messages.zh'

const messages: Messages = {
  'zh-CN': { audit: { ...zh, finding: findingsZh } },
  en: { audit: { ...en, finding: findingsEn } },
}

export default messages
