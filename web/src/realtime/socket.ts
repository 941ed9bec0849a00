import { inject, readonly, ref, type InjectionKey, type Ref } from 'vue'
import { Link, type LinkAction } from './link'
import type { ClientFrame, ClientMessage, ServerFrame, ServerMessage, ServerMessageOf } from './protocol.gen'
import { Resumable } from './resume'
import { workerTicker, type Ticker } from './ticker'

/** Why the socket stays closed until somebody acts. */
export type StopReason = 'unauthorised' | 'version' | 'replaced'

export interface SocketOptions {
  url: string
  /** A random name of this device, kept by it. */
  device: string
  window?: Window
  connect?: (url: string) => WebSocket
  ticker?: Ticker
  /** Monotonic milliseconds. */
  now?: () => number
}

export interface Socket {
  /** Connected and welcomed. */
  up: Readonly<Ref<boolean>>
  stopped: Readonly<Ref<StopReason | null>>
  /** Server clock minus this device's clock, ms, from the newest welcome or pong. */
  clockAheadMs: Readonly<Ref<number | null>>
  start: () => void
  stop: () => void
  /** Says something now or as soon as there is a connection, exactly once. */
  say: (body: ClientMessage) => void
  on: <T extends ServerMessage['type']>(type: T, handler: (message: ServerMessageOf<T>) => void) => () => void
  /** After each welcome; `resumed` false: the server knows nothing of before. */
  onWelcome: (handler: (resumed: boolean) => void) => () => void
  /** Finds out at once whether the connection lives. */
  probe: () => void
}

const STOPS: Readonly<Record<string, StopReason | undefined>> = {
  unauthorised: 'unauthorised',
  version: 'version',
  replaced: 'replaced',
}

/** The one WebSocket of the application: [`Link`] says when, [`Resumable`] says what, this does it. */
export function createSocket(options: SocketOptions): Socket {
  const win = options.window ?? window
  const now = options.now ?? (() => performance.now())
  const open = options.connect ?? ((url: string) => new WebSocket(url))
  const ticker = options.ticker ?? workerTicker

  const link = new Link()
  const talk = new Resumable(options.device)
  const up = ref(false)
  const stopped = ref<StopReason | null>(null)
  const clockAheadMs = ref<number | null>(null)
  const handlers = new Map<string, Set<(message: ServerMessage) => void>>()
  const welcomeHandlers = new Set<(resumed: boolean) => void>()
  let socket: WebSocket | null = null
  let stopTicker: (() => void) | null = null

  function send(frame: ClientFrame): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
  }

  function act(actions: LinkAction[]): void {
    for (const action of actions) {
      switch (action) {
        case 'connect':
          connect()
          break
        case 'ping':
          send(talk.ping())
          break
        case 'drop':
          drop()
          break
      }
    }
    up.value = link.up
  }

  function drop(): void {
    const old = socket
    socket = null
    talk.closed()
    if (old === null) return
    // The old socket may say things for seconds yet; nobody listens any more.
    old.onopen = old.onmessage = old.onclose = old.onerror = null
    old.close()
  }

  function connect(): void {
    drop()
    const fresh = open(options.url)
    socket = fresh
    fresh.onopen = () => send(talk.opened())
    fresh.onmessage = (event: MessageEvent<unknown>) => {
      if (socket === fresh && typeof event.data === 'string') hear(JSON.parse(event.data) as ServerFrame)
    }
    fresh.onclose = fresh.onerror = () => {
      if (socket === fresh) act(link.lost(now()))
    }
  }

  function hear(frame: ServerFrame): void {
    link.heard(now())
    if (frame.frame === 'welcome' || frame.frame === 'pong') {
      clockAheadMs.value = Date.parse(frame.server_time) - Date.now()
    }
    const result = talk.receive(frame)
    if (result.welcomed !== undefined) {
      link.welcomed(now())
      up.value = true
    }
    for (const out of result.send) send(out)
    if (result.welcomed !== undefined) {
      for (const handler of [...welcomeHandlers]) handler(result.welcomed.resumed)
    }
    for (const message of result.deliver) {
      for (const handler of [...(handlers.get(message.type) ?? [])]) handler(message)
    }
    if (result.broken === true) act(link.lost(now()))
    if (result.closing !== undefined) closing(result.closing.code)
  }

  function closing(code: string): void {
    const reason = STOPS[code]
    if (reason !== undefined) {
      stopped.value = reason
      stop()
      return
    }
    if (code === 'malformed') talk.forget()
    act(link.lost(now()))
  }

  const nudge = () => act(link.nudge(now()))
  const onVisible = () => {
    if (win.document.visibilityState === 'visible') nudge()
  }
  const onPageShow = (event: PageTransitionEvent) => {
    // A page that comes back from the page cache has a dead socket that never said so.
    if (event.persisted) act(link.lost(now()))
  }

  function start(): void {
    stopped.value = null
    if (stopTicker !== null) return
    stopTicker = ticker(() => act(link.tick(now())))
    win.addEventListener('online', nudge)
    win.addEventListener('pageshow', onPageShow)
    win.document.addEventListener('visibilitychange', onVisible)
    act(link.start(now()))
  }

  function stop(): void {
    stopTicker?.()
    stopTicker = null
    win.removeEventListener('online', nudge)
    win.removeEventListener('pageshow', onPageShow)
    win.document.removeEventListener('visibilitychange', onVisible)
    act(link.stop())
    talk.forget()
  }

  return {
    up: readonly(up),
    stopped: readonly(stopped),
    clockAheadMs: readonly(clockAheadMs),
    start,
    stop,
    say(body) {
      const frame = talk.say(body)
      if (frame !== null) send(frame)
    },
    on(type, handler) {
      const set = handlers.get(type) ?? new Set()
      handlers.set(type, set)
      const untyped = handler as (message: ServerMessage) => void
      set.add(untyped)
      return () => set.delete(untyped)
    },
    onWelcome(handler) {
      welcomeHandlers.add(handler)
      return () => welcomeHandlers.delete(handler)
    },
    probe: nudge,
  }
}

export const SocketKey: InjectionKey<Socket> = Symbol('socket')

export function useSocket(): Socket {
  const socket = inject(SocketKey)
  if (socket === undefined) throw new Error('useSocket needs provide(SocketKey)')
  return socket
}

/** This browser's lasting random name. */
export function deviceName(storage: Storage): string {
  const key = 'cloudseat.device'
  const known = storage.getItem(key)
  if (known !== null) return known
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const name = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  storage.setItem(key, name)
  return name
}
