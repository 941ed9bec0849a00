import {
  VERSION,
  type ClientFrame,
  type ClientMessage,
  type ServerFrame,
  type ServerMessage,
} from './protocol.gen'

/** What the numbering says after a frame came in. */
export interface Received {
  /** Messages to act on, in order, each exactly once. */
  deliver: ServerMessage[]
  /** Frames to send at once. */
  send: ClientFrame[]
  /** The connection is ready; `resumed` false: the server knows nothing of before, so rejoin. */
  welcomed?: { resumed: boolean; serverTime: string }
  /** The server skipped a number: this socket cannot be trusted, connect again. */
  broken?: true
  closing?: { code: string; detail: string }
}

/** Messages that stand for a pressed button and may be repeated after a connection that could not be resumed. */
const KEPT: ReadonlySet<ClientMessage['type']> = new Set(['session.leave', 'call.decline'])

/** Acknowledge on our own after this many messages, so that the server need not keep them until the next ping. */
export const UNACKED_MAX = 16

/**
 * The numbered, acknowledged, resumable conversation of `protocol.rs`, without a socket: frames go in,
 * frames and messages come out. No message is lost and none is delivered twice over any number of sockets.
 */
export class Resumable {
  private token: string | null = null
  private received = 0
  private acknowledged = 0
  private nextN = 1
  private outbox: { n: number; body: ClientMessage }[] = []
  private welcomed = false

  constructor(private readonly device: string) {}

  /** Messages said but not acknowledged. */
  get pending(): number {
    return this.outbox.length
  }

  /** A socket opened: the frame to begin with. */
  opened(): ClientFrame {
    this.welcomed = false
    return {
      frame: 'hello',
      version: VERSION,
      device: this.device,
      resume: this.token === null ? null : { token: this.token, received: this.received },
    }
  }

  /** The socket is gone; what is said from now on waits for the next one. */
  closed(): void {
    this.welcomed = false
  }

  /** The server refused to go on with this conversation: begin a new one. */
  forget(): void {
    this.token = null
  }

  /** Says something; the frame to send now, or null while there is no connection. */
  say(body: ClientMessage): ClientFrame | null {
    const entry = { n: this.nextN, body }
    this.nextN += 1
    this.outbox.push(entry)
    return this.welcomed ? this.frame(entry) : null
  }

  ping(): ClientFrame {
    this.acknowledged = this.received
    return { frame: 'ping', ack: this.received }
  }

  receive(frame: ServerFrame): Received {
    switch (frame.frame) {
      case 'welcome':
        return this.welcome(frame)
      case 'message':
        return this.message(frame)
      case 'pong':
        this.drop(frame.ack)
        return { deliver: [], send: [] }
      case 'closing':
        return { deliver: [], send: [], closing: { code: frame.code, detail: frame.detail } }
    }
  }

  private welcome(frame: Extract<ServerFrame, { frame: 'welcome' }>): Received {
    this.token = frame.token
    this.welcomed = true
    if (frame.resumed) {
      this.drop(frame.received)
    } else {
      this.received = 0
      this.acknowledged = 0
      this.outbox = this.outbox
        .filter(({ body }) => KEPT.has(body.type))
        .map(({ body }, index) => ({ n: index + 1, body }))
      this.nextN = this.outbox.length + 1
    }
    return {
      deliver: [],
      send: this.outbox.map((entry) => this.frame(entry)),
      welcomed: { resumed: frame.resumed, serverTime: frame.server_time },
    }
  }

  private message(frame: Extract<ServerFrame, { frame: 'message' }>): Received {
    this.drop(frame.ack)
    if (frame.n <= this.received) return { deliver: [], send: [] }
    if (frame.n !== this.received + 1) return { deliver: [], send: [], broken: true }
    this.received = frame.n
    const send = this.received - this.acknowledged >= UNACKED_MAX ? [this.ping()] : []
    return { deliver: [frame.body], send }
  }

  private frame(entry: { n: number; body: ClientMessage }): ClientFrame {
    this.acknowledged = this.received
    return { frame: 'message', n: entry.n, ack: this.received, body: entry.body }
  }

  private drop(acknowledged: number): void {
    this.outbox = this.outbox.filter(({ n }) => n > acknowledged)
  }
}
