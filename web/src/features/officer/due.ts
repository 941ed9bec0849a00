import type { Case, CaseDeadline } from '@/api/schema.gen'

/** The deadline an officer is to see of a case: the nearest undone one that is the officer's to keep. */
export function nextDue(item: Case): CaseDeadline | null {
  const open = item.deadlines.filter((due) => !due.done && due.key.startsWith('file'))
  return open.reduce<CaseDeadline | null>(
    (nearest, due) => (nearest === null || due.due_at < nearest.due_at ? due : nearest),
    null,
  )
}

/** Whole days until then, by calendar days of China; negative: over. */
export function daysLeft(dueAt: string, now: number): number {
  const dayOf = (at: number) => Math.floor((at + 8 * 3_600_000) / 86_400_000)
  return dayOf(Date.parse(dueAt)) - dayOf(now)
}

export type Tone = 'ok' | 'gap' | 'dim' | 'stop' | ''

/** The colour of a case's state: amber is due, green is done, red is invalid. */
export function toneOf(state: string): Tone {
  switch (state) {
    case 'FILED':
    case 'PAID':
      return 'ok'
    case 'SEALED':
    case 'DECIDED':
    case 'SIGNED':
    case 'SIGN_REFUSED':
    case 'DELIVERED':
    case 'RECEIPT_REFUSED':
      return 'gap'
    case 'EVIDENCE_INCOMPLETE':
    case 'REVOKED':
      return 'stop'
    default:
      return 'dim'
  }
}
