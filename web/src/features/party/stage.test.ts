import { expect, it } from 'vitest'
import type { ProcedureView, StepState } from '@/api/schema.gen'
import { mayAct, stageOf } from './stage'

function view(states: Record<string, StepState>, more: Partial<ProcedureView> = {}): ProcedureView {
  const ids = ['S06_NOTICE', 'S07_DEFENCE', 'S09_SUPERVISE', 'S10_DECISION', 'S11_SIGN', 'S12_DELIVER']
  return {
    sealed: false,
    draft: {},
    steps: ids.map((id) => ({ id, state: states[id] ?? 'locked' })),
    ...more,
  } as ProcedureView
}

it('follows the steps', () => {
  expect(stageOf(view({}, { draft: null }))).toBe('early')
  expect(stageOf(view({ S06_NOTICE: 'running' }))).toBe('rights')
  expect(stageOf(view({ S06_NOTICE: 'completed', S07_DEFENCE: 'running' }))).toBe('rights')
  expect(stageOf(view({ S07_DEFENCE: 'completed' }))).toBe('review')
  expect(stageOf(view({ S07_DEFENCE: 'completed', S10_DECISION: 'completed' }))).toBe('sign')
  expect(stageOf(view({ S10_DECISION: 'completed', S11_SIGN: 'completed' }))).toBe('receipt')
})

it('goes back to the rights when the notice has to be repeated', () => {
  expect(stageOf(view({ S06_NOTICE: 'invalid', S07_DEFENCE: 'locked' }))).toBe('rights')
})

it('shows the receipt of a sealed session that ended without a decision', () => {
  expect(stageOf(view({}, { sealed: true, draft: null }))).toBe('receipt')
})

it('lets the party act only when the server says so', () => {
  const primary = { step: 'S07_DEFENCE', act: 'defence', label_zh: '', label_en: '', by: ['party'] }
  expect(mayAct(view({}, { primary }), 'defence')).toBe(true)
  expect(mayAct(view({}, { primary }), 'signature')).toBe(false)
  expect(mayAct(view({}), 'defence')).toBe(false)
})
