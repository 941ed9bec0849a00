import type { Messages } from '@/shared/i18n'

const messages: Messages = {
  'zh-CN': {
    sign_in: {
      title: '登录',
      login: '警号或账号',
      password: '密码',
      go: '登录',
      expired: '登录已过期，请重新登录。之后回到原来的页面。',
      rule: '仅限公安民警使用，登录与操作全程留痕\n没有账号请联系本单位管理员',
      health: '系统状态',
      server: '服务器',
      unreachable: '没有回应',
      check: {
        recorder: '录制服务',
        disk: '存储',
        clock: '时钟',
        media: '音视频',
        database: '数据库',
      },
    },
  },
  en: {
    sign_in: {
      title: 'Sign in',
      login: 'Police number or account',
      password: 'Password',
      go: 'Sign in',
      expired: 'You were signed out. Sign in to return to where you were.',
      rule: 'For police officers only; every sign-in and action is logged\nNo account? Ask the administrator of your unit',
      health: 'System state',
      server: 'Server',
      unreachable: 'does not answer',
      check: {
        recorder: 'Recording',
        disk: 'Storage',
        clock: 'Clock',
        media: 'Sound and picture',
        database: 'Database',
      },
    },
  },
}

export default messages
