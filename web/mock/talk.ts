import type { WebSocket } from 'ws'
import type { ClientFrame, ClientMessage, ServerFrame, ServerMessage } from '../src/realtime/protocol.gen.ts'

/** The server's half of the numbered conversation with one device. */
export class Talk {
  private n = 0
  private received = 0
  private outbox: { n: number; body: ServerMessage }[] = []
  private socket: WebSocket | null = null

  constructor(
    readonly token: string,
    private readonly onMessage: (body: ClientMessage) => void,
  ) {}

  attach(socket: WebSocket, resumedFrom: number | null): void {
    this.socket?.close()
    this.socket = socket
    if (resumedFrom !== null) this.drop(resumedFrom)
    this.send({
      frame: 'welcome',
      version: 1,
      token: this.token,
      resumed: resumedFrom !== null,
      received: this.received,
      server_time: new Date().toISOString(),
    })
    for (const entry of this.outbox) this.send({ frame: 'message', ...entry, ack: this.received })
  }

  say(body: ServerMessage): void {
    this.n += 1
    const entry = { n: this.n, body }
    this.outbox.push(entry)
    this.send({ frame: 'message', ...entry, ack: this.received })
  }

  hear(frame: ClientFrame): void {
    if (frame.frame === 'hello') return
    this.drop(frame.ack)
    if (frame.frame === 'ping') {
      this.send({ frame: 'pong', ack: this.received, server_time: new Date().toISOString() })
    } else if (frame.n === this.received + 1) {
      this.received = frame.n
      this.onMessage(frame.body)
    }
  }

  private drop(ack: number): void {
    this.outbox = this.outbox.filter(({ n }) => n > ack)
  }

  private send(frame: ServerFrame): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame))
  }
}
