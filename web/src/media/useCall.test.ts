import { effectScope, ref, shallowRef, type EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClientMessage, Integrity, ServerMessage } from '@/realtime/protocol.gen'
import type { Socket } from '@/realtime/socket'
import type { Capture } from './capture'
import { REPLACE_AFTER_MS, RESTART_AFTER_MS } from './recovery'
import { useCall, type Call } from './useCall'

const SID = 'sid'
const SEAT = 'seat'
const integrity: Integrity = {
  recording: 'waiting',
  mono_us: 0,
  gaps: 0,
  gap_ms: 0,
  storage: 'ok',
  size: 0,
  root: '',
  broken: [],
  tracks: [],
}

/** The protocol's other end: what was said, and a way to say something back. */
function makeSocket() {
  const handlers = new Map<string, Set<(message: ServerMessage) => void>>()
  const welcomes = new Set<(resumed: boolean) => void>()
  const up = ref(true)
  const said: ClientMessage[] = []
  const socket: Socket = {
    up,
    stopped: ref(null),
    clockAheadMs: ref(null),
    start: () => undefined,
    stop: () => undefined,
    probe: () => undefined,
    say: (body) => void said.push(body),
    on(type, handler) {
      const set = handlers.get(type) ?? new Set()
      handlers.set(type, set)
      set.add(handler as (message: ServerMessage) => void)
      return () => set.delete(handler as (message: ServerMessage) => void)
    },
    onWelcome(handler) {
      welcomes.add(handler)
      return () => welcomes.delete(handler)
    },
  }
  return {
    socket,
    up,
    said,
    tell: (message: ServerMessage) => handlers.get(message.type)?.forEach((handler) => handler(message)),
    welcome: (resumed: boolean) => welcomes.forEach((handler) => handler(resumed)),
    offers: () => said.filter((body) => body.type === 'media.offer'),
  }
}

class Connection {
  static all: Connection[] = []
  connectionState: RTCPeerConnectionState = 'new'
  signalingState: RTCSignalingState = 'stable'
  localDescription: { sdp: string } | null = null
  onconnectionstatechange: (() => void) | null = null
  ontrack: (() => void) | null = null
  closed = false
  inbound = 0
  frames = 0
  readonly restarts: boolean[] = []
  readonly transceivers: {
    mid: string
    direction: string
    sender: {
      track: unknown
      replaceTrack: (track: unknown) => Promise<void>
      getParameters: () => { encodings: object[] }
      setParameters: (parameters: unknown) => Promise<void>
    }
    receiver: {
      track: { kind: string }
      getStats: () => Promise<unknown>
      getSynchronizationSources: () => []
    }
    setCodecPreferences: () => void
  }[] = []
  parameters: unknown = null

  constructor() {
    Connection.all.push(this)
  }
  addTransceiver(trackOrKind: string | { kind: string }, init: { direction: string }) {
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind
    const transceiver = {
      mid: String(this.transceivers.length),
      direction: init.direction,
      sender: {
        track: typeof trackOrKind === 'string' ? null : (trackOrKind as unknown),
        replaceTrack(track: unknown) {
          this.track = track
          return Promise.resolve()
        },
        getParameters: () => ({ encodings: [{}] }),
        setParameters: (parameters: unknown) => {
          this.parameters = parameters
          return Promise.resolve()
        },
      },
      receiver: {
        track: { kind },
        getStats: () =>
          Promise.resolve(
            new Map([['v', { id: 'v', type: 'inbound-rtp', kind: 'video', framesDecoded: this.frames }]]),
          ),
        getSynchronizationSources: (): [] => [],
      },
      setCodecPreferences: () => undefined,
    }
    this.transceivers.push(transceiver)
    return transceiver
  }
  getTransceivers() {
    return this.transceivers
  }
  createOffer(options: { iceRestart: boolean }) {
    this.restarts.push(options.iceRestart)
    return Promise.resolve({ type: 'offer', sdp: `offer ${this.restarts.length}` })
  }
  setLocalDescription(description: { type: string; sdp?: string }) {
    this.signalingState = description.type === 'rollback' ? 'stable' : 'have-local-offer'
    this.localDescription = { sdp: description.sdp ?? '' }
    return Promise.resolve()
  }
  setRemoteDescription() {
    this.signalingState = 'stable'
    return Promise.resolve()
  }
  getStats() {
    return Promise.resolve(new Map([['t', { id: 't', type: 'transport', bytesReceived: this.inbound }]]))
  }
  become(state: RTCPeerConnectionState) {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }
  close() {
    this.closed = true
  }
}

const newest = () => {
  const last = Connection.all.at(-1)
  if (last === undefined) throw new Error('no connection was made')
  return last
}

function makeCapture() {
  return {
    video: shallowRef({ kind: 'video', id: 'camera' }),
    audio: shallowRef({ kind: 'audio', id: 'microphone' }),
    camera: ref('live'),
    microphone: ref('live'),
    connect: vi.fn(),
  }
}

describe('useCall', () => {
  let now = 0
  let tick: () => void = () => undefined
  let wire: ReturnType<typeof makeSocket>
  let capture: ReturnType<typeof makeCapture>
  let scope: EffectScope
  let call: Call
  const page = Object.assign(new EventTarget(), {
    document: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
    navigator: { onLine: true },
    localStorage: { getItem: () => null, setItem: () => undefined },
    setTimeout: (job: () => void) => {
      job()
      return 0
    },
    MediaStream: class {
      constructor(readonly tracks: unknown[]) {}
      getTracks() {
        return this.tracks
      }
    },
  })
  /** Lets promises settle. */
  const settle = () => new Promise((resolve) => setTimeout(resolve))

  function open(sends = true): void {
    scope = effectScope()
    scope.run(() => {
      call = useCall({
        socket: wire.socket,
        sid: SID,
        capture: sends ? (capture as unknown as Capture) : null,
        window: page as unknown as Window & typeof globalThis,
        createPeer: () => new Connection() as unknown as RTCPeerConnection,
        ticker: (onTick) => {
          tick = onTick
          return () => undefined
        },
        now: () => now,
      })
    })
  }
  function joined(connection = 1): void {
    wire.tell({
      type: 'session.joined',
      sid: SID,
      participant: 'me',
      connection,
      must_send: ['audio', 'video'],
      roster: [],
      integrity,
    })
  }
  async function answered(slots: { mid: string; kind: 'audio' | 'video'; participant: string }[] = []) {
    await settle()
    const last = wire.offers().at(-1)
    if (last?.type !== 'media.offer') throw new Error('nothing was offered')
    wire.tell({ type: 'media.answer', sid: SID, request: last.request, sdp: 'answer', slots })
    await settle()
  }
  async function run(ms: number): Promise<void> {
    const end = now + ms
    while (now < end) {
      now += 100
      tick()
      await settle()
    }
  }

  beforeEach(() => {
    vi.stubGlobal('RTCRtpSender', { getCapabilities: () => ({ codecs: [] }) })
    now = 0
    Connection.all = []
    wire = makeSocket()
    capture = makeCapture()
  })
  afterEach(() => {
    scope.stop()
    vi.unstubAllGlobals()
  })

  it('joins, offers its tracks once and keeps resolution', async () => {
    open()
    call.join()
    expect(wire.said).toEqual([{ type: 'session.join', sid: SID }])
    joined(4)
    await answered()
    expect(wire.offers()).toEqual([
      { type: 'media.offer', sid: SID, request: 1, connection: 4, sdp: 'offer 1' },
    ])
    expect(newest().transceivers.map(({ direction }) => direction)).toEqual(['sendonly', 'sendonly'])
    expect(newest().parameters).toMatchObject({
      degradationPreference: 'maintain-resolution',
      encodings: [{ maxBitrate: 1_500_000 }],
    })
    expect(wire.said).toContainEqual(
      expect.objectContaining({ type: 'media.state', camera: 'live', visible: true }),
    )
  })

  it('adds receiving m-lines when asked, one negotiation at a time', async () => {
    open()
    call.join()
    joined()
    await settle()
    wire.tell({ type: 'media.please_offer', sid: SID, audio: 1, video: 2, prefer: null })
    await settle()
    expect(wire.offers()).toHaveLength(1)
    await answered()
    expect(wire.offers()).toHaveLength(2)
    expect(newest().transceivers.filter(({ direction }) => direction === 'recvonly')).toHaveLength(3)
    await answered([
      { mid: '2', kind: 'audio', participant: SEAT },
      { mid: '3', kind: 'video', participant: SEAT },
    ])
    expect(call.remotes.value).toHaveLength(1)
    expect(call.remotes.value[0]).toMatchObject({ participant: SEAT })
    const { stream } = call.remotes.value[0] ?? {}
    wire.tell({ type: 'media.slots', sid: SID, slots: [{ mid: '3', kind: 'video', participant: SEAT }] })
    expect(call.remotes.value[0]?.stream).not.toBe(stream)
    wire.tell({ type: 'media.slots', sid: SID, slots: [] })
    expect(call.remotes.value).toEqual([])
  })

  it('restarts ICE after two seconds of doubt, then replaces the connection with the same tracks', async () => {
    open()
    call.join()
    joined()
    await answered()
    newest().become('connected')
    newest().become('disconnected')
    await run(RESTART_AFTER_MS + 100)
    expect(newest().restarts).toEqual([false, true])
    expect(call.link.value).toBe('lost')
    expect(call.network.value).toBe('none')
    await run(REPLACE_AFTER_MS)
    expect(Connection.all).toHaveLength(2)
    expect(Connection.all[0]?.closed).toBe(true)
    expect(newest().transceivers.map(({ sender }) => sender.track)).toEqual([
      capture.audio.value,
      capture.video.value,
    ])
    await settle()
    expect(wire.offers().at(-1)).toMatchObject({ connection: 2 })
    await answered()
    newest().become('connected')
    expect(call.link.value).toBe('ok')
    expect(call.network.value).toBe('recovered')
  })

  it('doubts a connection that calls itself connected but brings nothing', async () => {
    open()
    call.join()
    joined()
    await answered()
    newest().become('connected')
    newest().inbound = 10
    await run(1_000)
    expect(call.link.value).toBe('ok')
    await run(3_000)
    expect(call.link.value).not.toBe('ok')
  })

  it('says how old the picture of another is', async () => {
    open()
    call.join()
    joined()
    wire.tell({ type: 'media.please_offer', sid: SID, audio: 0, video: 1, prefer: null })
    await answered()
    await answered([{ mid: '2', kind: 'video', participant: SEAT }])
    newest().become('connected')
    const alive = newest()
    for (let step = 1; step <= 5; step += 1) {
      alive.frames += 1
      alive.inbound += 1
      await run(100)
    }
    expect(call.remotes.value[0]?.frameAgeMs).toBeLessThanOrEqual(200)
    for (let step = 1; step <= 30; step += 1) {
      alive.inbound += 1
      await run(100)
    }
    expect(call.remotes.value[0]?.frameAgeMs).toBeGreaterThan(2_000)
  })

  it('joins again after a connection that could not be resumed, and follows the new number', async () => {
    open()
    call.join()
    joined(1)
    await answered()
    wire.welcome(true)
    expect(wire.said.filter(({ type }) => type === 'session.join')).toHaveLength(1)
    wire.welcome(false)
    expect(wire.said.filter(({ type }) => type === 'session.join')).toHaveLength(2)
    joined(2)
    await settle()
    expect(Connection.all).toHaveLength(2)
    expect(wire.offers().at(-1)).toMatchObject({ connection: 2 })
  })

  it('rolls back a refused offer and joins again where it is not in the session', async () => {
    open()
    call.join()
    joined()
    await settle()
    wire.tell({ type: 'media.rejected', sid: SID, request: 1, code: 'busy', detail: '' })
    await settle()
    expect(wire.offers()).toHaveLength(2)
    wire.tell({ type: 'media.rejected', sid: SID, request: 2, code: 'not_joined', detail: '' })
    await settle()
    expect(wire.said.filter(({ type }) => type === 'session.join')).toHaveLength(2)
  })

  it('never hangs up by itself', async () => {
    open()
    call.join()
    joined()
    await answered()
    page.document.visibilityState = 'hidden'
    page.document.dispatchEvent(new Event('visibilitychange'))
    page.document.visibilityState = 'visible'
    scope.stop()
    expect(wire.said.some(({ type }) => type === 'session.leave')).toBe(false)
    expect(wire.said.at(-1)).toMatchObject({ type: 'media.state', visible: false })
    expect(newest().closed).toBe(true)

    open()
    call.join()
    joined()
    call.leave()
    expect(wire.said.at(-1)).toEqual({ type: 'session.leave', sid: SID })
  })

  it('watches without sending', async () => {
    open(false)
    call.join()
    joined()
    await settle()
    expect(newest().transceivers.map(({ direction }) => direction)).toEqual(['recvonly', 'recvonly'])
    expect(wire.said.some(({ type }) => type === 'media.state')).toBe(false)
  })

  it('ignores messages of other sessions', async () => {
    open()
    call.join()
    joined()
    await answered()
    wire.tell({ type: 'session.ended', sid: 'other', state: 'sealed' })
    expect(call.ended.value).toBeNull()
    wire.tell({ type: 'session.ended', sid: SID, state: 'sealed' })
    expect(call.ended.value).toBe('sealed')
    expect(newest().closed).toBe(true)
  })
})
