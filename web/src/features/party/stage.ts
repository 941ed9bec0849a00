import type { ProcedureView, Step } from '@/api/schema.gen'

/** What the party is shown. */
export type PartyStage = 'early' | 'rights' | 'review' | 'sign' | 'receipt'

function step(view: ProcedureView, ending: string): Step | undefined {
  return view.steps.find(({ id }) => id.endsWith(ending))
}

const done = (found: Step | undefined) => found?.state === 'completed'

/** The stage as the steps stand; nothing is decided here, it only follows them. */
export function stageOf(view: ProcedureView): PartyStage {
  if (view.sealed || done(step(view, '_SIGN'))) return 'receipt'
  if (done(step(view, '_DECISION'))) return 'sign'
  if (done(step(view, '_DEFENCE'))) return 'review'
  return view.draft == null ? 'early' : 'rights'
}

/** Whether the party may answer now: the server says that the next act is this one. */
export function mayAct(view: ProcedureView, act: 'defence' | 'signature'): boolean {
  return view.primary?.act === act
}

/** The name as the case has it; the party sees their own name in full. */
export function partyName(view: ProcedureView): string {
  const name = view.facts.party_name
  return typeof name === 'string' ? name : ''
}
