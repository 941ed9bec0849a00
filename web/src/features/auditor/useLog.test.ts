import { describe, expect, it } from 'vitest'
import type { LogEntry as LogLine } from '@/api/schema.gen'
import { lineDigest, NO_LINE, rawLine } from './logLine'
import { useLog } from './useLog'

const SID = '7f3c9a52e1d84b067f3c9a52e1d84b06'

async function chain(length: number): Promise<LogLine[]> {
  const out: LogLine[] = []
  let prev = NO_LINE
  for (let seq = 0; seq < length; seq += 1) {
    const entry = {
      seq,
      time: '2026-09-17T06:26:08.000Z',
      mono: seq,
      type: 'x.y',
      actor: 'server:r',
      body: { seq },
    }
    const digest = await lineDigest(rawLine({ ...entry, line_sha256: '' }, SID, prev))
    out.push({ ...entry, line_sha256: digest })
    prev = digest
  }
  return out
}

function logOf(lines: LogLine[]) {
  return useLog({
    sid: SID,
    api: {
      log: (_sid, { from, limit }) =>
        Promise.resolve({ items: lines.slice(from, from + (limit ?? 200)), next: null }),
    },
  })
}

describe('useLog', () => {
  it('makes every line again and finds its digest, from any entry on', async () => {
    const log = logOf(await chain(5))
    await log.load(0)
    expect(log.rows.value.map((row) => row.matches)).toEqual([true, true, true, true, true])
    await log.load(3)
    expect(log.rows.value.map((row) => [row.entry.seq, row.matches])).toEqual([
      [3, true],
      [4, true],
    ])
  })

  it('shows an altered entry, and only where the bytes differ', async () => {
    const lines = await chain(4)
    lines.splice(2, 1, { ...(lines.at(2) ?? expect.fail()), body: { seq: 7 } })
    const log = logOf(lines)
    await log.load(0)
    expect(log.rows.value.map((row) => row.matches)).toEqual([true, true, false, true])
  })
})
