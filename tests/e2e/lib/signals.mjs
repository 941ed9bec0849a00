import { WebSocket } from 'ws'
import { until } from './until.mjs'

/** A connection that only signals: no camera, no microphone, no media. */
export class Signals {
  /** Connects with the token of `api`, and says hello. */
  static async connect(api) {
    const signals = new Signals(api)
    await signals.opened
    signals.frame({ frame: 'hello', version: 1, device: `e2e-${process.pid}-${Math.random().toString(36).slice(2)}`, resume: null })
    await until('welcome', () => signals.frames.some(({ frame }) => frame === 'welcome'))
    return signals
  }

  constructor(api) {
    this.frames = []
    this.closed = null
    this.said = 0
    const headers = api.token === null ? {} : { authorization: `Bearer ${api.token}` }
    this.socket = new WebSocket(`wss://localhost:${api.port}/api/v1/ws`, { ca: api.authority, headers, lookup: (_, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)) })
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve)
      this.socket.once('error', reject)
    })
    this.socket.on('message', (data) => this.frames.push(JSON.parse(String(data))))
    this.socket.on('close', (code) => (this.closed = code))
    this.socket.on('error', (error) => (this.error = error))
  }

  /** Sends a frame as it stands; text goes out unchanged. */
  frame(frame) {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  say(body) {
    this.said += 1
    this.frame({ frame: 'message', n: this.said, ack: this.heard().length, body })
    return this.said
  }

  /** Messages of the server, in order. */
  heard() {
    return this.frames.filter(({ frame }) => frame === 'message').map(({ body }) => body)
  }

  /** Waits for a message. */
  hear(type, which = () => true) {
    return until(`${type}`, () => this.heard().find((body) => body.type === type && which(body)))
  }

  close() {
    this.socket.terminate()
  }
}
