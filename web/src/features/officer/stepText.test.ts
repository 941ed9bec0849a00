import { describe, expect, it } from 'vitest'
import type { Need, ProcedureView, Step } from '@/api/schema.gen'
import { captureKind, litSentence, missingPicture, needLabel, shownNeeds, validBefore } from './stepText'

const need = (field: string, more: Partial<Need> = {}): Need => ({
  field,
  label_zh: field,
  label_en: field,
  type: 'text',
  required: true,
  filled: false,
  ...more,
})
const step = (number: number, more: Partial<Step> = {}): Step => ({
  id: `S${number}`,
  number,
  title_zh: '',
  title_en: '',
  actors: ['officer'],
  recorded: true,
  atomic: false,
  state: 'running',
  attempt: 1,
  attempts: [],
  sentences: [],
  needs: [],
  guards: [],
  missing_zh: [],
  missing_en: [],
  ...more,
})

describe('litSentence', () => {
  const sentences = ['a', 'b', 'c'].map((id, index) => ({
    id,
    speaker: 'officer',
    zh: id,
    en: id,
    read: index < 1,
  }))
  it('is the first that was not read', () => {
    expect(litSentence(step(6, { sentences }))).toMatchObject({ sentence: { id: 'b' }, number: 2 })
  })
  it('is none when all were', () => {
    expect(
      litSentence(step(6, { sentences: sentences.map((entry) => ({ ...entry, read: true })) })),
    ).toBeNull()
  })
})

describe('shownNeeds', () => {
  it('shows one of a group of alternatives, the filled one where there is one', () => {
    const open = [
      need('id_no', { group: 1 }),
      need('licence_no', { group: 1 }),
      need('note', { required: false }),
    ]
    expect(shownNeeds(step(4, { needs: open })).map(({ field }) => field)).toEqual(['id_no'])
    const filled = [need('id_no', { group: 1 }), need('licence_no', { group: 1, filled: true })]
    expect(shownNeeds(step(4, { needs: filled })).map(({ field }) => field)).toEqual(['licence_no'])
  })
})

it('names all of an open group of alternatives', () => {
  const needs = [need('id_no', { group: 1 }), need('licence_no', { group: 1 }), need('other')]
  const field = (one: Need) => one.field
  const [first = need('')] = needs
  expect(needLabel(step(4, { needs }), first, field)).toBe('id_no / licence_no')
  expect(needLabel(step(4, { needs }), { ...first, filled: true }, field)).toBe('id_no')
})

it('finds the picture a step lacks and names it', () => {
  const needs = [
    need('a'),
    need('officer_credential', { type: 'media', filled: true }),
    need('evidence', { type: 'media' }),
  ]
  expect(missingPicture(step(5, { needs }))?.field).toBe('evidence')
  expect(captureKind('evidence')).toBe('evidence')
  expect(captureKind('seat_credential')).toBe('credential')
  expect(captureKind('whatever')).toBe('still')
})

it('says which steps stay valid', () => {
  const steps = [
    step(1, { state: 'completed' }),
    step(2, { state: 'completed' }),
    step(3, { state: 'invalid' }),
  ]
  const view = { steps } as ProcedureView
  expect(validBefore(view, steps[2] ?? step(3))).toEqual({ from: 1, to: 2 })
  expect(validBefore(view, steps[0] ?? step(1))).toBeNull()
})
