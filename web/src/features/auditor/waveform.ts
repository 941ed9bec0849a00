import type { TrackInfo } from './timeline'

/**
 * Loudness along the session from a track's decoded sound.
 *
 * Decoding joins what was recorded and drops the holes; the spans say where each sample belongs.
 */
export function peaksAlong(
  samples: Float32Array,
  sampleRate: number,
  track: Pick<TrackInfo, 'spans' | 't0_us' | 't1_us'>,
  duration: number,
  buckets: number,
): number[] {
  const peaks = new Array<number>(buckets).fill(0)
  if (duration <= 0) return peaks
  const spans = track.spans.length > 0 ? track.spans : [[track.t0_us, track.t1_us] as [number, number]]
  let sample = 0
  for (const [t0, t1] of spans) {
    const count = Math.round(((t1 - t0) / 1e6) * sampleRate)
    for (let i = 0; i < count && sample < samples.length; i += 1, sample += 1) {
      const at = t0 + (i / sampleRate) * 1e6
      const bucket = Math.min(buckets - 1, Math.floor((at / duration) * buckets))
      const loud = Math.abs(samples[sample] ?? 0)
      if (loud > (peaks[bucket] ?? 0)) peaks[bucket] = loud
    }
  }
  return peaks
}

/** Several tracks of one participant: the louder counts. */
export function louder(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => Math.max(a[i] ?? 0, b[i] ?? 0))
}

/** Stretched so that ordinary speech fills the lane: 1 = the loudest but for one bucket in a hundred. */
export function normalised(peaks: readonly number[]): number[] {
  const sorted = [...peaks].sort((a, b) => a - b)
  const top = Math.max(0.02, sorted[Math.floor(sorted.length * 0.99)] ?? 0)
  return peaks.map((peak) => Math.min(1, peak / top))
}

/** Whether somebody is heard at a place; levels as from [`normalised`]. */
export function heardAt(peaks: readonly number[] | undefined, at: number, duration: number): boolean {
  if (peaks === undefined || duration <= 0) return false
  return (peaks[Math.min(peaks.length - 1, Math.floor((at / duration) * peaks.length))] ?? 0) > 0.3
}
