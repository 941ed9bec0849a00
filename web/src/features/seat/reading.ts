import type { Need, ProcedureView, Sentence, Step } from '@/api/schema.gen'

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
  | { do: 'seal' }
  | { do: 'fill'; step: string }
  | { do: 'wait'; step: string; by: readonly string[] }
  | { do: 'none' }

/** Chooses it. Whose turn it is stands in the view (`primary.by`); a seat never acts out of turn. */
export function deskAction(view: ProcedureView): DeskAction {
  if (view.sealed) return { do: 'none' }
  if (view.primary?.act === 'seal') {
    return view.primary.by.includes('seat')
      ? { do: 'seal' }
      : { do: 'wait', step: view.primary.step, by: view.primary.by }
  }
  const step = currentStep(view)
  if (step === null) return { do: 'none' }
  const by = view.primary?.by ?? step.actors
  if (!by.includes('seat')) return { do: 'wait', step: step.id, by }
  if (step.state !== 'running') return { do: 'start', step: step.id, again: step.state === 'invalid' }
  const at = reading(step)
  if (at.lit !== null) return { do: 'read', step: step.id, sentence: at.lit.id, last: at.after === null }
  if (isReview(step)) return { do: 'review', step: step.id }
  return step.missing_zh.length > 0 ? { do: 'fill', step: step.id } : { do: 'complete', step: step.id }
}

/** The seat's review of the draft: the step that asks for a verdict. */
export function isReview(step: Step): boolean {
  return step.needs.some((need) => need.field === 'verdict')
}

/** The step in which the draft is reviewed. */
export function reviewStep(view: ProcedureView): Step | null {
  return view.steps.find(isReview) ?? null
}

/** What the seat itself enters or confirms in a step; the verdict has its own place. */
export function ownNeeds(step: Step): Need[] {
  const seat = (need: Need) => need.field !== 'verdict' && need.field !== 'verdict_reason'
  return step.state === 'running' ? step.needs.filter((need) => !need.filled && seat(need)) : []
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
