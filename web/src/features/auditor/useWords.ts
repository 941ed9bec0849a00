import { useI18n } from 'vue-i18n'
import type { Finding } from './verification'
import { pick } from '@/shared/i18n'
import { grouped } from './format'
import type { Chapter, GapGroup, Lane } from './timeline'
import type { Message } from './verdict'

/** Words of the audit for codes and models; what has no word of its own is shown as it came. */
export function useWords() {
  const { t, te } = useI18n()

  const reason = (code: string) => (te(`audit.reason.${code}`) ? t(`audit.reason.${code}`) : code)
  const finding = (code: string) => (te(`audit.finding.${code}`) ? t(`audit.finding.${code}`) : code)
  const role = (name: string) => (te(`audit.lane.${name}`) ? t(`audit.lane.${name}`) : name)

  function spoken(params: Message['params']): Record<string, string> {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => {
        if (name === 'reason') return [name, reason(String(value))]
        if (name === 'code') return [name, finding(String(value))]
        return [name, typeof value === 'number' ? grouped(value) : value]
      }),
    )
  }

  return {
    reason,
    role,
    finding,
    findingTitle: (found: Finding) => finding(found.code),
    verdict: (message: Message) => t(`audit.verdict.${message.key}`, spoken(message.params)),
    detail: (message: Message) => t(`audit.detail.${message.key}`, spoken(message.params)),
    proof: (message: Message) => t(`audit.proof_value.${message.key}`, spoken(message.params)),
    chapter(chapter: Chapter): string {
      const title = pick(chapter.title_zh, chapter.title_en)
      return chapter.repeated ? t('audit.step.attempt', { title, n: chapter.attempt }) : title
    },
    /** Whose what is missing: 三路均缺, 现场画面… */
    missing(gap: GapGroup, lanes: readonly Lane[]): string {
      if (lanes.length > 1 && gap.participants.length === lanes.length)
        return t('audit.gap.all', { n: lanes.length })
      const kinds = gap.kinds.length === 2 ? t('audit.gap.both') : t(`audit.gap.${gap.kinds[0] ?? 'both'}`)
      const who = gap.participants.map((id) =>
        role(lanes.find((lane) => lane.participant === id)?.role ?? ''),
      )
      return t('audit.gap.of', { who: who.join(' '), what: kinds })
    },
    /** The step a gap fell into. */
    where(gap: GapGroup): string {
      if (gap.step === null) return t('audit.gap.between')
      const n = Number(/^S(\d+)/.exec(gap.step.step)?.[1] ?? 0)
      return t('audit.gap.step', { n, attempt: gap.step.attempt })
    },
  }
}
