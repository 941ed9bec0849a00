import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCapture, MUTE_REPAIR_MS, MUTE_SHOWN_MS, type Capture } from './capture'

class Track {
  onmute: (() => void) | null = null
  onunmute: (() => void) | null = null
  onended: (() => void) | null = null
  muted = false
  enabled = true
  stopped = false
  torch: boolean | undefined
  constructor(
    readonly kind: 'audio' | 'video',
    readonly deviceId: string,
    private readonly lamp: boolean,
  ) {}
  stop() {
    this.stopped = true
    events.push(`stop ${this.kind} ${this.deviceId}`)
  }
  getCapabilities() {
    return this.lamp ? { torch: true } : {}
  }
  getSettings() {
    return { deviceId: this.deviceId }
  }
  applyConstraints(constraints: { advanced: { torch: boolean }[] }) {
    this.torch = constraints.advanced[0]?.torch
    return Promise.resolve()
  }
  mute() {
    this.muted = true
    this.onmute?.()
  }
  unmute() {
    this.muted = false
    this.onunmute?.()
  }
  end() {
    this.onended?.()
  }
}

let events: string[] = []
let asked: MediaStreamConstraints[] = []
let given: Track[] = []
let inside = 0
let failing: (constraints: MediaStreamConstraints) => string | null = () => null
let cameras = [
  { kind: 'videoinput', deviceId: 'rear', label: 'camera2 0, facing back' },
  { kind: 'videoinput', deviceId: 'front', label: 'camera2 1, facing front' },
]

function deviceFor(video: MediaTrackConstraints): string {
  const exact = (video.deviceId as { exact?: string } | undefined)?.exact
  if (exact !== undefined) return exact
  return (video.facingMode as { ideal: string }).ideal === 'user' ? 'front' : 'rear'
}

function makeWindow() {
  const storage = new Map<string, string>()
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  return {
    document,
    setTimeout: (job: () => void, ms: number) => setTimeout(job, ms),
    clearTimeout: (timer: number | undefined) => clearTimeout(timer),
    localStorage: {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
      removeItem: (key: string) => storage.delete(key),
    },
    MediaStream: class {
      constructor(readonly tracks: Track[]) {}
    },
    navigator: {
      mediaDevices: {
        enumerateDevices: () => Promise.resolve(cameras),
        async getUserMedia(constraints: MediaStreamConstraints) {
          inside += 1
          expect(inside, 'getUserMedia overlaps with itself').toBe(1)
          asked.push(constraints)
          await Promise.resolve()
          inside -= 1
          const name = failing(constraints)
          if (name !== null) throw new DOMException('no', name)
          const tracks: Track[] = []
          if (constraints.audio) tracks.push(new Track('audio', 'mic', false))
          if (typeof constraints.video === 'object') {
            const device = deviceFor(constraints.video)
            tracks.push(new Track('video', device, device === 'rear'))
          }
          given.push(...tracks)
          for (const track of tracks) events.push(`open ${track.kind} ${track.deviceId}`)
          return { getTracks: () => tracks }
        },
      },
    },
  }
}

const newest = (kind: 'audio' | 'video') => {
  const found = given.findLast((track) => track.kind === kind)
  if (found === undefined) throw new Error(`no ${kind} track was opened`)
  return found
}

describe('createCapture', () => {
  let win: ReturnType<typeof makeWindow>
  let capture: Capture

  beforeEach(() => {
    vi.useFakeTimers()
    events = []
    asked = []
    given = []
    inside = 0
    failing = () => null
    cameras = [
      { kind: 'videoinput', deviceId: 'rear', label: 'camera2 0, facing back' },
      { kind: 'videoinput', deviceId: 'front', label: 'camera2 1, facing front' },
    ]
    win = makeWindow()
    capture = createCapture({ window: win as unknown as Window & typeof globalThis })
  })
  afterEach(() => {
    capture.close()
    vi.useRealTimers()
  })

  it('asks once for camera and microphone together, with wishes only', async () => {
    await capture.open()
    expect(asked).toHaveLength(1)
    expect(asked[0]?.audio).toBeTruthy()
    expect(JSON.stringify(asked[0])).not.toMatch(/"(min|exact)"/u)
    expect(capture.camera.value).toBe('live')
    expect(capture.microphone.value).toBe('live')
    expect(capture.canFlip.value).toBe(true)
    expect(capture.torch.value).toBe(false)
  })

  it('takes the main rear camera instead of the lens it was given, and remembers it', async () => {
    cameras = [
      { kind: 'videoinput', deviceId: 'wide', label: 'camera2 2, facing back' },
      { kind: 'videoinput', deviceId: 'rear', label: 'camera2 0, facing back' },
    ]
    const first = win.navigator.mediaDevices.getUserMedia
    win.navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await first(constraints)
      const video = constraints.video as MediaTrackConstraints
      if (video.deviceId === undefined) Object.assign(newest('video'), { deviceId: 'wide' })
      return stream
    }
    await capture.open()
    expect(capture.video.value?.getSettings().deviceId).toBe('rear')
    expect(win.localStorage.getItem('cloudseat.camera')).toBe('rear')
    expect(asked[1]?.video).toMatchObject({ deviceId: { exact: 'rear' } })
    expect(asked[1]?.video).not.toHaveProperty('facingMode')
  })

  it('flips by emptying the sender first, and puts the old camera back when the other fails', async () => {
    await capture.open()
    capture.connect((kind, track) => {
      events.push(`send ${kind} ${track === null ? 'nothing' : track.getSettings().deviceId}`)
      return Promise.resolve()
    })
    events = []
    await capture.flip()
    expect(events).toEqual(['send video nothing', 'stop video rear', 'open video front', 'send video front'])
    expect(capture.facing.value).toBe('user')

    failing = (constraints) =>
      JSON.stringify(constraints).includes('environment') || JSON.stringify(constraints).includes('rear')
        ? 'NotFoundError'
        : null
    await capture.flip()
    expect(capture.facing.value).toBe('user')
    expect(capture.video.value?.getSettings().deviceId).toBe('front')
    expect(capture.failure.value.video).toBeNull()
  })

  it('never asks twice at a time, whatever is pressed together', async () => {
    await Promise.all([capture.open(), capture.flip(), capture.reopen(), capture.flip(), capture.open()])
    expect(inside).toBe(0)
  })

  it('tries a busy camera three times, then says so', async () => {
    failing = () => 'NotReadableError'
    const opening = capture.open()
    await vi.advanceTimersByTimeAsync(10_000)
    await opening
    expect(capture.failure.value).toEqual({ audio: 'busy', video: 'busy' })
    expect(capture.camera.value).toBe('interrupted')
    failing = () => null
    await capture.reopen()
    expect(capture.camera.value).toBe('live')
  })

  it('keeps the microphone when only the camera is missing', async () => {
    failing = (constraints) => (constraints.video === undefined ? null : 'NotFoundError')
    await capture.open()
    expect(capture.microphone.value).toBe('live')
    expect(capture.camera.value).toBe('absent')
    expect(capture.failure.value.video).toBe('missing')
  })

  it('says that it was not allowed', async () => {
    failing = () => 'NotAllowedError'
    await capture.open()
    expect(asked).toHaveLength(1)
    expect(capture.failure.value).toEqual({ audio: 'denied', video: 'denied' })
  })

  it('overlooks a short mute, tells a longer one and opens the camera afresh', async () => {
    await capture.open()
    const old = newest('video')
    old.mute()
    await vi.advanceTimersByTimeAsync(MUTE_SHOWN_MS - 1)
    expect(capture.camera.value).toBe('live')
    old.unmute()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(newest('video')).toBe(old)

    old.mute()
    await vi.advanceTimersByTimeAsync(MUTE_SHOWN_MS)
    expect(capture.camera.value).toBe('interrupted')
    await vi.advanceTimersByTimeAsync(MUTE_REPAIR_MS - MUTE_SHOWN_MS)
    expect(newest('video')).not.toBe(old)
    expect(old.stopped).toBe(true)
    expect(capture.camera.value).toBe('live')
  })

  it('does not trust a track that comes back after an interruption', async () => {
    await capture.open()
    const old = newest('audio')
    old.mute()
    await vi.advanceTimersByTimeAsync(MUTE_SHOWN_MS + 1)
    old.unmute()
    await vi.advanceTimersByTimeAsync(0)
    expect(newest('audio')).not.toBe(old)
    expect(capture.microphone.value).toBe('live')
  })

  it('waits with an ended camera until the page is visible again', async () => {
    await capture.open()
    const old = newest('video')
    win.document.visibilityState = 'hidden'
    old.end()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(newest('video')).toBe(old)
    expect(capture.camera.value).toBe('interrupted')
    win.document.visibilityState = 'visible'
    win.document.dispatchEvent(new Event('visibilitychange'))
    await vi.advanceTimersByTimeAsync(0)
    expect(capture.camera.value).toBe('live')
  })

  it('switches the lamp on again after the camera was reopened', async () => {
    await capture.open()
    await capture.setTorch(true)
    expect(newest('video').torch).toBe(true)
    newest('video').end()
    await vi.advanceTimersByTimeAsync(0)
    expect(newest('video').torch).toBe(true)
    await capture.flip()
    expect(capture.torch.value).toBeNull()
  })

  it('stays muted over a fresh microphone', async () => {
    await capture.open()
    capture.setMuted(true)
    newest('audio').end()
    await vi.advanceTimersByTimeAsync(0)
    expect(newest('audio').enabled).toBe(false)
    expect(capture.microphone.value).toBe('muted')
  })
})
