import { describe, expect, it } from 'vitest'
import { readVerification } from './verification'

const raw = {
  v: 1,
  verifier: 'cloudseat 1.0',
  verdict: 'valid',
  completeness: 'complete',
  disclosure: 'full',
  entries: 10,
  decisions: [],
  findings: [],
  took_ms: 4,
}

describe('readVerification', () => {
  it('reads the open parts of the result', () => {
    const read = readVerification({
      ...raw,
      tracks: { t1: { segments: 3, bytes: 9, lost: 1 }, t2: { segments: 4, bytes: 9, lost: 0 } },
      proofs: { checkpoints: 2, anchors: 1, witnesses: ['a', 'b'], timestamps: [], receipts: 1 },
    })
    expect(read.tracks).toEqual([
      { segments: 3, lost: 1 },
      { segments: 4, lost: 0 },
    ])
    expect(read.proofs).toEqual({ checkpoints: 2, anchors: 1, witnesses: 2, timestamps: 0, receipts: 1 })
  })

  it('makes nothing green of what it doesn’t know', () => {
    expect(readVerification({ ...raw, verdict: 'fine' }).verdict).toBe('unusable')
    expect(readVerification({ ...raw, completeness: 'mostly' }).completeness).toBe('unknown')
    expect(readVerification({ ...raw, verdict: 'tampered' }).completeness).toBe('unknown')
    expect(readVerification({ ...raw, findings: [{ code: 'X', level: 'hm' }] }).findings[0]?.level).toBe(
      'unusable',
    )
    expect(readVerification(raw).proofs.checkpoints).toBe(0)
  })
})
