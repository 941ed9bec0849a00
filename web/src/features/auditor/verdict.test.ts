import { describe, expect, it } from 'vitest'
import {
  backfilledGaps,
  CODES,
  details,
  familyOf,
  listed,
  missingSeconds,
  proofs,
  sortFindings,
  summarise,
} from './verdict'
import type { Finding, Verification } from './verification'

function result(change: Partial<Verification> = {}): Verification {
  return {
    verifier: 'cloudseat 1.0',
    verdict: 'valid',
    completeness: 'complete',
    entries: 5872,
    head: { size: 5872, root: 'ab'.repeat(32) },
    tracks: [],
    decisions: [],
    took_ms: 1,
    proofs: { checkpoints: 3, anchors: 1, witnesses: 0, timestamps: 0, receipts: 1 },
    findings: [],
    ...change,
  }
}

const gap = (t0: number, t1: number, reason: string, backfilled = false) => ({
  t0: t0 * 1e6,
  t1: t1 * 1e6,
  reason,
  backfilled,
})
const finding = (code: string, level: Finding['level'], seq?: number): Finding =>
  seq === undefined ? { code, level } : { code, level, seq }

describe('summarise', () => {
  it('is green only for valid and complete', () => {
    expect(summarise(result(), [])).toEqual({ tone: 'ok', title: { key: 'complete', params: {} } })
  })

  it('says how much is missing and why, where there is one reason', () => {
    const summary = summarise(result({ completeness: 'incomplete' }), [
      gap(189, 193.2, 'ice_disconnected'),
      gap(331, 340, 'ice_disconnected', true),
    ])
    expect(summary).toEqual({
      tone: 'gap',
      title: { key: 'missing_because', params: { seconds: '4.2', reason: 'ice_disconnected' } },
    })
    expect(
      summarise(result({ completeness: 'incomplete' }), [gap(1, 2, 'muted'), gap(5, 6, 'no_rtp')]).title.key,
    ).toBe('missing')
  })

  it('names what is missing where it is not time', () => {
    const open = result({ completeness: 'incomplete', findings: [finding('SESSION_OPEN', 'incomplete')] })
    expect(summarise(open, []).title.key).toBe('open')
    const step = result({ completeness: 'incomplete', findings: [finding('STEP_MISSING', 'incomplete')] })
    expect(summarise(step, []).title.key).toBe('step_missing')
  })

  it('never takes tampering for a gap', () => {
    const tampered = result({
      verdict: 'tampered',
      completeness: 'unknown',
      findings: [finding('GAP_DECLARED', 'incomplete', 12), finding('SEGMENT_DIGEST', 'tampered', 264)],
    })
    expect(summarise(tampered, [gap(1, 2, 'muted')])).toEqual({
      tone: 'stop',
      title: { key: 'tampered_media_at', params: { seq: 264 } },
    })
    const fork = result({ verdict: 'tampered', findings: [finding('CHECKPOINT_FORK', 'tampered', 4)] })
    expect(summarise(fork, []).title.key).toBe('tampered_heads')
    expect(
      summarise(result({ verdict: 'unusable', findings: [finding('LOG_MISSING', 'unusable')] }), []).tone,
    ).toBe('stop')
  })
})

describe('details', () => {
  const s = (n: number) => n * 1_000_000
  const step = (attempt: number, superseded: boolean, t0: number) => ({
    step: 'S06_NOTICE',
    number: 6,
    title_zh: '',
    title_en: '',
    attempt,
    superseded,
    repeated: true,
    t0: s(t0),
    t1: s(t0 + 10),
  })
  const group = (t0: number, attempt: number | null) => ({
    t0: s(t0),
    t1: s(t0 + 1),
    reason: 'no_rtp',
    backfilled: false,
    participants: [],
    kinds: [],
    seq: t0,
    seqs: [t0],
    step:
      attempt === null
        ? null
        : {
            step: 'S06_NOTICE',
            title_zh: '',
            title_en: '',
            attempt,
            state: 'invalid' as const,
            t0_us: 0,
            t1_us: 1,
          },
  })
  const amber = { tone: 'gap' as const, title: { key: 'missing', params: {} } }

  it('says where gaps lie, once, and whether the step was repeated', () => {
    const line = {
      lanes: [],
      chapters: [step(1, true, 0), step(2, false, 20)],
      gaps: [group(1, 1), group(3, 1), group(21, 2), group(40, null)],
    }
    expect(details(amber, [], line).map((message) => message.key)).toEqual([
      'gap_repeated',
      'gap_in_step',
      'gap_between',
      'rest_signed',
    ])
  })

  it('adds that a session is still open where the headline speaks of something else', () => {
    const open = [finding('SESSION_OPEN', 'incomplete')]
    expect(details(amber, open, null).map((message) => message.key)).toEqual(['still_open', 'rest_signed'])
    expect(details({ tone: 'gap', title: { key: 'open', params: {} } }, open, null)).toHaveLength(1)
  })

  it('names the worst finding of altered evidence', () => {
    const red = { tone: 'stop' as const, title: { key: 'tampered_media', params: {} } }
    const found = [finding('SEGMENT_DIGEST', 'tampered', 4), finding('LATE_COMMIT', 'warning', 5)]
    expect(details(red, found, null)).toEqual([{ key: 'bad', params: { code: 'SEGMENT_DIGEST', n: 1 } }])
  })
})

describe('findings', () => {
  it('puts the worst first, then by place', () => {
    const sorted = sortFindings([
      finding('PACKETS_LOST', 'info', 1),
      finding('GAP_DECLARED', 'incomplete', 90),
      finding('GAP_DECLARED', 'incomplete', 71),
      finding('CHAIN_BROKEN', 'tampered', 500),
    ])
    expect(sorted.map((f) => f.seq)).toEqual([500, 71, 90, 1])
  })

  it('counts what was not backfilled', () => {
    expect(missingSeconds([gap(1, 2.5, 'muted'), gap(3, 9, 'muted', true)])).toBe(1.5)
  })

  it('takes only the verifier’s word for backfill', () => {
    expect([...backfilledGaps(result({ findings: [finding('GAP_BACKFILLED', 'info', 41)] }))]).toEqual([41])
    expect(backfilledGaps(null).size).toBe(0)
  })

  it('lists the entries of one gap once', () => {
    const group = {
      t0: 0,
      t1: 1,
      reason: 'no_rtp',
      backfilled: false,
      participants: [],
      kinds: [],
      seq: 71,
      seqs: [71, 72],
      step: null,
    }
    const shown = listed(
      [
        finding('GAP_DECLARED', 'incomplete', 71),
        finding('GAP_DECLARED', 'incomplete', 72),
        finding('GAP_DECLARED', 'incomplete', 90),
        finding('CLOCK_SKEW', 'warning', 72),
        finding('CLOCK_SKEW', 'warning', 80),
      ],
      [group],
    )
    expect(shown.map((one) => [one.finding.seq, one.gap?.seq ?? null, one.more.length])).toEqual([
      [71, 71, 0],
      [90, null, 0],
      [72, null, 1],
    ])
  })

  it('knows each code once', () => {
    expect(new Set(CODES).size).toBe(CODES.length)
    expect(familyOf('SEGMENT_DIGEST')).toBe('media')
    expect(familyOf('GAP_DECLARED')).toBe('other')
  })
})

describe('proofs', () => {
  const state = (found: Verification, key: string) =>
    proofs(found, null).find((line) => line.key === key)?.state

  it('fails the line whose finding says so, and no other', () => {
    const bad = result({ verdict: 'tampered', findings: [finding('RECEIPT_MISMATCH', 'tampered')] })
    expect(state(bad, 'receipts')).toBe('stop')
    expect(state(bad, 'checkpoint')).toBe('ok')
  })

  it('shows nothing as good of evidence that cannot be read', () => {
    const unreadable = result({ verdict: 'unusable', findings: [finding('LOG_MISSING', 'unusable')] })
    expect(proofs(unreadable, null).every((line) => line.state === 'none')).toBe(true)
  })

  it('does not call absent what nobody asked for a failure', () => {
    expect(state(result(), 'timestamps')).toBe('none')
    expect(state(result(), 'gaps')).toBeUndefined()
  })
})
