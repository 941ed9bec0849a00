import type { Guard, Need, ProcedureView, Sentence, Step } from '@/api/schema.gen'

/** What the desk shows of the procedure and which button is the one. The server's view decides; here it is read. */

/** The step the view stands at: the one the server names, else the running one, else the first that isn't done. */
export function currentStep(view: ProcedureView): Step | null {
  return (
    view.steps.find((step) => step.id === view.primary?.step) ??
    view.steps.find((step) => step.state === 'running') ??
    view.steps.find((step) => step.state === 'open' || step.state === 'invalid') ??
    null
  )
}

/** The sentences around the one to be read. */
export interface Reading {
  before: Sentence | null
  lit: Sentence | null
  after: Sentence | null
  /** How many are read, and of how many. */
  read: number
  total: number
}

/** Where reading stands in a step. */
export function reading(step: Step): Reading {
  const index = step.sentences.findIndex((sentence) => !sentence.read)
  const at = index < 0 ? step.sentences.length : index
  return {
    before: step.sentences[at - 1] ?? null,
    lit: step.state === 'running' ? (step.sentences[at] ?? null) : null,
    after: step.state === 'running' ? (step.sentences[at + 1] ?? null) : (step.sentences[0] ?? null),
    read: at,
    total: step.sentences.length,
  }
}

/** The one action of the desk. */
export type DeskAction =
  | { do: 'start'; step: string; again: boolean }
  | { do: 'read'; step: string; sentence: string; last: boolean }
  | { do: 'complete'; step: string }
  | { do: 'review'; step: string }
  | { do: 'exit' }
  | { do: 'seal' }
  | { do: 'fill'; step: string }
  | { do: 'confirm'; step: string; guard: string }
  | { do: 'wait'; step: string | null; by: readonly string[] }
  | { do: 'none' }

/** Chooses it from what the server says is next and whose turn it is; there is no rule of law here. */
export function deskAction(view: ProcedureView): DeskAction {
  if (view.sealed) return { do: 'none' }
  const { primary } = view
  if (primary == null) return { do: 'wait', step: currentStep(view)?.id ?? null, by: [] }
  if (!primary.by.includes('seat')) return { do: 'wait', step: primary.step, by: primary.by }
  const step = view.steps.find(({ id }) => id === primary.step)
  switch (primary.act) {
    case 'start':
      return { do: 'start', step: primary.step, again: step?.state === 'invalid' }
    case 'sentence': {
      const at = step === undefined ? null : reading(step)
      if (at?.lit == null) break
      return { do: 'read', step: primary.step, sentence: at.lit.id, last: at.after === null }
    }
    case 'complete':
    case 'review':
      return { do: primary.act, step: primary.step }
    case 'exit':
    case 'seal':
      return { do: primary.act }
    case 'confirm': {
      const guard = step === undefined ? undefined : openGuards(step)[0]
      if (guard === undefined) break
      return { do: 'confirm', step: primary.step, guard: guard.id }
    }
    case 'fields':
    case 'capture':
      return { do: 'fill', step: primary.step }
  }
  return { do: 'wait', step: primary.step, by: primary.by }
}

/** The step in which the seat reviews the draft. */
export function reviewStep(view: ProcedureView): Step | null {
  return view.steps.find(({ id }) => id.endsWith('_SUPERVISE')) ?? null
}

/** What is still to be entered or captured in a running step; the verdict has its own place. */
export function openNeeds(step: Step): Need[] {
  const elsewhere = new Set(['verdict', 'verdict_reason'])
  if (step.state !== 'running') return []
  // Of alternatives one is enough.
  const answered = new Set(
    step.needs.flatMap((need) => (need.filled && need.group != null ? [need.group] : [])),
  )
  return step.needs.filter(
    (need) =>
      need.required &&
      !need.filled &&
      !(need.group != null && answered.has(need.group)) &&
      !elsewhere.has(need.field),
  )
}

/** Sentences that the seat confirms by looking: the guards for people that name it. */
export function openGuards(step: Step): Guard[] {
  if (step.state !== 'running') return []
  return step.guards.filter(
    (guard) => guard.check === 'human' && guard.state !== 'holds' && guard.confirm_by?.includes('seat'),
  )
}

/** What kind of capture fills a field. */
export function captureKind(field: string): 'still' | 'credential' | 'licence' | 'plate' | 'evidence' {
  if (field.includes('credential')) return 'credential'
  if (field.includes('licence')) return 'licence'
  if (field.includes('plate')) return 'plate'
  return field === 'evidence' ? 'evidence' : 'still'
}

/** The step that a break in recording puts back: the running one, if it has to lie inside unbroken recording. */
export function brokenStep(view: ProcedureView): Step | null {
  return view.steps.find((step) => step.state === 'running' && step.recorded) ?? null
}

const pictures = (view: ProcedureView) =>
  view.steps.flatMap(({ needs }) => needs.filter(({ type }) => type === 'media').map(({ value }) => value))

/**
 * Whether a still may have been added since the view was `before`: a field has another picture, or something was
 * written that the view does not show, as a still of no field is.
 */
export function mayHaveNewStill(view: ProcedureView, before: ProcedureView | null): boolean {
  if (before === null) return false
  const differ = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b)
  return differ(pictures(view), pictures(before)) || !differ(view, before)
}
