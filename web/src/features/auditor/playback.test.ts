import { describe, expect, it } from 'vitest'
import { correct, placeOf, read, shuttle } from './playback'

const track = {
  t0_us: 2_000_000,
  t1_us: 20_000_000,
  spans: [
    [2_000_000, 8_000_000],
    [8_300_000, 10_000_000],
    [14_000_000, 20_000_000],
  ] as const,
}

describe('placeOf', () => {
  it('counts from the first packet of the track', () => {
    expect(placeOf(track, 1_999_999)).toEqual({ in: 'before' })
    expect(placeOf(track, 2_000_000)).toEqual({ in: 'media', seconds: 0 })
    expect(placeOf(track, 15_000_000)).toEqual({ in: 'media', seconds: 13 })
    expect(placeOf(track, 20_000_000)).toEqual({ in: 'after' })
  })

  it('says until when a gap lasts, and plays through a pause', () => {
    expect(placeOf(track, 12_000_000)).toEqual({ in: 'gap', until_us: 14_000_000 })
    expect(placeOf(track, 8_100_000)).toEqual({ in: 'media', seconds: 6.1 })
  })

  it('takes a track without spans as whole', () => {
    expect(placeOf({ ...track, spans: [] }, 12_000_000)).toEqual({ in: 'media', seconds: 10 })
  })
})

describe('correct', () => {
  it('leaves, nudges, moves', () => {
    expect(correct(0.03, 1)).toEqual({ seek: false, rate: 1 })
    expect(correct(0.1, 1)).toEqual({ seek: false, rate: 0.96 })
    expect(correct(-0.1, 1)).toEqual({ seek: false, rate: 1.04 })
    expect(correct(0.5, 1).seek).toBe(true)
  })

  it('allows more at speed, because a seek costs more there', () => {
    expect(correct(0.5, 2).seek).toBe(false)
    expect(correct(0.5, 0.5).seek).toBe(true)
  })

  it('never nudges by more than eight in a hundred', () => {
    expect(correct(0.34, 1).rate).toBeCloseTo(0.92)
  })
})

describe('shuttle', () => {
  it('doubles in one direction and turns at once', () => {
    let state = shuttle('l', 1, false)
    expect(state).toEqual({ rate: 1, playing: true })
    state = shuttle('l', state.rate, state.playing)
    expect(state.rate).toBe(2)
    state = shuttle('l', 4, true)
    expect(state.rate).toBe(4)
    expect(shuttle('j', 4, true)).toEqual({ rate: -1, playing: true })
    expect(shuttle('j', -1, true)).toEqual({ rate: -2, playing: true })
    expect(shuttle('k', -2, true)).toEqual({ rate: 1, playing: false })
  })
})

describe('read', () => {
  const clock = { at_us: 5_000_000, since_ms: 1000, rate: 2, running: true }

  it('moves with its speed and stays in the recording', () => {
    expect(read(clock, 1500, 60_000_000)).toBe(6_000_000)
    expect(read(clock, 1_000_000, 60_000_000)).toBe(60_000_000)
    expect(read({ ...clock, rate: -4 }, 10_000, 60_000_000)).toBe(0)
    expect(read({ ...clock, running: false }, 10_000, 60_000_000)).toBe(5_000_000)
  })
})
