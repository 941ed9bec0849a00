import { describe, expect, it } from 'vitest'
import { ribbonCells } from './ribbon'

const base = { from_ms: 1_000, now_ms: 11_500, committed_ms: 10_900, spans: [], cells: 20 }

describe('ribbonCells', () => {
  it('fills a cell a second, the newest being written', () => {
    const { cells, cell_ms } = ribbonCells(base)
    expect(cell_ms).toBe(1_000)
    expect(cells.filter((cell) => cell === 'committed')).toHaveLength(9)
    expect(cells.slice(9, 11)).toEqual(['writing', 'writing'])
    expect(cells.slice(11)).toEqual(Array(9).fill('empty'))
  })

  it('is empty before recording', () => {
    expect(new Set(ribbonCells({ ...base, from_ms: null }).cells)).toEqual(new Set(['empty']))
  })

  it('shows the newest end of a longer session', () => {
    const { cells, start_ms } = ribbonCells({ ...base, now_ms: 101_500, committed_ms: 101_000, cells: 60 })
    expect(cells).toHaveLength(60)
    expect(start_ms).toBe(42_000)
    expect(cells.at(-1)).toBe('writing')
    expect(cells.at(-2)).toBe('committed')
  })

  it('shows a gap shorter than a cell, and the worst of what meets in one', () => {
    const { cells } = ribbonCells({
      ...base,
      spans: [
        { from_ms: 4_200, to_ms: 4_300, kind: 'backfilled' },
        { from_ms: 4_300, to_ms: 4_310, kind: 'altered' },
        { from_ms: 6_000, to_ms: 8_000, kind: 'gap' },
      ],
    })
    expect(cells[3]).toBe('altered')
    expect(cells.slice(4, 8)).toEqual(['committed', 'gap', 'gap', 'committed'])
  })

  it('lets an open gap reach to now', () => {
    const { cells } = ribbonCells({ ...base, spans: [{ from_ms: 9_000, to_ms: null, kind: 'gap' }] })
    expect(cells.slice(7, 11)).toEqual(['committed', 'gap', 'gap', 'gap'])
  })

  it('fits a whole session into its cells by whole seconds', () => {
    const { cells, cell_ms } = ribbonCells({
      ...base,
      now_ms: 469_000,
      committed_ms: 469_000,
      cells: 60,
      whole: true,
    })
    expect(cell_ms).toBe(8_000)
    expect(cells).toHaveLength(59)
    expect(cells).not.toContain('empty')
  })

  it('leaves nothing empty of a whole session that is shorter than its cells', () => {
    const { cells } = ribbonCells({ ...base, committed_ms: base.now_ms, cells: 60, whole: true })
    expect(cells).toEqual(Array(11).fill('committed'))
  })
})
