import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClientFrame, ServerFrame } from './protocol.gen'
import { createSocket, type Socket } from './socket'

/** A WebSocket whose other end is the test. */
class Wire {
  static all: Wire[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null
  onerror: (() => void) | null = null
  readyState = 0
  readonly sent: ClientFrame[] = []

  constructor() {
    Wire.all.push(this)
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame)
  }
  close(): void {
    this.readyState = 3
  }
  open(): void {
    this.readyState = 1
    this.onopen?.()
  }
  hear(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
  die(): void {
    this.readyState = 3
    this.onclose?.()
  }
}

const welcome = (resumed: boolean, received = 0): ServerFrame => ({
  frame: 'welcome',
  version: 1,
  token: 'token',
  resumed,
  received,
  server_time: new Date(Date.now() + 250).toISOString(),
})

describe('createSocket', () => {
  let now = 0
  let tick: () => void = () => undefined
  let socket: Socket
  const page = Object.assign(new EventTarget(), {
    document: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
  })

  beforeEach(() => {
    vi.stubGlobal('WebSocket', { OPEN: 1 })
    Wire.all = []
    now = 0
    socket = createSocket({
      url: 'wss://test/ws',
      device: 'device',
      window: page as unknown as Window,
      connect: () => new Wire() as unknown as WebSocket,
      ticker: (onTick) => {
        tick = onTick
        return () => (tick = () => undefined)
      },
      now: () => now,
    })
    socket.start()
  })
  afterEach(() => {
    socket.stop()
    vi.unstubAllGlobals()
  })
  const wire = () => {
    const last = Wire.all.at(-1)
    if (last === undefined) throw new Error('no socket was opened')
    return last
  }

  it('opens with hello, resumes with its token and repeats what was not acknowledged', () => {
    wire().open()
    expect(wire().sent).toEqual([{ frame: 'hello', version: 1, device: 'device', resume: null }])
    wire().hear(welcome(false))
    expect(socket.up.value).toBe(true)
    socket.say({ type: 'session.join', sid: 's' })
    wire().hear({ frame: 'message', n: 1, ack: 0, body: { type: 'session.changed', sid: 's', size: 3 } })
    const old = wire()
    old.die()
    expect(socket.up.value).toBe(false)
    expect(wire()).not.toBe(old)
    wire().open()
    expect(wire().sent).toEqual([
      { frame: 'hello', version: 1, device: 'device', resume: { token: 'token', received: 1 } },
    ])
    wire().hear(welcome(true, 0))
    expect(wire().sent.at(-1)).toEqual({
      frame: 'message',
      n: 1,
      ack: 1,
      body: { type: 'session.join', sid: 's' },
    })
  })

  it('hands messages to their handlers once, and none to a closed socket', () => {
    const sizes: number[] = []
    socket.on('session.changed', (message) => sizes.push(message.size))
    wire().open()
    wire().hear(welcome(false))
    const frame: ServerFrame = {
      frame: 'message',
      n: 1,
      ack: 0,
      body: { type: 'session.changed', sid: 's', size: 7 },
    }
    const old = wire()
    old.hear(frame)
    old.hear(frame)
    old.die()
    old.hear({ ...frame, n: 2 })
    expect(sizes).toEqual([7])
  })

  it('tells how far the clock of the server is ahead', () => {
    wire().open()
    wire().hear(welcome(false))
    expect(socket.clockAheadMs.value).toBeGreaterThan(150)
    expect(socket.clockAheadMs.value).toBeLessThan(350)
  })

  it('stops where another window took over, and takes it back when asked', () => {
    wire().open()
    wire().hear(welcome(false))
    wire().hear({ frame: 'closing', code: 'replaced', detail: '' })
    expect(socket.stopped.value).toBe('replaced')
    const count = Wire.all.length
    now = 60_000
    tick()
    expect(Wire.all.length).toBe(count)
    socket.start()
    expect(Wire.all.length).toBe(count + 1)
    expect(socket.stopped.value).toBeNull()
  })

  it('begins a new conversation after the server called the old one malformed', () => {
    wire().open()
    wire().hear(welcome(false))
    wire().hear({ frame: 'closing', code: 'malformed', detail: '' })
    wire().open()
    expect(wire().sent[0]).toMatchObject({ frame: 'hello', resume: null })
  })

  it('connects again at once when the page returns from the page cache', () => {
    wire().open()
    wire().hear(welcome(false))
    const count = Wire.all.length
    page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    expect(Wire.all.length).toBe(count + 1)
  })
})
