/**
 * Playing several files as one recording.
 *
 * Picture and sound of each participant are separate files, each on its own clock that begins with the
 * track. One master clock runs; every frame each element is compared with where it should be, and is
 * nudged by its speed or, where that takes too long, moved.
 */

/** What must be known of a track to play it. */
export interface TrackClock {
  /** First packet, µs of the session. */
  t0_us: number
  /** End, µs of the session. */
  t1_us: number
  /** Where there is media, µs of the session, sorted. */
  spans: readonly (readonly [number, number])[]
}

/** Where a track is at a moment of the session. */
export type TrackPlace =
  { in: 'media'; seconds: number } | { in: 'gap'; until_us: number } | { in: 'before' } | { in: 'after' }

/** Holes shorter than this are played through: packets of a pause, not a gap (µs). */
const BRIDGED = 500_000

/** Where in its file a track is at `at` (µs of the session). The file keeps the holes, so its time is a difference. */
export function placeOf(track: TrackClock, at: number): TrackPlace {
  if (at < track.t0_us) return { in: 'before' }
  if (at >= track.t1_us) return { in: 'after' }
  const media = { in: 'media', seconds: (at - track.t0_us) / 1e6 } as const
  const next = track.spans.find(([t0]) => t0 > at)
  const inside = track.spans.some(([t0, t1]) => t0 <= at && at < t1)
  if (inside || track.spans.length === 0) return media
  const before = track.spans.findLast(([, t1]) => t1 <= at)
  if (next && before && next[0] - before[1] < BRIDGED) return media
  return next ? { in: 'gap', until_us: next[0] } : { in: 'after' }
}

/** What to do with an element that is `drift` seconds ahead (+) or behind (−) at speed `rate`. */
export interface Correction {
  /** Move it. */
  seek: boolean
  /** Play it at this speed. */
  rate: number
}

/** Beyond this many seconds (at speed 1) an element is moved instead of nudged. */
export const SEEK_BEYOND = 0.35
/** Within this many seconds nothing is done: two frames, and below what lips betray. */
export const LEAVE_WITHIN = 0.04

/** Nudge by up to 8 % (inaudible with pitch kept), or move. */
export function correct(drift: number, rate: number): Correction {
  const size = Math.abs(drift)
  if (size > SEEK_BEYOND * Math.max(1, rate)) return { seek: true, rate }
  if (size <= LEAVE_WITHIN) return { seek: false, rate }
  const nudge = Math.min(0.08, size * 0.4)
  return { seek: false, rate: rate * (drift > 0 ? 1 - nudge : 1 + nudge) }
}

/** The speeds one can choose. */
export const SPEEDS = [0.5, 1, 2, 4] as const

/** J K L: each press of L doubles the speed onwards, each press of J backwards, K stops. */
export function shuttle(
  key: 'j' | 'k' | 'l',
  rate: number,
  playing: boolean,
): { rate: number; playing: boolean } {
  if (key === 'k') return { rate: rate < 0 ? 1 : rate, playing: false }
  const sign = key === 'l' ? 1 : -1
  if (!playing || Math.sign(rate) !== sign) return { rate: sign, playing: true }
  return { rate: sign * Math.min(4, Math.max(1, Math.abs(rate)) * 2), playing: true }
}

/** The master clock as data: a place, a speed, and when that was. */
export interface ClockState {
  at_us: number
  /** Monotonic milliseconds when `at_us` was true. */
  since_ms: number
  rate: number
  running: boolean
}

/** Where the clock is now, kept within the recording. */
export function read(clock: ClockState, now_ms: number, duration_us: number): number {
  const moved = clock.running ? (now_ms - clock.since_ms) * 1000 * clock.rate : 0
  return Math.min(duration_us, Math.max(0, clock.at_us + moved))
}
