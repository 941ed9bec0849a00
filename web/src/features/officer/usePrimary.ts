import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Primary, ProcedureView, Step } from '@/api/schema.gen'
import { pick } from '@/shared/i18n'
import { HANDED_OVER, isMine } from './stepText'

/** What the one big button does. */
export type PrimaryAct =
  | { kind: 'act'; primary: Primary; label: string; repeat: boolean }
  | { kind: 'turn'; label: string }
  | { kind: 'reopen'; label: string }
  | { kind: 'wait'; label: string }

export interface PrimaryOptions {
  view: Readonly<{ value: ProcedureView | null }>
  current: Readonly<{ value: Step | null }>
  /** The camera or microphone must be opened again before anything else. */
  broken: Readonly<{ value: boolean }>
  /** Recording is lost for another reason. */
  lost: Readonly<{ value: boolean }>
}

/** Steps in which the party reads along on the officer's phone. */
const READ_ALONG: ReadonlySet<string> = new Set(['S06_NOTICE'])

/** The button as the server's `primary` and the state of the recording make it; no rule of its own. */
export function usePrimary(options: PrimaryOptions): ComputedRef<PrimaryAct> {
  const { t, te } = useI18n()
  const name = (role: string) => (te(`role.${role}`) ? t(`role.${role}`) : role)
  return computed<PrimaryAct>(() => {
    if (options.broken.value) return { kind: 'reopen', label: t('officer.lost.reopen') }
    if (options.lost.value) return { kind: 'wait', label: t('officer.call.recovering') }
    const primary = options.view.value?.primary
    if (primary == null) return { kind: 'wait', label: t('officer.call.nothing') }
    const label = pick(primary.label_zh, primary.label_en)
    if (HANDED_OVER.has(primary.act) && primary.by.some((role) => role === 'party' || role === 'officer')) {
      return { kind: 'turn', label: t('officer.call.turn') }
    }
    // Officer or seat seals, whoever the step names.
    if (isMine(primary, 'officer') || primary.act === 'seal') {
      return { kind: 'act', primary, label, repeat: options.current.value?.state === 'invalid' }
    }
    if (READ_ALONG.has(primary.step) && primary.act === 'sentence') {
      return { kind: 'turn', label: t('officer.call.turn') }
    }
    if (primary.by.includes('seat'))
      return { kind: 'wait', label: t('officer.call.wait_seat', { what: label }) }
    const who = primary.by.map(name).join(' ')
    return { kind: 'wait', label: t('officer.call.wait', { who, what: label }) }
  })
}
