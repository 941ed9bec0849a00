import { effectScope, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { usePlayback, type MediaPort, type Playback } from './usePlayback'

/** An element that plays by the test's clock, `speed` times too fast. */
class FakeMedia implements MediaPort {
  currentTime = 0
  playbackRate = 1
  paused = true
  seeking = false
  readyState = 4
  error: unknown = null
  refuse: string | null = null
  seeks = 0
  constructor(private readonly speed = 1) {}
  play() {
    if (this.refuse) return Promise.reject(Object.assign(new Error('no'), { name: this.refuse }))
    this.paused = false
    return Promise.resolve()
  }
  pause() {
    this.paused = true
  }
  pass(ms: number) {
    if (!this.paused && this.readyState >= 3) this.currentTime += (ms / 1000) * this.playbackRate * this.speed
  }
}

const duration = ref(60_000_000)
let now = 0
let callbacks: (() => void)[] = []
let media: FakeMedia[] = []
const scope = effectScope()
let playback: Playback
let scopes: ReturnType<typeof effectScope>[] = []

function run(ms: number, frame = 20) {
  for (let passed = 0; passed < ms; passed += frame) {
    now += frame
    for (const element of media) element.pass(frame)
    for (const callback of callbacks) callback()
  }
}

beforeEach(() => {
  now = 1000
  callbacks = []
  media = []
  const own = effectScope()
  scopes.push(own)
  const made = own.run(() =>
    usePlayback({
      duration,
      time: {
        now: () => now,
        frames(callback) {
          callbacks.push(callback)
          return () => {
            callbacks = callbacks.filter((other) => other !== callback)
          }
        },
      },
    }),
  )
  if (!made) throw new Error('no scope')
  playback = made
})

afterEach(() => {
  for (const own of scopes) own.stop()
  scopes = []
  scope.stop()
})

function add(t0: number, t1: number, speed = 1, spans: [number, number][] = []) {
  const element = new FakeMedia(speed)
  media.push(element)
  playback.attach(element, { t0_us: t0, t1_us: t1, spans })
  return element
}

describe('usePlayback', () => {
  it('keeps files with different beginnings and clocks within two frames of the playhead', () => {
    const officer = add(0, 60_000_000, 1.003)
    const seat = add(2_000_000, 60_000_000, 0.997)
    playback.play()
    run(30_000)
    expect(playback.at.value / 1e6).toBeCloseTo(30, 1)
    expect(Math.abs(officer.currentTime - playback.at.value / 1e6)).toBeLessThan(0.08)
    expect(Math.abs(seat.currentTime - (playback.at.value / 1e6 - 2))).toBeLessThan(0.08)
  })

  it('stops an element in its gap and takes it up behind it', () => {
    const officer = add(0, 60_000_000, 1, [
      [0, 5_000_000],
      [9_000_000, 60_000_000],
    ])
    add(0, 60_000_000)
    playback.play()
    run(7000)
    expect(officer.paused).toBe(true)
    expect(playback.at.value).toBeGreaterThan(6_900_000)
    run(3000)
    expect(officer.paused).toBe(false)
    expect(officer.currentTime).toBeCloseTo(10, 0)
  })

  it('lets all wait for one that lacks data, but not for ever', () => {
    const slow = add(0, 60_000_000)
    const other = add(0, 60_000_000)
    playback.play()
    run(1000)
    slow.readyState = 2
    run(2000)
    expect(playback.buffering.value).toBe(true)
    expect(other.paused).toBe(true)
    expect(playback.at.value / 1e6).toBeCloseTo(1, 1)
    run(8000)
    expect(playback.buffering.value).toBe(false)
    expect(playback.at.value / 1e6).toBeGreaterThan(2)
  })

  it('does not wait for a file that cannot be read', () => {
    const broken = add(0, 60_000_000)
    broken.error = { code: 4 }
    broken.readyState = 0
    playback.play()
    run(1000)
    expect(playback.at.value / 1e6).toBeCloseTo(1, 1)
  })

  it('moves every element on a seek, also while paused', () => {
    const officer = add(0, 60_000_000)
    const seat = add(2_000_000, 60_000_000)
    playback.seek(20_000_000)
    expect(officer.currentTime).toBe(20)
    expect(seat.currentTime).toBe(18)
    expect(playback.playing.value).toBe(false)
  })

  it('steps one frame and stops', () => {
    const officer = add(0, 60_000_000)
    playback.seek(10_000_000)
    playback.frame(1)
    expect(officer.currentTime).toBeCloseTo(10.04)
    playback.frame(-1)
    expect(officer.currentTime).toBeCloseTo(10)
  })

  it('runs backwards by moving paused elements', () => {
    const officer = add(0, 60_000_000)
    playback.seek(20_000_000)
    playback.press('j')
    run(2000)
    expect(playback.rate.value).toBe(-1)
    expect(officer.paused).toBe(true)
    expect(officer.currentTime).toBeGreaterThan(17.7)
    expect(officer.currentTime).toBeLessThan(18.3)
    playback.press('k')
    expect(playback.playing.value).toBe(false)
    expect(playback.rate.value).toBe(1)
  })

  it('stops at the end and begins again from there', () => {
    add(0, 60_000_000)
    playback.seek(59_500_000)
    playback.play()
    run(1000)
    expect(playback.playing.value).toBe(false)
    expect(playback.at.value).toBe(60_000_000)
    playback.play()
    expect(playback.at.value).toBe(0)
  })

  it('says when the browser wants a click first', async () => {
    const officer = add(0, 60_000_000)
    officer.refuse = 'NotAllowedError'
    playback.play()
    run(40)
    await Promise.resolve()
    await Promise.resolve()
    expect(playback.blocked.value).toBe(true)
    expect(playback.playing.value).toBe(false)
  })
})
