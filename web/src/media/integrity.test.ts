import { describe, expect, it } from 'vitest'
import type { Integrity } from '@/realtime/protocol.gen'
import { lastGap, noteIntegrity, showIntegrity, showLost } from './integrity'

const base: Integrity = {
  recording: 'recording',
  started_us: 1_000_000,
  mono_us: 10_000_000,
  last_commit_us: 9_500_000,
  gaps: 0,
  gap_ms: 0,
  clock_offset_ms: 20,
  storage: 'ok',
  size: 5,
  root: '',
  broken: [],
  tracks: [],
}

describe('noteIntegrity', () => {
  it('opens a span where it broke and closes it where it resumed', () => {
    let log = noteIntegrity(null, base, 0)
    log = noteIntegrity(
      log,
      {
        ...base,
        recording: 'broken',
        mono_us: 14_000_000,
        broken: [{ participant: 'p', kind: 'video', reason: 'no_rtp', since_us: 12_000_000 }],
      },
      4_000,
    )
    expect(log.spans).toEqual([{ from_ms: 12_000, to_ms: null, kind: 'gap' }])
    const shown = showIntegrity(log, 5_000)
    expect(shown.broken_ms).toBe(3_000)
    expect(shown.gap_ms).toBe(3_000)
    log = noteIntegrity(log, { ...base, mono_us: 32_000_000, gaps: 1, gap_ms: 20_000 }, 22_000)
    expect(log.spans).toEqual([{ from_ms: 12_000, to_ms: 32_000, kind: 'gap' }])
    expect(showIntegrity(log, 22_000).gap_ms).toBe(20_000)
  })

  it('takes no gap from the end of the session', () => {
    const stopped = { participant: 'p', kind: 'video', reason: 'no_rtp', since_us: 12_000_000 } as const
    let log = noteIntegrity(null, base, 0)
    log = noteIntegrity(log, { ...base, recording: 'broken', mono_us: 13_000_000, broken: [stopped] }, 3_000)
    log = noteIntegrity(log, { ...base, recording: 'ended', mono_us: 13_500_000 }, 3_500)
    expect(log.spans).toEqual([])
  })

  it('shows a gap that was over before it was told', () => {
    let log = noteIntegrity(null, base, 0)
    log = noteIntegrity(log, { ...base, last_commit_us: 10_500_000, gaps: 1, gap_ms: 800 }, 1_000)
    expect(log.spans).toEqual([{ from_ms: 9_700, to_ms: 10_500, kind: 'gap' }])
  })

  it('knows a gap that began while it heard nothing, and how long it was', () => {
    let log = noteIntegrity(null, base, 0)
    const broken = [{ participant: 'p', kind: 'video', reason: 'crash', since_us: 16_000_000 }] as const
    log = noteIntegrity(
      log,
      { ...base, recording: 'broken', mono_us: 18_000_000, gaps: 2, gap_ms: 6_000, broken: [...broken] },
      8_000,
    )
    expect(showIntegrity(log, 8_000).gap_ms).toBe(8_000)
    log = noteIntegrity(log, { ...base, mono_us: 20_000_000, gaps: 4, gap_ms: 10_000 }, 10_000)
    expect(lastGap(log.spans)).toEqual({ from_ms: 10_000, to_ms: 20_000 })
  })

  it('lets the age of the commit grow between reports', () => {
    const log = noteIntegrity(null, base, 100)
    expect(showIntegrity(log, 100).commit_age_ms).toBe(500)
    expect(showIntegrity(log, 1_100).commit_age_ms).toBe(1_500)
  })

  it('does not claim to record while the own media are lost', () => {
    const shown = showIntegrity(noteIntegrity(null, base, 0), 5_000)
    expect(showLost(shown, 2_000, 5_000)).toMatchObject({
      recording: 'broken',
      broken_ms: 3_000,
      gap_ms: 3_000,
      spans: [{ from_ms: 12_000, to_ms: null, kind: 'gap' }],
    })
    expect(showLost({ ...shown, recording: 'ended' }, 2_000, 5_000).recording).toBe('ended')
  })

  it('stands still once sealed', () => {
    const log = noteIntegrity(null, { ...base, recording: 'ended' }, 0)
    expect(showIntegrity(log, 60_000)).toMatchObject({
      now_ms: 10_000,
      committed_ms: 10_000,
      commit_age_ms: null,
    })
  })
})
