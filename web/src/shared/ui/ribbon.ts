/** What one cell of the ribbon says. */
export type Cell = 'empty' | 'committed' | 'writing' | 'gap' | 'backfilled' | 'altered'

/** A stretch of time without live recording, or with altered content; ms of the session clock. */
export interface Span {
  from_ms: number
  /** Open (still going on) when null. */
  to_ms: number | null
  kind: 'gap' | 'backfilled' | 'altered'
}

export interface RibbonOptions {
  /** Start of recording, ms of the session clock; null: nothing is recorded yet. */
  from_ms: number | null
  /** The session clock now (live) or at the end. */
  now_ms: number
  /** Everything before this is committed. */
  committed_ms: number
  spans: readonly Span[]
  /** How many cells there are. */
  cells: number
  /** One cell is at least this long; grows so that the whole session fits where `whole` is set. */
  cell_ms?: number
  /** Show the whole session rather than its newest end; a short one has fewer cells, for none is left to fill. */
  whole?: boolean
}

const RANK: Readonly<Record<Span['kind'], number>> = { backfilled: 1, gap: 2, altered: 3 }

/**
 * The cells from left to right and how long each is. The newest end is right; a cell that a span touches
 * shows the worst of them, so that no gap is too short to be seen.
 */
export function ribbonCells(options: RibbonOptions): { cells: Cell[]; cell_ms: number; start_ms: number } {
  const least = options.cell_ms ?? 1_000
  const from = options.from_ms
  if (from === null) {
    return { cells: Array.from({ length: options.cells }, () => 'empty'), cell_ms: least, start_ms: 0 }
  }
  const length = Math.max(0, options.now_ms - from)
  const cell =
    options.whole === true ? Math.max(least, Math.ceil(length / options.cells / least) * least) : least
  const total = Math.floor(length / cell) + 1
  const first = options.whole === true ? 0 : Math.max(0, total - options.cells)
  const count = options.whole === true ? Math.min(total, options.cells) : options.cells
  const cells: Cell[] = []
  for (let index = first; index < first + count; index += 1) {
    const start = from + index * cell
    cells.push(start > options.now_ms ? 'empty' : cellAt(start, start + cell, options))
  }
  return { cells, cell_ms: cell, start_ms: from + first * cell }
}

function cellAt(start: number, end: number, options: RibbonOptions): Cell {
  let worst: Span['kind'] | null = null
  for (const span of options.spans) {
    const to = span.to_ms ?? options.now_ms
    const touches = span.from_ms < end && (to > start || (span.to_ms === null && options.now_ms >= start))
    if (touches && (worst === null || RANK[span.kind] > RANK[worst])) worst = span.kind
  }
  if (worst !== null) return worst
  return options.committed_ms >= Math.min(end, options.now_ms) ? 'committed' : 'writing'
}
