import { describe, expect, it } from 'vitest'
import type { Unit } from '@/api/schema.gen'
import { unitTree } from './units'

const unit = (id: string, parent_id: string | null): Unit => ({
  id,
  parent_id,
  name: id,
  short_name: id,
  review_authority: '',
  bank: '',
})

describe('unitTree', () => {
  it('puts units under theirs, whatever order they come in', () => {
    const rows = unitTree([unit('c', 'b'), unit('b', 'a'), unit('d', 'a'), unit('a', null)])
    expect(rows.map((row) => [row.unit.id, row.depth])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['d', 1],
    ])
  })

  it('loses none that hangs in the air or in a circle', () => {
    const rows = unitTree([unit('x', 'gone'), unit('p', 'q'), unit('q', 'p')])
    expect(rows.map((row) => row.unit.id).sort()).toEqual(['p', 'q', 'x'])
  })
})
