import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { EndState, Kind, Quality, RosterEntry } from '@/realtime/protocol.gen'
import type { Socket } from '@/realtime/socket'
import { workerTicker, type Ticker } from '@/realtime/ticker'
import type { IntegrityShown } from '@/shared/ui/integrity'
import type { Capture } from './capture'
import { noteIntegrity, showIntegrity, showLost, type IntegrityLog } from './integrity'
import { Peer } from './peer'
import { decodedFrames, readPulse, Stillness } from './pulse'
import { Recovery, type RecoveryAction } from './recovery'

/** Nothing heard over the media path for this long is a reason for doubt. */
export const SILENCE_MS = 2_500
/** An H.264 encoder that stands still this long while the camera delivers is broken. */
export const ENCODER_STILL_MS = 4_000
/** How long `recovered` is said after an interruption. */
export const RECOVERED_MS = 10_000
/** Louder than this counts as speaking (linear, 0–1). */
const SPEAKING_LEVEL = 0.02
const KNOWN_CODEC = 'cloudseat.codec'
const RETRY_BUSY_MS = 500

export interface Remote {
  participant: string
  stream: MediaStream
  /** Time since the newest decoded frame, ms; null: no picture is expected from the statistics yet. */
  frameAgeMs: number | null
  speaking: boolean
}

export interface CallOptions {
  socket: Socket
  sid: string
  /** Null: watches without sending. */
  capture: Capture | null
  window?: Window & typeof globalThis
  createPeer?: (config: RTCConfiguration) => RTCPeerConnection
  ticker?: Ticker
  now?: () => number
}

export interface Call {
  participant: Readonly<Ref<string | null>>
  mustSend: Readonly<Ref<readonly Kind[]>>
  roster: ShallowRef<readonly RosterEntry[]>
  remotes: ShallowRef<readonly Remote[]>
  integrity: ComputedRef<IntegrityShown | null>
  /** Newest checkpoint note of the log, kept as the party's and officer's own proof. */
  note: Readonly<Ref<string | null>>
  link: Readonly<Ref<'ok' | 'suspect' | 'lost'>>
  network: ComputedRef<'good' | 'weak' | 'bad' | 'none' | 'recovered'>
  quality: Readonly<Ref<Quality>>
  ended: Readonly<Ref<EndState | null>>
  /** The officer's screen shows the party's view. */
  toParty: Readonly<Ref<boolean>>
  refused: Readonly<Ref<string | null>>
  join: () => void
  turn: (toParty: boolean) => void
  leave: () => void
}

/** A session's call: join, offer, keep it alive until somebody hangs up. Cleans up with its scope. */
export function useCall(options: CallOptions): Call {
  const { socket, sid, capture } = options
  const win = options.window ?? window
  const now = options.now ?? (() => performance.now())
  const create = options.createPeer ?? ((config: RTCConfiguration) => new RTCPeerConnection(config))
  const ticker = options.ticker ?? workerTicker

  const participant = ref<string | null>(null)
  const mustSend = ref<readonly Kind[]>([])
  const roster = shallowRef<readonly RosterEntry[]>([])
  const remotes = shallowRef<readonly Remote[]>([])
  const log = shallowRef<IntegrityLog | null>(null)
  const note = ref<string | null>(null)
  const clock = ref(now())
  const link = ref<'ok' | 'suspect' | 'lost'>('ok')
  const lostSince = ref<number | null>(null)
  const lostUntil = ref(-1)
  const quality = ref<Quality>('good')
  const ended = ref<EndState | null>(null)
  const toParty = ref(false)
  const refused = ref<string | null>(null)
  const online = ref(win.navigator.onLine)

  const recovery = new Recovery()
  const heard = new Stillness()
  const encoder = new Stillness()
  const frames = new Map<string, Stillness>()
  let peer: Peer | null = null
  let connection = 0
  let request = 0
  let wanted = { audio: 0, video: 0 }
  let first: 'H264' | 'VP8' = win.localStorage.getItem(KNOWN_CODEC) === 'VP8' ? 'VP8' : 'H264'
  let negotiating: { request: number; again: boolean; restart: boolean } | null = null
  let joining = false
  let over = false
  let sampling = false

  // ---- joining -------------------------------------------------------------------------------------

  function join(): void {
    if (over) return
    joining = true
    if (socket.up.value) socket.say({ type: 'session.join', sid })
  }

  function report(): void {
    if (participant.value === null || capture === null) return
    socket.say({
      type: 'media.state',
      sid,
      visible: win.document.visibilityState === 'visible',
      camera: capture.camera.value,
      microphone: capture.microphone.value,
    })
  }

  // ---- offering ------------------------------------------------------------------------------------

  function newPeer(): void {
    peer?.close()
    negotiating = null
    heard.reset()
    encoder.reset()
    frames.clear()
    peer = new Peer({
      create,
      capture,
      first,
      videoCodecs: () => RTCRtpSender.getCapabilities('video')?.codecs ?? [],
      onState,
      onTrack: showRemotes,
    })
    expectWanted(peer)
    recovery.connecting(now())
    void negotiate(false)
  }

  function expectWanted(target: Peer): void {
    // A first offer without any m-line cannot be answered; a watcher asks for one of each.
    const least = capture === null ? 1 : 0
    target.expect('audio', Math.max(least, wanted.audio))
    target.expect('video', Math.max(least, wanted.video))
  }

  async function negotiate(restart: boolean): Promise<void> {
    const target = peer
    if (target === null || over) return
    if (negotiating !== null) {
      negotiating.again = true
      negotiating.restart ||= restart
      return
    }
    request += 1
    negotiating = { request, again: false, restart: false }
    const mine = request
    const sdp = await target.offer(restart)
    if (peer === target && negotiating?.request === mine) {
      socket.say({ type: 'media.offer', sid, request: mine, connection, sdp })
    }
  }

  function settle(): void {
    const open = negotiating
    negotiating = null
    if (open?.again === true) void negotiate(open.restart)
  }

  // ---- keeping it alive ----------------------------------------------------------------------------

  function onState(state: RTCPeerConnectionState): void {
    switch (state) {
      case 'connected':
        heard.reset()
        recovery.flowing()
        break
      case 'disconnected':
        recovery.doubt(now())
        break
      case 'failed':
        act(recovery.failed(now()))
        break
      case 'new':
      case 'connecting':
      case 'closed':
        break
    }
    showLink()
  }

  function act(actions: RecoveryAction[]): void {
    for (const action of actions) {
      switch (action) {
        case 'restart':
          // An offer that was never answered must not block the one that renews the path.
          void peer?.rollback().then(() => {
            negotiating = null
            return negotiate(true)
          })
          break
        case 'replace':
          connection += 1
          newPeer()
          break
      }
    }
  }

  function showLink(): void {
    const before = link.value
    link.value = recovery.level
    if (before !== 'ok' && link.value === 'ok') lostUntil.value = now() + RECOVERED_MS
    lostSince.value = capture !== null && link.value === 'lost' ? (lostSince.value ?? now()) : null
  }

  async function sample(): Promise<void> {
    const target = peer
    if (target === null || sampling || target.pc.connectionState !== 'connected') return
    sampling = true
    try {
      const pulse = readPulse(await target.pc.getStats())
      if (peer !== target) return
      const silence = heard.note(pulse.inbound, now())
      if (capture !== null) {
        if (silence >= SILENCE_MS) recovery.doubt(now())
        else if (silence === 0) recovery.flowing()
        watchEncoder(pulse)
      }
      for (const [who, receiver] of target.receiversOf('video')) {
        const counter = frames.get(who) ?? new Stillness()
        frames.set(who, counter)
        counter.note(decodedFrames(await receiver.getStats()), now())
      }
      showRemotes()
    } finally {
      sampling = false
    }
  }

  function watchEncoder(pulse: {
    encoded: number | null
    captured: number | null
    codec: string | null
  }): void {
    if (pulse.encoded === null || pulse.codec?.toLowerCase() !== 'video/h264') return
    const still = encoder.note(pulse.encoded, now())
    const delivering = capture?.camera.value === 'live' && (pulse.captured ?? 0) > 0
    if (still < ENCODER_STILL_MS || !delivering || first === 'VP8') return
    first = 'VP8'
    win.localStorage.setItem(KNOWN_CODEC, 'VP8')
    encoder.reset()
    peer?.prefer('VP8')
    void negotiate(false)
  }

  function showRemotes(): void {
    if (peer === null) return
    const audio = peer.receiversOf('audio')
    const before = new Map(remotes.value.map((remote) => [remote.participant, remote]))
    remotes.value = [...peer.tracks()].map(([who, tracks]) => {
      const old = before.get(who)?.stream
      const same =
        old?.getTracks().length === tracks.length && tracks.every((track) => old.getTracks().includes(track))
      const level = audio.get(who)?.getSynchronizationSources()[0]?.audioLevel ?? 0
      const counter = frames.get(who)
      return {
        participant: who,
        stream: same && old !== undefined ? old : new win.MediaStream(tracks),
        frameAgeMs: counter === undefined ? null : counter.peek(now()),
        speaking: level > SPEAKING_LEVEL,
      }
    })
  }

  // ---- what the server says ------------------------------------------------------------------------

  const forSid =
    <M extends { sid: string }>(handler: (message: M) => void) =>
    (message: M) => {
      if (message.sid === sid && !over) handler(message)
    }

  const offs = [
    socket.onWelcome((resumed) => {
      recovery.nudge(now())
      if (joining && (!resumed || participant.value === null)) socket.say({ type: 'session.join', sid })
    }),
    socket.on(
      'session.joined',
      forSid((message) => {
        participant.value = message.participant
        mustSend.value = message.must_send
        roster.value = message.roster
        refused.value = null
        noteReport(message.integrity)
        const fresh = peer === null || message.connection > connection
        connection = Math.max(connection, message.connection)
        if (fresh) newPeer()
        report()
        if (toParty.value) socket.say({ type: 'screen.turned', sid, to_party: true })
      }),
    ),
    socket.on(
      'session.roster',
      forSid((message) => (roster.value = message.roster)),
    ),
    socket.on(
      'session.integrity',
      forSid((message) => noteReport(message.integrity)),
    ),
    socket.on(
      'session.ended',
      forSid((message) => finish(message.state)),
    ),
    socket.on(
      'media.answer',
      forSid((message) => {
        if (peer === null || negotiating?.request !== message.request) return
        const target = peer
        target.setSlots(message.slots)
        void target.answer(message.sdp).then(() => {
          if (peer !== target) return
          showRemotes()
          settle()
        })
      }),
    ),
    socket.on(
      'media.rejected',
      forSid((message) => {
        if (negotiating?.request !== message.request) return
        const target = peer
        void target?.rollback().then(() => {
          if (peer !== target) return
          negotiating = null
          if (message.code === 'not_joined' || message.code === 'stale_connection') join()
          else win.setTimeout(() => void negotiate(false), RETRY_BUSY_MS)
        })
      }),
    ),
    socket.on(
      'media.slots',
      forSid((message) => {
        peer?.setSlots(message.slots)
        showRemotes()
      }),
    ),
    socket.on(
      'media.please_offer',
      forSid((message) => {
        wanted = {
          audio: Math.max(wanted.audio, message.audio),
          video: Math.max(wanted.video, message.video),
        }
        if (peer === null) return
        if (message.prefer === 'VP8' || message.prefer === 'H264') {
          first = message.prefer
          peer.prefer(first)
        }
        expectWanted(peer)
        void negotiate(false)
      }),
    ),
    socket.on(
      'media.quality',
      forSid((message) => {
        if (message.participant === participant.value) quality.value = message.level
      }),
    ),
    socket.on(
      'screen.turned',
      forSid((message) => (toParty.value = message.to_party)),
    ),
  ]

  function noteReport(newest: IntegrityLog['newest']): void {
    log.value = noteIntegrity(log.value, newest, now())
    if (newest.note != null) note.value = newest.note
  }

  // ---- the page ------------------------------------------------------------------------------------

  const onVisible = () => {
    report()
    if (win.document.visibilityState === 'visible') recovery.nudge(now())
  }
  const onOnline = () => {
    online.value = true
    recovery.nudge(now())
    recovery.doubt(now())
    showLink()
  }
  const onOffline = () => {
    online.value = false
    recovery.doubt(now())
    showLink()
  }
  win.document.addEventListener('visibilitychange', onVisible)
  win.addEventListener('online', onOnline)
  win.addEventListener('offline', onOffline)
  const stopTicker = ticker(() => {
    clock.value = now()
    act(recovery.tick(now(), socket.up.value))
    showLink()
    void sample()
  })
  if (capture !== null) watch([capture.camera, capture.microphone], report)

  function finish(state: EndState | null): void {
    ended.value = state
    over = true
    recovery.stop()
    peer?.close()
    peer = null
    capture?.connect(null)
    remotes.value = []
  }

  onScopeDispose(() => {
    for (const off of offs) off()
    stopTicker()
    win.document.removeEventListener('visibilitychange', onVisible)
    win.removeEventListener('online', onOnline)
    win.removeEventListener('offline', onOffline)
    if (!over) finish(null)
  })

  return {
    participant,
    mustSend,
    roster,
    remotes,
    integrity: computed(() => {
      if (log.value === null) return null
      const shown = showIntegrity(log.value, clock.value)
      return lostSince.value === null ? shown : showLost(shown, lostSince.value, clock.value)
    }),
    note,
    link,
    network: computed(() => {
      if (!online.value || link.value === 'lost') return 'none'
      if (link.value === 'suspect') return 'bad'
      if (clock.value < lostUntil.value) return 'recovered'
      return quality.value
    }),
    quality,
    ended,
    toParty,
    refused,
    join,
    turn(next) {
      toParty.value = next
      socket.say({ type: 'screen.turned', sid, to_party: next })
    },
    leave() {
      socket.say({ type: 'session.leave', sid })
      finish(null)
    },
  }
}
