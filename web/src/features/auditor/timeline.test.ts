import { describe, expect, it } from 'vitest'
import type { Mark } from '@/api/schema.gen'
import {
  axis,
  buildTimeline,
  chapterAt,
  lengthOf,
  nextChapter,
  nextGap,
  percent,
  pins,
  previousChapter,
  type RecordingInfo,
} from './timeline'

const s = (seconds: number) => seconds * 1_000_000

function track(
  name: string,
  participant: string,
  role: string,
  kind: 'audio' | 'video',
  t0 = 0,
  t1 = s(100),
) {
  return {
    track: name,
    participant,
    role,
    display_name: role,
    kind,
    t0_us: t0,
    t1_us: t1,
    spans: [[t0, t1]] as [number, number][],
  }
}

const recording: RecordingInfo = {
  duration_us: s(100),
  tracks: [
    track('t3', 'p2', 'seat', 'video', s(2)),
    track('t4', 'p2', 'seat', 'audio', s(2)),
    track('t1', 'p1', 'officer', 'video'),
    track('t2', 'p1', 'officer', 'audio'),
  ],
  gaps: [
    { track: 't1', t0_us: s(40), t1_us: s(44), reason: 'ice_disconnected', seq: 71 },
    { track: 't2', t0_us: s(41), t1_us: s(45), reason: 'ice_disconnected', seq: 72 },
    { track: 't3', t0_us: s(70), t1_us: s(71), reason: 'muted', seq: 90 },
  ],
  steps: [
    {
      step: 'S05_FACTS',
      title_zh: '违法事实',
      title_en: 'Facts',
      attempt: 1,
      state: 'completed',
      t0_us: s(10),
      t1_us: s(30),
    },
    {
      step: 'S06_NOTICE',
      title_zh: '告知',
      title_en: 'Notice',
      attempt: 1,
      state: 'invalid',
      t0_us: s(30),
      t1_us: s(50),
    },
    {
      step: 'S06_NOTICE',
      title_zh: '告知',
      title_en: 'Notice',
      attempt: 2,
      state: 'completed',
      t0_us: s(50),
      t1_us: s(80),
    },
    {
      step: 'S07_DEFENCE',
      title_zh: '陈述',
      title_en: 'Defence',
      attempt: 1,
      state: 'running',
      t0_us: s(80),
      t1_us: null,
    },
  ],
  marks: [],
}

describe('buildTimeline', () => {
  it('orders lanes by role and unites the gaps of picture and sound', () => {
    const { lanes } = buildTimeline(recording)
    expect(lanes.map((lane) => lane.participant)).toEqual(['p1', 'p2'])
    expect(lanes[0]?.gaps).toEqual([{ t0: s(40), t1: s(45), backfilled: false }])
    expect(lanes[1]?.present).toEqual({ t0: s(2), t1: s(100) })
  })

  it('calls overlapping gaps one gap and names the step it fell into', () => {
    const { gaps } = buildTimeline(recording)
    expect(gaps).toHaveLength(2)
    expect(gaps[0]).toMatchObject({
      t0: s(40),
      t1: s(45),
      participants: ['p1'],
      kinds: ['audio', 'video'],
      seq: 71,
    })
    expect(gaps[0]?.step).toMatchObject({ step: 'S06_NOTICE', attempt: 1 })
  })

  it('keeps what was backfilled apart from what was recorded live', () => {
    const { gaps, lanes } = buildTimeline(recording, new Set([72]))
    expect(gaps.map((gap) => [gap.seq, gap.backfilled])).toEqual([
      [71, false],
      [72, true],
      [90, false],
    ])
    expect(lanes[0]?.gaps).toEqual([
      { t0: s(40), t1: s(44), backfilled: false },
      { t0: s(41), t1: s(45), backfilled: true },
    ])
  })

  it('marks the attempt that another one replaced', () => {
    const { chapters } = buildTimeline(recording)
    expect(chapters.map((c) => [c.number, c.attempt, c.superseded, c.repeated])).toEqual([
      [5, 1, false, false],
      [6, 1, true, true],
      [6, 2, false, true],
      [7, 1, false, false],
    ])
    expect(chapters.at(-1)?.t1).toBe(s(100))
  })
})

describe('moving', () => {
  const { chapters, gaps } = buildTimeline(recording)

  it('goes to the beginning of the step first, then to the one before', () => {
    expect(previousChapter(chapters, s(60))).toBe(s(50))
    expect(previousChapter(chapters, s(51))).toBe(s(30))
    expect(previousChapter(chapters, s(3))).toBe(s(10))
    expect(nextChapter(chapters, s(60))).toBe(s(80))
    expect(nextChapter(chapters, s(90))).toBeNull()
  })

  it('visits every gap and begins again', () => {
    const first = nextGap(gaps, 0)
    expect(first).toBe(s(38))
    const second = nextGap(gaps, first ?? 0)
    expect(second).toBe(s(68))
    expect(nextGap(gaps, second ?? 0)).toBe(s(38))
    expect(nextGap([], 0)).toBeNull()
  })

  it('finds the later attempt where two touch', () => {
    expect(chapterAt(chapters, s(50))?.attempt).toBe(2)
    expect(chapterAt(chapters, s(5))).toBeNull()
  })
})

describe('axis and places', () => {
  it('chooses round distances', () => {
    expect(axis(s(468))).toEqual([0, 60, 120, 180, 240, 300, 360, 420].map(s))
    expect(axis(s(7))).toHaveLength(7)
    expect(axis(0)).toEqual([])
  })

  it('stays on the line', () => {
    expect(percent(s(50), s(100))).toBe('50.000%')
    expect(percent(s(150), s(100))).toBe('100.000%')
    expect(percent(1, 0)).toBe('0%')
  })

  it('counts overlaps once', () => {
    expect(
      lengthOf([
        { t0: 0, t1: 5 },
        { t0: 3, t1: 8 },
        { t0: 10, t1: 11 },
      ]),
    ).toBe(9)
  })
})

describe('pins', () => {
  const mark = (seq: number, at: number, type: string): Mark => ({
    seq,
    at_us: s(at),
    type,
    label_zh: type,
    label_en: type,
  })

  it('draws near captures as one and the last receipt only', () => {
    const found = pins(
      [
        mark(1, 10, 'capture.taken'),
        mark(2, 11, 'capture.taken'),
        mark(3, 20, 'capture.taken'),
        mark(4, 5, 'receipt.delivered'),
        mark(5, 90, 'receipt.delivered'),
        mark(6, 50, 'track.started'),
      ],
      s(100),
    )
    expect(found.map((pin) => [pin.icon, pin.at, pin.marks.length])).toEqual([
      ['camera', s(10), 2],
      ['camera', s(20), 1],
      ['receipt', s(90), 1],
    ])
  })
})
