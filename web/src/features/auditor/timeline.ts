/**
 * The session's time line: what was recorded when, as numbers between 0 and 1 of its length.
 *
 * All times are microseconds of the session clock (0 = the session opened). Nothing here knows the DOM.
 */

import type {
  Mark,
  Gap as RecordedGap,
  Chapter as RecordedStep,
  Track as RecordedTrack,
  Recording,
} from '@/api/schema.gen'

/** A stretch of session time, µs; `t0 <= t1`. */
export interface Span {
  t0: number
  t1: number
}

/** A recorded track, as far as the line needs it. */
export type TrackInfo = Pick<
  RecordedTrack,
  'track' | 'participant' | 'role' | 'display_name' | 'kind' | 't0_us' | 't1_us' | 'spans'
>

/** What the model is made from. */
export type RecordingInfo<T extends TrackInfo = TrackInfo> = Pick<
  Recording,
  'duration_us' | 'gaps' | 'steps' | 'marks'
> & { tracks: T[] }

/** Time without live recording that the lane's owner should have been recorded in. */
export interface LaneGap extends Span {
  backfilled: boolean
}

/** One participant: picture, sound, and what is missing of either. */
export interface Lane<T extends TrackInfo = TrackInfo> {
  participant: string
  role: string
  name: string
  video: T[]
  audio: T[]
  /** From the first packet to the last. */
  present: Span
  gaps: LaneGap[]
}

/** Gaps of several tracks at one time: what a person calls "one gap". */
export interface GapGroup extends Span {
  reason: string
  backfilled: boolean
  /** Participants concerned, in the order of the lanes. */
  participants: string[]
  /** Kinds lost. */
  kinds: ('audio' | 'video')[]
  /** The log entry of the earliest. */
  seq: number
  /** All log entries that declare it, one for each track. */
  seqs: number[]
  /** The attempt it fell into, if any. */
  step: RecordedStep | null
}

/** An attempt at a step, with its place on the line. */
export interface Chapter extends Span {
  step: string
  number: number
  title_zh: string
  title_en: string
  attempt: number
  /** Another attempt counts instead of this one. */
  superseded: boolean
  /** There is more than one attempt. */
  repeated: boolean
}

/** The whole line. */
export interface Timeline<T extends TrackInfo = TrackInfo> {
  duration: number
  lanes: Lane<T>[]
  chapters: Chapter[]
  gaps: GapGroup[]
  marks: Mark[]
}

const ROLE_ORDER = ['officer', 'party', 'seat']

/** Unites overlapping or touching spans; the result is sorted. */
export function union(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.t0 - b.t0)
  const out: Span[] = []
  for (const span of sorted) {
    const last = out.at(-1)
    if (last && span.t0 <= last.t1) last.t1 = Math.max(last.t1, span.t1)
    else out.push({ ...span })
  }
  return out
}

/** Length of a union, overlaps counted once. */
export function lengthOf(spans: readonly Span[]): number {
  return union(spans).reduce((sum, span) => sum + span.t1 - span.t0, 0)
}

/** A step's number is part of its id: `S06_NOTICE` is step 6. */
export function stepNumber(step: string): number {
  const match = /^S(\d+)/.exec(step)
  return match?.[1] ? Number(match[1]) : 0
}

/**
 * Builds the line. `backfilled` holds the log entries (`seq`) of gaps that committed backfill closes,
 * as the verifier found them: only it may say so.
 */
export function buildTimeline<T extends TrackInfo>(
  recording: RecordingInfo<T>,
  backfilled: ReadonlySet<number> = new Set(),
): Timeline<T> {
  const lanes = buildLanes(recording, backfilled)
  const chapters = buildChapters(recording)
  return {
    duration: recording.duration_us,
    lanes,
    chapters,
    gaps: groupGaps(recording, lanes, backfilled),
    marks: [...recording.marks].sort((a, b) => a.at_us - b.at_us || a.seq - b.seq),
  }
}

function buildLanes<T extends TrackInfo>(
  recording: RecordingInfo<T>,
  backfilled: ReadonlySet<number>,
): Lane<T>[] {
  const byParticipant = new Map<string, T[]>()
  for (const track of recording.tracks) {
    const tracks = byParticipant.get(track.participant)
    if (tracks) tracks.push(track)
    else byParticipant.set(track.participant, [track])
  }
  const lanes: Lane<T>[] = []
  for (const [participant, tracks] of byParticipant) {
    const first = tracks[0]
    if (!first) continue
    const own = new Set(tracks.map((track) => track.track))
    const gaps = recording.gaps.filter((gap) => own.has(gap.track))
    const missing = union(gaps.filter((gap) => !backfilled.has(gap.seq)).map(gapSpan))
    const filled = union(gaps.filter((gap) => backfilled.has(gap.seq)).map(gapSpan))
    lanes.push({
      participant,
      role: first.role,
      name: first.display_name,
      video: tracks.filter((track) => track.kind === 'video').sort(byStart),
      audio: tracks.filter((track) => track.kind === 'audio').sort(byStart),
      present: { t0: Math.min(...tracks.map((t) => t.t0_us)), t1: Math.max(...tracks.map((t) => t.t1_us)) },
      gaps: [
        ...missing.map((span) => ({ ...span, backfilled: false })),
        ...filled.map((span) => ({ ...span, backfilled: true })),
      ].sort((a, b) => a.t0 - b.t0),
    })
  }
  return lanes.sort((a, b) => rank(a.role) - rank(b.role) || a.present.t0 - b.present.t0)
}

function byStart(a: TrackInfo, b: TrackInfo): number {
  return a.t0_us - b.t0_us
}

function gapSpan(gap: RecordedGap): Span {
  return { t0: gap.t0_us, t1: gap.t1_us }
}

function rank(role: string): number {
  const index = ROLE_ORDER.indexOf(role)
  return index < 0 ? ROLE_ORDER.length : index
}

function buildChapters(recording: RecordingInfo): Chapter[] {
  const last = new Map<string, number>()
  const count = new Map<string, number>()
  for (const step of recording.steps) {
    last.set(step.step, Math.max(last.get(step.step) ?? 0, step.attempt))
    count.set(step.step, (count.get(step.step) ?? 0) + 1)
  }
  return recording.steps
    .map((step) => ({
      step: step.step,
      number: stepNumber(step.step),
      title_zh: step.title_zh,
      title_en: step.title_en,
      attempt: step.attempt,
      superseded:
        step.attempt !== last.get(step.step) || step.state === 'invalid' || step.state === 'superseded',
      repeated: (count.get(step.step) ?? 0) > 1,
      t0: step.t0_us,
      t1: step.t1_us ?? recording.duration_us,
    }))
    .sort((a, b) => a.t0 - b.t0)
}

function groupGaps(recording: RecordingInfo, lanes: Lane[], backfilled: ReadonlySet<number>): GapGroup[] {
  const owner = new Map(recording.tracks.map((track) => [track.track, track]))
  const order = lanes.map((lane) => lane.participant)
  const groups: { span: Span; members: RecordedGap[]; backfilled: boolean }[] = []
  for (const gap of [...recording.gaps].sort((a, b) => a.t0_us - b.t0_us)) {
    const filled = backfilled.has(gap.seq)
    const group = groups.find(
      (g) => g.backfilled === filled && gap.t0_us <= g.span.t1 && gap.t1_us >= g.span.t0,
    )
    if (group) {
      group.members.push(gap)
      group.span.t1 = Math.max(group.span.t1, gap.t1_us)
    } else {
      groups.push({ span: gapSpan(gap), members: [gap], backfilled: filled })
    }
  }
  return groups.map(({ span, members, backfilled: filled }) => {
    const participants = new Set(members.map((gap) => owner.get(gap.track)?.participant ?? gap.track))
    const kinds = new Set(members.flatMap((gap) => owner.get(gap.track)?.kind ?? []))
    const earliest = members.reduce((a, b) => (b.seq < a.seq ? b : a))
    return {
      ...span,
      reason: earliest.reason,
      backfilled: filled,
      participants: order.filter((participant) => participants.has(participant)),
      kinds: [...kinds].sort(),
      seq: earliest.seq,
      seqs: members.map((gap) => gap.seq).sort((a, b) => a - b),
      step: stepAt(recording.steps, span.t0, recording.duration_us),
    }
  })
}

/** The attempt that ran at a time, the later one where two touch. */
export function stepAt(steps: readonly RecordedStep[], at: number, duration: number): RecordedStep | null {
  let found: RecordedStep | null = null
  for (const step of steps) {
    if (step.t0_us <= at && at < (step.t1_us ?? duration)) found = step
  }
  return found
}

/** The chapter under the playhead. */
export function chapterAt(chapters: readonly Chapter[], at: number): Chapter | null {
  let found: Chapter | null = null
  for (const chapter of chapters) if (chapter.t0 <= at && at < chapter.t1) found = chapter
  return found
}

/** Start of the next chapter after `at`; null at the end. */
export function nextChapter(chapters: readonly Chapter[], at: number): number | null {
  return chapters.find((chapter) => chapter.t0 > at)?.t0 ?? null
}

/**
 * Start of the chapter before: like a music player, first back to the beginning of the present one, and
 * from within its first two seconds to the one before.
 */
export function previousChapter(chapters: readonly Chapter[], at: number): number | null {
  return chapters.findLast((chapter) => chapter.t0 < at - 2_000_000)?.t0 ?? chapters[0]?.t0 ?? null
}

/** Two seconds before the next gap that has not been reached yet, so that one sees how it came about; after the last, the first. */
export function nextGap(gaps: readonly GapGroup[], at: number): number | null {
  const lead = 2_000_000
  const next = gaps.find((gap) => gap.t0 - lead > at + 1) ?? gaps[0]
  return next ? Math.max(0, next.t0 - lead) : null
}

/** Marks for an axis of `duration`: at most `most` of them, at round distances, without the end. */
export function axis(duration: number, most = 8): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((s) => s * 1_000_000)
  const step = steps.find((s) => duration / s <= most) ?? 7_200_000_000
  const out: number[] = []
  for (let at = 0; at < duration; at += step) out.push(at)
  return out
}

/** A place on the line as a percentage for CSS. */
export function percent(at: number, duration: number): string {
  if (duration <= 0) return '0%'
  return `${(Math.min(1, Math.max(0, at / duration)) * 100).toFixed(3)}%`
}

/** Marks that become pins, and with which icon. */
export const PINS: Readonly<Record<string, 'camera' | 'statement' | 'document' | 'signature' | 'receipt'>> = {
  'capture.taken': 'camera',
  'statement.made': 'statement',
  'defence.recorded': 'statement',
  'defence.waived': 'statement',
  'decision.made': 'document',
  'party.signed': 'signature',
  'party.refused': 'signature',
  'receipt.delivered': 'receipt',
}

/** A pin: one or several marks that would cover each other. */
export interface Pin {
  at: number
  icon: (typeof PINS)[string]
  marks: Mark[]
}

/** Pins, those of one kind nearer than `apart` of the length drawn as one. */
export function pins(marks: readonly Mark[], duration: number, apart = 0.06): Pin[] {
  const out: Pin[] = []
  const seen = new Set<string>()
  for (const mark of marks) {
    const icon = PINS[mark.type]
    if (!icon) continue
    // A receipt is pushed after each commit; only the first and the last say something to a reader.
    if (icon === 'receipt' && seen.has('receipt')) {
      const receipt = out.findLast((pin) => pin.icon === 'receipt')
      if (receipt) {
        receipt.at = mark.at_us
        receipt.marks = [mark]
        continue
      }
    }
    seen.add(icon)
    const near = out.findLast((pin) => pin.icon === icon)
    if (near && mark.at_us - near.at < apart * duration) near.marks.push(mark)
    else out.push({ at: mark.at_us, icon, marks: [mark] })
  }
  return out.sort((a, b) => a.at - b.at)
}
