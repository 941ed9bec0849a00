import { describe, expect, it } from 'vitest'
import type { ClientFrame, ClientMessage, ServerFrame, ServerMessage } from './protocol.gen'
import { Resumable, UNACKED_MAX } from './resume'

const state = (wish: 'idle' | 'away'): ClientMessage => ({ type: 'seat.state', state: wish })
const changed = (size: number): ServerMessage => ({ type: 'session.changed', sid: 's', size })

function seeded(seed: number): () => number {
  let value = seed
  return () => {
    value = (value * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return value / 4_294_967_296
  }
}

/** The server's half, as the protocol's text has it: numbers, acknowledges, repeats what was not acknowledged. */
class ServerHalf {
  readonly got: ClientMessage[] = []
  private received = 0
  private n = 0
  private outbox: { n: number; body: ServerMessage }[] = []

  hello(frame: Extract<ClientFrame, { frame: 'hello' }>): ServerFrame[] {
    const resumed = frame.resume?.token === 'token'
    if (resumed) this.drop(frame.resume?.received ?? 0)
    return [
      {
        frame: 'welcome',
        version: 1,
        token: 'token',
        resumed,
        received: resumed ? this.received : 0,
        server_time: '2026-09-17T06:00:00.000Z',
      },
      ...this.outbox.map((entry) => this.frame(entry)),
    ]
  }

  say(body: ServerMessage): ServerFrame {
    this.n += 1
    const entry = { n: this.n, body }
    this.outbox.push(entry)
    return this.frame(entry)
  }

  receive(frame: ClientFrame): void {
    if (frame.frame === 'hello') return
    this.drop(frame.ack)
    if (frame.frame !== 'message' || frame.n <= this.received) return
    expect(frame.n).toBe(this.received + 1)
    this.received = frame.n
    this.got.push(frame.body)
  }

  private drop(ack: number): void {
    this.outbox = this.outbox.filter(({ n }) => n > ack)
  }

  private frame(entry: { n: number; body: ServerMessage }): ServerFrame {
    return { frame: 'message', n: entry.n, ack: this.received, body: entry.body }
  }
}

describe('Resumable', () => {
  it('says what was said offline, in order, once welcomed', () => {
    const talk = new Resumable('device')
    expect(talk.say(state('idle'))).toBeNull()
    expect(talk.opened()).toMatchObject({ frame: 'hello', version: 1, device: 'device', resume: null })
    // A first conversation is never resumed: only buttons survive.
    talk.say({ type: 'session.leave', sid: 's' })
    const { send, welcomed } = talk.receive({
      frame: 'welcome',
      version: 1,
      token: 't1',
      resumed: false,
      received: 0,
      server_time: '2026-09-17T06:00:00.000Z',
    })
    expect(welcomed?.resumed).toBe(false)
    expect(send).toEqual([{ frame: 'message', n: 1, ack: 0, body: { type: 'session.leave', sid: 's' } }])
    expect(talk.say(state('away'))).toMatchObject({ n: 2 })
  })

  it('delivers a repeated message once and asks for a new socket after a skipped one', () => {
    const talk = new Resumable('device')
    talk.opened()
    const server = new ServerHalf()
    for (const frame of server.hello({ frame: 'hello', version: 1, device: 'd', resume: null }))
      talk.receive(frame)
    const one = server.say(changed(1))
    expect(talk.receive(one).deliver).toEqual([changed(1)])
    expect(talk.receive(one).deliver).toEqual([])
    server.say(changed(2))
    expect(talk.receive(server.say(changed(3)))).toEqual({ deliver: [], send: [], broken: true })
  })

  it('acknowledges by itself when much came in', () => {
    const talk = new Resumable('device')
    talk.opened()
    const server = new ServerHalf()
    for (const frame of server.hello({ frame: 'hello', version: 1, device: 'd', resume: null }))
      talk.receive(frame)
    const sent = Array.from({ length: UNACKED_MAX }, (_, i) => talk.receive(server.say(changed(i))).send)
    expect(sent.flat()).toEqual([{ frame: 'ping', ack: UNACKED_MAX }])
  })

  it('loses and doubles nothing over links that are cut anywhere', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seeded(seed)
      const talk = new Resumable('device')
      const server = new ServerHalf()
      const delivered: ServerMessage[] = []
      const said: ClientMessage[] = []
      const told: ServerMessage[] = []
      let toServer: ClientFrame[] = []
      let toClient: ServerFrame[] = []
      let open = false

      const connect = () => {
        toServer = [talk.opened()]
        toClient = []
        open = true
      }
      connect()
      let first = true
      for (let round = 0; round < 120; round += 1) {
        const dice = random()
        if (dice < 0.25 && !first) {
          const body = state(random() < 0.5 ? 'idle' : 'away')
          said.push(body)
          const frame = talk.say(body)
          if (frame !== null && open) toServer.push(frame)
        } else if (dice < 0.5 && !first) {
          const body = changed(round)
          told.push(body)
          const frame = server.say(body)
          // Said while the link is down, it waits in the server's outbox.
          if (open && toServer[0]?.frame !== 'hello') toClient.push(frame)
        } else if (dice < 0.7) {
          const frame = toServer.shift()
          if (frame?.frame === 'hello') toClient.push(...server.hello(frame))
          else if (frame !== undefined) server.receive(frame)
        } else if (dice < 0.92) {
          const frame = toClient.shift()
          if (frame !== undefined) {
            const result = talk.receive(frame)
            expect(result.broken, `SEED=${seed}`).toBeUndefined()
            delivered.push(...result.deliver)
            toServer.push(...result.send)
            if (frame.frame === 'welcome') first = false
          }
        } else {
          // The link dies with everything on the way; the client may notice before or after the server.
          talk.closed()
          open = false
          connect()
        }
      }
      // A last, quiet connection.
      talk.closed()
      connect()
      for (let steps = 0; toServer.length + toClient.length > 0 && steps < 2_000; steps += 1) {
        const up = toServer.shift()
        if (up?.frame === 'hello') toClient.push(...server.hello(up))
        else if (up !== undefined) server.receive(up)
        const down = toClient.shift()
        if (down !== undefined) {
          const result = talk.receive(down)
          delivered.push(...result.deliver)
          toServer.push(...result.send)
        }
      }
      expect(delivered, `SEED=${seed}`).toEqual(told)
      expect(server.got, `SEED=${seed}`).toEqual(said)
    }
  })
})
