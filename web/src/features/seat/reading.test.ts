import { describe, expect, it } from 'vitest'
import type { Need, ProcedureView, Step } from '@/api/schema.gen'
import {
  brokenStep,
  captureKind,
  currentStep,
  deskAction,
  openGuards,
  mayHaveNewStill,
  openNeeds,
  reading,
} from './reading'

function step(id: string, state: Step['state'], change: Partial<Step> = {}): Step {
  return {
    id,
    number: Number(id.slice(1, 3)),
    title_zh: id,
    title_en: id,
    actors: ['officer', 'seat'],
    recorded: true,
    atomic: false,
    state,
    attempt: 1,
    attempts: [],
    sentences: [],
    needs: [],
    guards: [],
    missing_zh: [],
    missing_en: [],
    ...change,
  }
}
const sentence = (id: string, read: boolean) => ({ id, speaker: 'seat', zh: id, en: id, read })
const need = (field: string, filled = false): Need => ({
  field,
  label_zh: field,
  label_en: field,
  type: 'text',
  required: true,
  filled,
})
function view(steps: Step[], change: Partial<ProcedureView> = {}): ProcedureView {
  return {
    procedure: 'traffic_simple',
    title_zh: '简易程序',
    title_en: 'Simple procedure',
    version: '1.0.0',
    state: 'FACTS',
    sealed: false,
    exits: [],
    steps,
    facts: {},
    ...change,
  }
}
const primary = (stepId: string, act: string, ...by: string[]) => ({
  primary: { step: stepId, act, label_zh: '', label_en: '', by },
})

describe('deskAction', () => {
  const notice = step('S06_NOTICE', 'running', {
    sentences: [sentence('SC02.1', true), sentence('SC02.2', false), sentence('SC02.3', false)],
    missing_zh: ['告知未读完'],
  })

  it('reads sentence by sentence when it is the seat’s turn', () => {
    expect(deskAction(view([notice], primary('S06_NOTICE', 'sentence', 'officer', 'seat')))).toEqual({
      do: 'read',
      step: 'S06_NOTICE',
      sentence: 'SC02.2',
      last: false,
    })
  })

  it('waits when the server says it is another’s turn, whatever the step’s actors are', () => {
    expect(deskAction(view([notice], primary('S06_NOTICE', 'sentence', 'officer')))).toEqual({
      do: 'wait',
      step: 'S06_NOTICE',
      by: ['officer'],
    })
    expect(deskAction(view([notice]))).toEqual({ do: 'wait', step: 'S06_NOTICE', by: [] })
  })

  it('starts an open step, and says so when it is again', () => {
    const start = (state: Step['state']) =>
      deskAction(view([step('S03_IDENTITY', state)], primary('S03_IDENTITY', 'start', 'seat')))
    expect(start('open')).toMatchObject({ do: 'start', again: false })
    expect(start('invalid')).toMatchObject({ do: 'start', again: true })
  })

  it('takes each act that a seat has from the server', () => {
    const acts = ['complete', 'review', 'exit', 'seal', 'fields', 'capture'].map(
      (act) => deskAction(view([step('S09_SUPERVISE', 'running')], primary('S09_SUPERVISE', act, 'seat'))).do,
    )
    expect(acts).toEqual(['complete', 'review', 'exit', 'seal', 'fill', 'fill'])
  })

  it('confirms the sentence that is shown, and only one that is the seat’s', () => {
    const guard = (id: string, by: string[]) => ({
      id,
      check: 'human' as const,
      zh: '',
      en: '',
      basis: [],
      state: 'open' as const,
      confirm_by: by,
    })
    const at = (guards: Step['guards']) =>
      deskAction(view([step('S04_PARTY', 'running', { guards })], primary('S04_PARTY', 'confirm', 'seat')))
    expect(at([guard('a', ['officer']), guard('b', ['seat'])])).toEqual({
      do: 'confirm',
      step: 'S04_PARTY',
      guard: 'b',
    })
    expect(at([guard('a', ['officer'])]).do).toBe('wait')
  })

  it('does nothing once the session is sealed, and waits for an act it doesn’t know', () => {
    const sealed = view([notice], { ...primary('S06_NOTICE', 'sentence', 'seat'), sealed: true })
    expect(deskAction(sealed).do).toBe('none')
    expect(deskAction(view([notice], primary('S06_NOTICE', 'hover', 'seat'))).do).toBe('wait')
  })
})

describe('reading', () => {
  it('has one before and one after the lit sentence', () => {
    const running = step('S06_NOTICE', 'running', {
      sentences: [sentence('a', true), sentence('b', true), sentence('c', false), sentence('d', false)],
    })
    const at = reading(running)
    expect([at.before?.id, at.lit?.id, at.after?.id, at.read, at.total]).toEqual(['b', 'c', 'd', 2, 4])
  })

  it('lights nothing in a step that doesn’t run, and shows what will be read', () => {
    const open = step('S06_NOTICE', 'open', { sentences: [sentence('a', false), sentence('b', false)] })
    expect(reading(open)).toMatchObject({ lit: null, after: { id: 'a' } })
    const read = step('S06_NOTICE', 'running', { sentences: [sentence('a', true)] })
    expect(reading(read)).toMatchObject({ before: { id: 'a' }, lit: null, after: null })
  })
})

describe('the rest of the view', () => {
  it('stands at the step the server names', () => {
    const steps = [step('S05_FACTS', 'running'), step('S06_NOTICE', 'open')]
    expect(currentStep(view(steps))?.id).toBe('S05_FACTS')
    expect(currentStep(view(steps, primary('S06_NOTICE', 'start', 'seat')))?.id).toBe('S06_NOTICE')
  })

  it('names the step a break puts back, only if it had to be recorded', () => {
    expect(brokenStep(view([step('S06_NOTICE', 'running')]))?.id).toBe('S06_NOTICE')
    expect(brokenStep(view([step('S09_SUPERVISE', 'running', { recorded: false })]))).toBeNull()
  })

  it('offers what is still empty, but not the verdict', () => {
    const running = step('S08_REVIEW', 'running', {
      needs: [
        need('a', true),
        need('b'),
        need('verdict'),
        { ...need('optional'), required: false },
        { ...need('id_no', true), group: 2 },
        { ...need('licence_no'), group: 2 },
      ],
    })
    expect(openNeeds(running).map((n) => n.field)).toEqual(['b'])
    const guard = { id: 'g', check: 'human' as const, zh: '', en: '', basis: [], state: 'open' as const }
    const guarded = step('S04_PARTY', 'running', {
      guards: [
        { ...guard, confirm_by: ['seat', 'officer'] },
        { ...guard, confirm_by: ['officer'] },
        { ...guard, confirm_by: ['seat'], state: 'holds' },
        { ...guard, check: 'machine', confirm_by: ['seat'] },
      ],
    })
    expect(openGuards(guarded)).toHaveLength(1)
    expect(captureKind('seat_credential')).toBe('credential')
    expect(captureKind('evidence')).toBe('evidence')
    expect(captureKind('statement_media')).toBe('still')
  })

  it('asks for the stills when one may have come, not at every change', () => {
    const at = (value: string[], state: Step['state'] = 'running') =>
      view([step('S05_FACTS', state, { needs: [{ ...need('evidence'), type: 'media', value }] })])
    expect(mayHaveNewStill(at(['c1']), null)).toBe(false)
    expect(mayHaveNewStill(at(['c1', 'c2']), at(['c1']))).toBe(true)
    expect(mayHaveNewStill(at(['c1'], 'completed'), at(['c1']))).toBe(false)
    expect(mayHaveNewStill(at(['c1']), at(['c1']))).toBe(true)
  })
})
