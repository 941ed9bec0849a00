import { describe, expect, it } from 'vitest'
import { canonical, lineDigest, NO_LINE, pieces, rawLine } from './logLine'

/** Entry 0 of a real log, and its digest as `sed -n 1p log.jsonl | sha256sum` gives it. */
const LINE =
  '{"actor":"server:rec-1","body":{"keys":["evd.example.gov/recorder+1ac9a2a6+AYaoyjFBeC+VhKdlpZsi2GyOib5vyJQucDfw7MGV9LeS"],"policy":{"anchors":"none","commit_max_ms":1000,"gap_tolerance_ms":100,"join_grace_ms":1500,"required_steps":["identity_verified","rights_read"],"timestamps":"none"},"session_no":7,"site":"evd.example.gov"},"mono":0,"prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":0,"sid":"a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3","time":"2026-11-24T09:13:17.000Z","type":"session.opened","v":1}'
const DIGEST = '0f0598da1e10d97209aed9929aa9db0aea517829aab473425ab9ac84377139df'

describe('rawLine', () => {
  it('makes the bytes again that the chain was built on', async () => {
    const members = JSON.parse(LINE) as { body: Record<string, unknown> }
    const entry = {
      // Not in the order of the line: the server may send members in any order.
      body: members.body,
      type: 'session.opened',
      seq: 0,
      time: '2026-11-24T09:13:17.000Z',
      mono: 0,
      actor: 'server:rec-1',
      line_sha256: DIGEST,
    }
    const line = rawLine(entry, 'a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3', NO_LINE)
    expect(line).toBe(LINE)
    expect(await lineDigest(line)).toBe(DIGEST)
  })

  it('sorts members at every depth and leaves lists in their order', () => {
    expect(canonical({ b: [{ z: 1, a: '缺' }, 2], a: { d: null, c: true } })).toBe(
      '{"a":{"c":true,"d":null},"b":[{"a":"缺","z":1},2]}',
    )
  })
})

describe('pieces', () => {
  it('lights members with their values and loses no character', () => {
    const line = '{"body":{"reason":"no_rtp","t0_us":12},"type":"media.gap"}'
    const found = pieces(line, ['reason', 't0_us', 'type'])
    expect(found.map((piece) => piece.text).join('')).toBe(line)
    expect(found.filter((piece) => piece.lit).map((piece) => piece.text)).toEqual([
      '"reason":"no_rtp"',
      '"t0_us":12',
      '"type":"media.gap"',
    ])
  })
})
