import type { Span } from './ribbon'

/** The recording as a bar shows it; times are ms of the session clock. */
export interface IntegrityShown {
  recording: 'waiting' | 'recording' | 'broken' | 'ended'
  /** Session clock when recording began, ms. */
  from_ms: number | null
  /** Session clock now, ms. */
  now_ms: number
  /** What is committed reaches to here, ms. */
  committed_ms: number
  /** Age of the newest commit, ms; null before the first. */
  commit_age_ms: number | null
  /** How long the recording has been broken, ms; null while it isn't. */
  broken_ms: number | null
  gaps: number
  gap_ms: number
  clock_offset_ms: number | null
  spans: readonly Span[]
}
