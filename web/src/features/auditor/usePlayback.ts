import { onScopeDispose, readonly, ref, shallowRef, type Ref } from 'vue'
import { correct, placeOf, read, shuttle, type ClockState, type TrackClock } from './playback'

/** What is used of an `HTMLMediaElement`. */
export interface MediaPort {
  currentTime: number
  playbackRate: number
  readonly paused: boolean
  readonly seeking: boolean
  /** `HTMLMediaElement.readyState`; from 3 on it can go on. */
  readonly readyState: number
  readonly error: unknown
  play(): Promise<void>
  pause(): void
}

/** Where time comes from. */
export interface PlaybackTime {
  /** Monotonic milliseconds. */
  now(): number
  /** Calls back once a frame until the returned function is called. */
  frames(callback: () => void): () => void
}

/** A player's inputs. */
export interface PlaybackOptions {
  /** Length of the recording, µs. */
  duration: Readonly<Ref<number>>
  time?: PlaybackTime
}

/** How long the others wait for one element that doesn't get its data, ms. */
const PATIENCE = 8000
/** One frame of 25 in a second, µs. */
const FRAME = 40_000

const browserTime: PlaybackTime = {
  now: () => performance.now(),
  frames(callback) {
    let handle = 0
    const turn = () => {
      callback()
      handle = requestAnimationFrame(turn)
    }
    handle = requestAnimationFrame(turn)
    return () => {
      cancelAnimationFrame(handle)
    }
  },
}

/** One playhead over any number of media elements; see `playback.ts` for how they are kept together. */
export function usePlayback(options: PlaybackOptions) {
  const time = options.time ?? browserTime
  const at = ref(0)
  const playing = ref(false)
  const rate = ref(1)
  /** An element waits for data, and the others for it. */
  const buffering = ref(false)
  /** The browser wants a click before it plays sound. */
  const blocked = ref(false)
  const clock = shallowRef<ClockState>({ at_us: 0, since_ms: time.now(), rate: 1, running: false })
  const ports = new Map<MediaPort, { track: TrackClock; waitingSince: number | null }>()

  function set(next: Partial<ClockState>) {
    const now = time.now()
    clock.value = {
      ...clock.value,
      at_us: read(clock.value, now, options.duration.value),
      since_ms: now,
      ...next,
    }
    at.value = clock.value.at_us
    playing.value = clock.value.running
    rate.value = clock.value.rate
  }

  function seek(to: number) {
    set({ at_us: Math.min(options.duration.value, Math.max(0, to)) })
    for (const state of ports.values()) state.waitingSince = null
    tick()
  }

  function play() {
    blocked.value = false
    if (clock.value.rate > 0 && at.value >= options.duration.value) set({ at_us: 0 })
    set({ running: true })
  }

  function pause() {
    set({ running: false, rate: clock.value.rate < 0 ? 1 : clock.value.rate })
    buffering.value = false
    tick()
  }

  function setRate(next: number) {
    set({ rate: next })
  }

  function press(key: 'j' | 'k' | 'l') {
    const next = shuttle(key, clock.value.rate, clock.value.running)
    blocked.value = false
    set({ rate: next.rate, running: next.playing })
    if (!next.playing) tick()
  }

  /** One frame on or back; stops. */
  function frame(direction: 1 | -1) {
    set({ running: false })
    seek(at.value + direction * FRAME)
  }

  /** Puts an element under the clock; returns how to take it out again. */
  function attach(port: MediaPort, track: TrackClock): () => void {
    ports.set(port, { track, waitingSince: null })
    return () => {
      ports.delete(port)
    }
  }

  /** Whether one element has to wait, and so all. */
  function mustWait(now: number, position: number): boolean {
    let wait = false
    for (const [port, state] of ports) {
      const lacking =
        placeOf(state.track, position).in === 'media' && !port.error && (port.seeking || port.readyState < 3)
      if (!lacking) {
        state.waitingSince = null
        continue
      }
      state.waitingSince ??= now
      if (now - state.waitingSince < PATIENCE) wait = true
    }
    return wait
  }

  function tick() {
    const now = time.now()
    const position = read(clock.value, now, options.duration.value)
    const state = clock.value
    const onwards = state.running && state.rate > 0
    buffering.value = onwards && mustWait(now, buffering.value ? at.value : position)
    if (buffering.value) {
      // The clock stands still at the place it had when the waiting began.
      clock.value = { ...state, at_us: at.value, since_ms: now }
    } else {
      at.value = position
      const end = state.rate > 0 ? position >= options.duration.value : position <= 0
      if (state.running && end) set({ running: false, rate: Math.abs(state.rate) })
    }
    for (const [port, { track }] of ports) follow(port, track, onwards && !buffering.value)
  }

  function follow(port: MediaPort, track: TrackClock, onwards: boolean) {
    const place = placeOf(track, at.value)
    if (place.in !== 'media' || port.error) {
      if (!port.paused) port.pause()
      return
    }
    const drift = port.currentTime - place.seconds
    if (!onwards) {
      if (!port.paused) port.pause()
      const tolerance = clock.value.running ? 0.12 : 0.005
      if (Math.abs(drift) > tolerance && !port.seeking) port.currentTime = place.seconds
      return
    }
    const action = correct(drift, clock.value.rate)
    if (action.seek && !port.seeking) port.currentTime = place.seconds
    if (port.playbackRate !== action.rate) port.playbackRate = action.rate
    if (port.paused) {
      port.play().catch((reason: unknown) => {
        // NotAllowedError: the browser wants a gesture. AbortError: paused again meanwhile, nothing to do.
        if (reason instanceof Error && reason.name === 'NotAllowedError') {
          blocked.value = true
          set({ running: false })
        }
      })
    }
  }

  const stop = time.frames(tick)
  onScopeDispose(() => {
    stop()
    for (const port of ports.keys()) port.pause()
    ports.clear()
  })

  return {
    at: readonly(at),
    playing: readonly(playing),
    rate: readonly(rate),
    buffering: readonly(buffering),
    blocked: readonly(blocked),
    attach,
    seek,
    play,
    pause,
    toggle: () => {
      if (playing.value) pause()
      else play()
    },
    setRate,
    press,
    frame,
  }
}

/** What `usePlayback` returns. */
export type Playback = ReturnType<typeof usePlayback>
