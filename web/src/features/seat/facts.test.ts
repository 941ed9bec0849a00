import { describe, expect, it } from 'vitest'
import type { ProcedureView } from '@/api/schema.gen'
import { factRows } from './facts'

const view = (facts: ProcedureView['facts'], done: string[] = []) =>
  ({ facts, steps: done.map((id) => ({ id, state: 'completed' })) }) as unknown as ProcedureView

describe('factRows', () => {
  it('ticks what the step that checks it has completed, and nothing before', () => {
    const facts = {
      party_name: '张立新',
      id_no: '150424********2617',
      plate: '蒙DK7362',
      violation_code: '1345',
    }
    const before = factRows(view(facts))
    expect(before.every((row) => !row.checked)).toBe(true)
    const after = factRows(view(facts, ['S04_PARTY']))
    expect(after.filter((row) => row.checked).map((row) => row.key)).toEqual(['party', 'vehicle'])
    expect(after[0]?.parts).toEqual(['张立新', '150424********2617'])
  })

  it('leaves out what is not known, but for the party', () => {
    expect(factRows(view({})).map((row) => row.key)).toEqual(['party'])
    expect(factRows(view({ fine_min: 20, fine_max: 200, penalty_text: '罚款 100 元' })).at(-1)).toMatchObject(
      {
        key: 'penalty',
        range: { min: 20, max: 200 },
      },
    )
  })
})
