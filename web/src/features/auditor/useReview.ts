import { computed, nextTick, ref, watch } from 'vue'
import type { Account } from '@/api/account'
import type { KeyBindings } from '@/shared/composables/useKeys'
import { clock, day, dayAndClock } from '@/shared/time'
import type { DecisionPart } from '@/shared/ui/decision'
import { chapterAt, nextChapter, nextGap, previousChapter } from './timeline'
import type { Evidence } from './useEvidence'
import { usePlayback } from './usePlayback'
import { useReveal } from './useReveal'
import { useWaveforms } from './useWaveforms'

/** Which part of the decision a step performs. */
const PERFORMS: Readonly<Record<number, DecisionPart | undefined>> = {
  4: 'party',
  5: 'facts',
  6: 'penalty',
  10: 'penalty',
  11: 'signature',
}

/** Watching a session: the playhead, what is heard, where one can go, and what of the persons is shown. */
export function useReview(options: {
  evidence: Evidence
  account: Account
  /** What a role is called. */
  role: (role: string) => string
  /** Where to stand first, µs of the session. */
  startAt?: number
}) {
  const { evidence, account } = options
  const { timeline } = evidence
  const session = evidence.session.data
  const recording = evidence.recording.data

  const duration = computed(() => recording.value?.duration_us ?? 0)
  const playback = usePlayback({ duration })
  const peaks = useWaveforms({ recording: () => recording.value })
  const reveal = useReveal()
  const solo = ref<string | null>(null)

  const lanes = computed(() => timeline.value?.lanes ?? [])
  const chapters = computed(() => timeline.value?.chapters ?? [])
  const names = computed<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(
      lanes.value.map((lane) => [
        lane.participant,
        // Who joined without a name is called by the role, which stands beside it already.
        lane.name === options.role(lane.role) ? '' : reveal.name(lane.role, lane.name),
      ]),
    ),
  )
  const wall = computed(() => {
    if (session.value === null) return ''
    const at = Date.parse(session.value.opened_at) + playback.at.value / 1000
    return `${day(at)} ${clock(at)}`
  })
  const openedPage = dayAndClock(Date.now())
  const watermark = computed(() => {
    const user = account.user.value
    if (!user) return ''
    // Why personal values are shown stands in every picture of the page.
    return [`${user.name} ${user.badge_no}`, openedPage, reveal.reason.value]
      .filter((part) => part)
      .join('　')
  })
  const officers = computed(() =>
    [session.value?.officer.name, session.value?.seat?.name].filter((name) => name !== undefined).join('　'),
  )
  const lit = computed(() => PERFORMS[chapterAt(chapters.value, playback.at.value)?.number ?? 0] ?? null)

  const stopWaiting = watch(
    timeline,
    (line) => {
      if (line === null) return
      // Before the first packet there is nothing to see.
      const first = Math.min(...line.lanes.map((lane) => lane.present.t0), line.duration)
      playback.seek(Math.max(first, options.startAt ?? 0))
      void nextTick(() => stopWaiting())
    },
    { immediate: true, flush: 'post' },
  )

  function seek(to: number | null) {
    if (to !== null) playback.seek(to)
  }
  const previous = () => seek(previousChapter(chapters.value, playback.at.value))
  const next = () => seek(nextChapter(chapters.value, playback.at.value))
  const gap = () => seek(nextGap(timeline.value?.gaps ?? [], playback.at.value))
  function hearAlone(participant: string) {
    solo.value = solo.value === participant ? null : participant
  }

  const keys = computed<KeyBindings>(() => ({
    Space: playback.toggle,
    j: () => playback.press('j'),
    k: () => playback.press('k'),
    l: () => playback.press('l'),
    '[': previous,
    ']': next,
    g: gap,
    ',': () => playback.frame(-1),
    '.': () => playback.frame(1),
    ...Object.fromEntries(
      lanes.value.map((lane, index) => [String(index + 1), () => hearAlone(lane.participant)]),
    ),
  }))

  return {
    playback,
    peaks,
    reveal,
    solo,
    lanes,
    duration,
    names,
    wall,
    watermark,
    officers,
    lit,
    keys,
    previous,
    next,
    gap,
    hearAlone,
  }
}
