import type { Need, Primary, ProcedureView, Sentence, Step } from '@/api/schema.gen'

/** The sentence to be read now: the first one of the step that was not. */
export function litSentence(step: Step): { sentence: Sentence; number: number } | null {
  const index = step.sentences.findIndex((sentence) => !sentence.read)
  const sentence = step.sentences[index]
  return sentence === undefined ? null : { sentence, number: index + 1 }
}

/** Needs as the row shows them: required ones, one for each group of alternatives. */
export function shownNeeds(step: Step): Need[] {
  const groups = new Set<number>()
  return step.needs.filter((need) => {
    if (!need.required) return false
    if (need.group == null) return true
    const filled = step.needs.find((other) => other.group === need.group && other.filled)
    if (groups.has(need.group)) return false
    if (filled !== undefined && filled !== need) return false
    groups.add(need.group)
    return true
  })
}

/** Kinds that a form can take in; the others come from sentences, acts and the system. */
const TYPED: ReadonlySet<string> = new Set([
  'text',
  'id_number',
  'plate',
  'enum',
  'bool',
  'geo',
  'time',
  'number',
])

export function isTyped(need: Need): boolean {
  return TYPED.has(need.type)
}

/** The name of a need; of an open group of alternatives the names of all. */
export function needLabel(step: Step, need: Need, name: (need: Need) => string): string {
  if (need.group == null || need.filled) return name(need)
  return step.needs
    .filter(({ group }) => group === need.group)
    .map(name)
    .join(' / ')
}

/** What a photo for a need is called in the log. */
export function captureKind(field: string): 'still' | 'credential' | 'licence' | 'plate' | 'evidence' {
  if (field.includes('credential')) return 'credential'
  if (field.includes('licence') || field.includes('id_')) return 'licence'
  if (field.includes('plate')) return 'plate'
  return field === 'evidence' ? 'evidence' : 'still'
}

/** The first picture that the step lacks. */
export function missingPicture(step: Step): Need | null {
  return step.needs.find((need) => need.type === 'media' && need.required && !need.filled) ?? null
}

/** Numbers of the steps before `step` that stay valid, as a range; null: there are none. */
export function validBefore(view: ProcedureView, step: Step): { from: number; to: number } | null {
  const done = view.steps.filter((other) => other.number < step.number && other.state === 'completed')
  const first = done[0]
  const last = done.at(-1)
  return first === undefined || last === undefined ? null : { from: first.number, to: last.number }
}

/** Whether the next thing to do is this role's. */
export function isMine(primary: Primary | null | undefined, role: string): boolean {
  return primary?.by.includes(role) === true
}

/** Acts for which the officer hands the phone over. */
export const HANDED_OVER: ReadonlySet<string> = new Set(['defence', 'signature'])
