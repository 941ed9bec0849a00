import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { CaptureState, Kind } from '@/realtime/protocol.gen'

/** Why a camera or microphone is not there. */
export type CaptureFailure = 'denied' | 'busy' | 'missing'

/** Where tracks go: the sender of the call. `null` takes the track out before its device is closed. */
export type TrackSink = (kind: Kind, track: MediaStreamTrack | null) => Promise<void>

export interface CaptureOptions {
  window?: Window & typeof globalThis
  /** Which camera to begin with. */
  facing?: 'environment' | 'user'
  /** Waits so many ms; tests pass their own. */
  delay?: (ms: number) => Promise<void>
}

export interface Capture {
  video: ShallowRef<MediaStreamTrack | null>
  audio: ShallowRef<MediaStreamTrack | null>
  /** The own picture for a tile; a new object whenever its track is another one. */
  preview: ComputedRef<MediaStream | null>
  camera: ComputedRef<CaptureState>
  microphone: ComputedRef<CaptureState>
  failure: Readonly<Ref<Record<Kind, CaptureFailure | null>>>
  facing: Ref<'environment' | 'user'>
  /** More than one camera is there. */
  canFlip: Readonly<Ref<boolean>>
  /** Null: this camera has no lamp. */
  torch: Ref<boolean | null>
  muted: Readonly<Ref<boolean>>
  /** Opens camera and microphone with one question to the user. Must follow a tap. */
  open: () => Promise<void>
  flip: () => Promise<void>
  setTorch: (on: boolean) => Promise<void>
  setMuted: (muted: boolean) => void
  /** Opens again what the system took away or what failed. */
  reopen: () => Promise<void>
  /** A JPEG of the picture as it is sent. */
  still: () => Promise<Blob>
  connect: (sink: TrackSink | null) => void
  close: () => void
}

/** Plates need pixels; more than 1280×720 stalls some phones. Only wishes, never demands. */
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24 } } as const
const BUSY_WAIT_MS = 500
const BUSY_TRIES = 3
/** iOS mutes tracks for a moment at the start; only what lasts is told, only what lasts longer is repaired. */
export const MUTE_SHOWN_MS = 1_000
export const MUTE_REPAIR_MS = 3_000
const KNOWN_CAMERA = 'cloudseat.camera'
/** Android's main rear camera; the others are often wide or without focus. */
const MAIN_REAR = /camera2? ?0, facing back/iu

function failureOf(thrown: unknown): CaptureFailure {
  const name = thrown instanceof DOMException ? thrown.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'missing'
}

interface Lamp {
  torch?: boolean
}

/**
 * Camera and microphone of this device. One question at a time goes to the system, one picture is opened for
 * everything (call, stills), and what the system takes away is opened again when it can be.
 */
export function createCapture(options: CaptureOptions = {}): Capture {
  const win = options.window ?? window
  const devices = win.navigator.mediaDevices
  const delay = options.delay ?? ((ms: number) => new Promise((resolve) => win.setTimeout(resolve, ms)))

  const video = shallowRef<MediaStreamTrack | null>(null)
  const audio = shallowRef<MediaStreamTrack | null>(null)
  const failure = ref<Record<Kind, CaptureFailure | null>>({ audio: null, video: null })
  const taken = ref<Record<Kind, boolean>>({ audio: false, video: false })
  const facing = ref<'environment' | 'user'>(options.facing ?? 'environment')
  const canFlip = ref(false)
  const torch = ref<boolean | null>(null)
  const muted = ref(false)
  const timers = new Map<string, number>()
  let sink: TrackSink | null = null
  let queue: Promise<unknown> = Promise.resolve()
  let closed = false

  /** getUserMedia never overlaps with itself or with a change of track. */
  function exclusive<T>(job: () => Promise<T>): Promise<T> {
    const next = queue.then(job, job)
    queue = next.catch(() => undefined)
    return next
  }

  function cameraConstraints(): MediaTrackConstraints {
    const known = facing.value === 'environment' ? win.localStorage.getItem(KNOWN_CAMERA) : null
    return known === null
      ? { ...PICTURE, facingMode: { ideal: facing.value } }
      : { ...PICTURE, deviceId: { exact: known } }
  }

  async function ask(constraints: MediaStreamConstraints): Promise<MediaStream> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await devices.getUserMedia(constraints)
      } catch (thrown) {
        const name = thrown instanceof DOMException ? thrown.name : ''
        if (name === 'OverconstrainedError' || (name === 'NotFoundError' && wantsDevice(constraints))) {
          // The remembered camera is gone.
          win.localStorage.removeItem(KNOWN_CAMERA)
          if (wantsDevice(constraints)) {
            constraints = { ...constraints, video: { ...PICTURE, facingMode: { ideal: facing.value } } }
            continue
          }
        }
        if (name !== 'NotReadableError' || attempt >= BUSY_TRIES) throw thrown
        await delay(BUSY_WAIT_MS)
      }
    }
  }

  function wantsDevice(constraints: MediaStreamConstraints): boolean {
    return typeof constraints.video === 'object' && constraints.video.deviceId !== undefined
  }

  /** Takes a fresh track into use. */
  async function adopt(kind: Kind, track: MediaStreamTrack): Promise<void> {
    if (closed) {
      track.stop()
      return
    }
    watch(kind, track)
    failure.value = { ...failure.value, [kind]: null }
    taken.value = { ...taken.value, [kind]: false }
    if (kind === 'audio') {
      track.enabled = !muted.value
      audio.value = track
    } else {
      video.value = track
      readLamp(track)
    }
    await sink?.(kind, track)
  }

  /** Lets go of a track: the sender first, so that it never sends from a closed device. */
  async function release(kind: Kind): Promise<void> {
    const held = kind === 'audio' ? audio : video
    const track = held.value
    if (track === null) return
    await sink?.(kind, null)
    track.onmute = track.onunmute = track.onended = null
    track.stop()
    held.value = null
  }

  function later(name: string, ms: number, job: () => void): void {
    win.clearTimeout(timers.get(name))
    timers.set(name, win.setTimeout(job, ms))
  }

  function watch(kind: Kind, track: MediaStreamTrack): void {
    track.onmute = () => {
      later(`${kind}.shown`, MUTE_SHOWN_MS, () => {
        if (track.muted) taken.value = { ...taken.value, [kind]: true }
      })
      later(`${kind}.repair`, MUTE_REPAIR_MS, () => {
        if (track.muted && visible()) void repair(kind)
      })
    }
    track.onunmute = () => {
      win.clearTimeout(timers.get(`${kind}.shown`))
      win.clearTimeout(timers.get(`${kind}.repair`))
      // After a call or Siri the flags lie: a track that was taken away is opened afresh.
      if (taken.value[kind]) void repair(kind)
    }
    track.onended = () => {
      taken.value = { ...taken.value, [kind]: true }
      if (visible()) void repair(kind)
    }
  }

  const visible = () => win.document.visibilityState === 'visible'

  function repair(kind: Kind): Promise<void> {
    return exclusive(async () => {
      if (closed || !taken.value[kind]) return
      await openKinds([kind])
    })
  }

  async function openKinds(kinds: readonly Kind[]): Promise<void> {
    for (const kind of kinds) await release(kind)
    const constraints = {
      ...(kinds.includes('audio') ? { audio: { echoCancellation: true, noiseSuppression: true } } : {}),
      ...(kinds.includes('video') ? { video: cameraConstraints() } : {}),
    }
    let stream: MediaStream
    try {
      stream = await ask(constraints)
    } catch (thrown) {
      // One missing device must not silence the other.
      if (kinds.length > 1 && failureOf(thrown) !== 'denied') {
        for (const kind of kinds) await openKinds([kind])
        return
      }
      for (const kind of kinds) failure.value = { ...failure.value, [kind]: failureOf(thrown) }
      return
    }
    for (const track of stream.getTracks()) await adopt(track.kind === 'audio' ? 'audio' : 'video', track)
  }

  function readLamp(track: MediaStreamTrack): void {
    const wanted = torch.value === true
    const lamp = (track.getCapabilities() as Lamp).torch === true
    torch.value = lamp ? wanted : null
    if (lamp && wanted) void applyTorch(track, true)
  }

  async function applyTorch(track: MediaStreamTrack, on: boolean): Promise<void> {
    await track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] })
  }

  /** Prefers the main rear camera once labels may be read, and counts cameras. */
  async function choose(): Promise<void> {
    const cameras = (await devices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput')
    canFlip.value = cameras.length > 1
    const main = cameras.find(({ label }) => MAIN_REAR.test(label))
    if (facing.value !== 'environment' || main === undefined || video.value === null) return
    const known = win.localStorage.getItem(KNOWN_CAMERA)
    if (known === main.deviceId) return
    win.localStorage.setItem(KNOWN_CAMERA, main.deviceId)
    if (video.value.getSettings().deviceId !== main.deviceId) await openKinds(['video'])
  }

  function onVisible(): void {
    if (!visible()) return
    for (const kind of ['audio', 'video'] as const) if (taken.value[kind]) void repair(kind)
  }
  win.document.addEventListener('visibilitychange', onVisible)

  function stateOf(kind: Kind, track: MediaStreamTrack | null): CaptureState {
    if (taken.value[kind]) return 'interrupted'
    if (track === null) return failure.value[kind] === 'busy' ? 'interrupted' : 'absent'
    return kind === 'audio' && muted.value ? 'muted' : 'live'
  }

  return {
    video,
    audio,
    preview: computed(() => (video.value === null ? null : new win.MediaStream([video.value]))),
    camera: computed(() => stateOf('video', video.value)),
    microphone: computed(() => stateOf('audio', audio.value)),
    failure,
    facing,
    canFlip,
    torch,
    muted,
    open: () =>
      exclusive(async () => {
        const missing = (['audio', 'video'] as const).filter(
          (kind) => (kind === 'audio' ? audio : video).value === null,
        )
        if (missing.length > 0) await openKinds(missing)
        await choose()
      }),
    flip: () =>
      exclusive(async () => {
        const before = facing.value
        torch.value = null
        facing.value = before === 'environment' ? 'user' : 'environment'
        await openKinds(['video'])
        if (video.value !== null) return
        facing.value = before
        await openKinds(['video'])
      }),
    setTorch: (on) =>
      exclusive(async () => {
        if (video.value === null || torch.value === null) return
        await applyTorch(video.value, on)
        torch.value = on
      }),
    setMuted(on) {
      muted.value = on
      if (audio.value !== null) audio.value.enabled = !on
    },
    reopen: () =>
      exclusive(async () => {
        const kinds = (['audio', 'video'] as const).filter(
          (kind) => (kind === 'audio' ? audio : video).value === null || taken.value[kind],
        )
        if (kinds.length > 0) await openKinds(kinds)
      }),
    still: () => exclusive(() => stillOf(video.value, win)),
    connect(next) {
      sink = next
    },
    close() {
      closed = true
      win.document.removeEventListener('visibilitychange', onVisible)
      for (const timer of timers.values()) win.clearTimeout(timer)
      for (const held of [audio, video]) {
        if (held.value !== null) {
          held.value.onmute = held.value.onunmute = held.value.onended = null
          held.value.stop()
        }
        held.value = null
      }
    },
  }
}

/** One frame of a live track as JPEG, at the size that the camera gives. */
async function stillOf(track: MediaStreamTrack | null, win: Window & typeof globalThis): Promise<Blob> {
  if (track === null) throw new DOMException('no camera is open', 'InvalidStateError')
  const element = win.document.createElement('video')
  element.muted = true
  element.playsInline = true
  element.srcObject = new win.MediaStream([track])
  try {
    await element.play()
    const canvas = win.document.createElement('canvas')
    canvas.width = element.videoWidth
    canvas.height = element.videoHeight
    const context = canvas.getContext('2d')
    if (context === null || canvas.width === 0) throw new DOMException('no picture yet', 'InvalidStateError')
    context.drawImage(element, 0, 0)
    return await new Promise<Blob>((resolve, reject) =>
      canvas.toBlob(
        (blob) => (blob === null ? reject(new DOMException('no JPEG', 'EncodingError')) : resolve(blob)),
        'image/jpeg',
        0.9,
      ),
    )
  } finally {
    element.srcObject = null
  }
}
