import { createI18n } from 'vue-i18n'
import common from './common'

export type Locale = 'zh-CN' | 'en'

/** Texts by nested key; leaves may hold `{name}` and, for counted things, `one | many`. */
export interface Texts {
  [key: string]: string | Texts
}

/** Both languages of one part of the application. A test holds them to the same keys. */
export interface Messages {
  'zh-CN': Texts
  en: Texts
}

const STORED = 'cloudseat.locale'

function initial(): Locale {
  return typeof localStorage !== 'undefined' && localStorage.getItem(STORED) === 'en' ? 'en' : 'zh-CN'
}

export const i18n = createI18n<false>({
  legacy: false,
  locale: initial(),
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': common['zh-CN'], en: common.en },
})

/** Adds the texts of a lazily loaded part. */
export function addMessages(messages: Messages): void {
  i18n.global.mergeLocaleMessage('zh-CN', messages['zh-CN'])
  i18n.global.mergeLocaleMessage('en', messages.en)
}

export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale
  localStorage.setItem(STORED, locale)
  document.documentElement.lang = locale
}

/** Picks the member of a served text that fits the language, e.g. `title_zh` or `title_en`. */
export function pick(zh: string, en: string): string {
  return i18n.global.locale.value === 'en' && en !== '' ? en : zh
}

const english = () => i18n.global.locale.value === 'en'

/** Things in a row: 摄像头、麦克风. */
export function joinItems(items: readonly string[]): string {
  return items.filter((item) => item !== '').join(english() ? ', ' : '、')
}

/** Clauses of one line: 定位 ±6 米，时钟差 0.02 秒. */
export function joinClauses(clauses: readonly string[]): string {
  return clauses.filter((clause) => clause !== '').join(english() ? ', ' : '，')
}
