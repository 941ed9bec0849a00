import type { Integrity } from '@/realtime/protocol.gen'
import type { IntegrityShown } from '@/shared/ui/integrity'
import type { Span } from '@/shared/ui/ribbon'

/** What is known of the recording, and of its gaps since this client joined. */
export interface IntegrityLog {
  newest: Integrity
  /** Monotonic ms of this device when `newest` came. */
  at: number
  spans: readonly Span[]
}

const ms = (us: number) => us / 1000

/**
 * Adds a report. While something is broken an open span grows from where it broke; when the report says that
 * all is well again, the span closes. Gaps too short to be seen broken are placed before the newest commit. That
 * media stop when the session is over is no gap unless the server counts one.
 */
export function noteIntegrity(log: IntegrityLog | null, report: Integrity, at: number): IntegrityLog {
  const spans = [...(log?.spans ?? [])]
  const last = spans.at(-1)
  const openSpan = last?.to_ms === null ? last : undefined
  const broken = report.recording === 'broken' && report.started_us != null

  if (broken) {
    const since = ms(Math.min(report.mono_us, ...report.broken.map(({ since_us }) => since_us)))
    if (openSpan === undefined) {
      // What was declared while this client heard nothing, as after a crash of the server, lies before.
      const declared = log === null || report.gaps === log.newest.gaps ? 0 : report.gap_ms - log.newest.gap_ms
      if (declared > 0) spans.push({ from_ms: Math.max(0, since - declared), to_ms: since, kind: 'gap' })
      spans.push({ from_ms: since, to_ms: null, kind: 'gap' })
    }
  } else if (openSpan !== undefined && report.recording === 'ended' && report.gaps === log?.newest.gaps) {
    spans.pop()
  } else if (openSpan !== undefined) {
    spans[spans.length - 1] = { ...openSpan, to_ms: Math.max(openSpan.from_ms, ms(report.mono_us)) }
  } else if (log !== null && report.gaps > log.newest.gaps) {
    const to = ms(report.last_commit_us ?? report.mono_us)
    spans.push({ from_ms: Math.max(0, to - (report.gap_ms - log.newest.gap_ms)), to_ms: to, kind: 'gap' })
  }
  return { newest: report, at, spans }
}

/** The newest gap that is over, from where it began: gaps that touch are one to whoever was cut off. */
export function lastGap(spans: readonly Span[]): { from_ms: number; to_ms: number } | null {
  let found: { from_ms: number; to_ms: number } | null = null
  for (const { from_ms, to_ms } of spans.toReversed()) {
    if (to_ms === null) continue
    if (found === null) found = { from_ms, to_ms }
    else if (to_ms >= found.from_ms) found.from_ms = Math.min(found.from_ms, from_ms)
    else break
  }
  return found
}

/**
 * The bar while this client's own media have not been flowing since `since` (monotonic ms): the newest report is
 * older than that and may still say that all is well.
 */
export function showLost(shown: IntegrityShown, since: number, now: number): IntegrityShown {
  if (shown.recording !== 'recording') return shown
  const lost = Math.max(0, now - since)
  return {
    ...shown,
    recording: 'broken',
    broken_ms: lost,
    gap_ms: shown.gap_ms + lost,
    spans: [...shown.spans, { from_ms: Math.max(0, shown.now_ms - lost), to_ms: null, kind: 'gap' }],
  }
}

/** The report as it stands `now` (monotonic ms of this device), for the bar. */
export function showIntegrity(log: IntegrityLog, now: number): IntegrityShown {
  const { newest } = log
  const ended = newest.recording === 'ended'
  const elapsed = ended ? 0 : Math.max(0, now - log.at)
  const now_ms = ms(newest.mono_us) + elapsed
  const committed_ms = newest.last_commit_us == null ? 0 : ms(newest.last_commit_us)
  const open = log.spans.find(({ to_ms }) => to_ms === null)
  return {
    recording: newest.recording,
    from_ms: newest.started_us == null ? null : ms(newest.started_us),
    now_ms,
    committed_ms: ended ? now_ms : committed_ms,
    commit_age_ms: newest.last_commit_us == null || ended ? null : now_ms - committed_ms,
    broken_ms: open === undefined ? null : now_ms - open.from_ms,
    gaps: newest.gaps,
    gap_ms: newest.gap_ms + (open === undefined ? 0 : now_ms - open.from_ms),
    clock_offset_ms: newest.clock_offset_ms ?? null,
    spans: log.spans,
  }
}
