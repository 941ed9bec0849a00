import { describe, expect, it } from 'vitest'
import { heardAt, louder, normalised, peaksAlong } from './waveform'

describe('peaksAlong', () => {
  const track = {
    t0_us: 2_000_000,
    t1_us: 8_000_000,
    spans: [
      [2_000_000, 4_000_000],
      [6_000_000, 8_000_000],
    ] as [number, number][],
  }

  it('puts what follows a hole behind the hole', () => {
    // 10 samples a second; silence for 2 s, then sound for 2 s that belongs behind the gap.
    const samples = Float32Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : -0.5))
    expect(peaksAlong(samples, 10, track, 10_000_000, 10)).toEqual([0, 0, 0, 0, 0, 0, 0.5, 0.5, 0, 0])
  })

  it('ends with the samples where the file is shorter than its spans', () => {
    const samples = Float32Array.from({ length: 5 }, () => 1)
    expect(peaksAlong(samples, 10, track, 10_000_000, 10)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
  })

  it('takes a track without spans as whole', () => {
    const samples = Float32Array.from({ length: 60 }, () => 0.25)
    const peaks = peaksAlong(samples, 10, { ...track, spans: [] }, 10_000_000, 5)
    expect(peaks).toEqual([0, 0.25, 0.25, 0.25, 0])
    expect(peaksAlong(samples, 10, track, 0, 3)).toEqual([0, 0, 0])
  })
})

describe('levels', () => {
  it('stretches speech but not silence', () => {
    expect(Math.max(...normalised([0.001, 0.002]))).toBeCloseTo(0.1)
    expect(normalised([0.1, 0.2, 0.2])[0]).toBeCloseTo(0.5)
  })

  it('unites tracks and tells who is heard', () => {
    expect(louder([0, 1], [0.5])).toEqual([0.5, 1])
    expect(heardAt([0, 1], 75, 100)).toBe(true)
    expect(heardAt([0, 1], 10, 100)).toBe(false)
    expect(heardAt(undefined, 10, 100)).toBe(false)
  })
})
