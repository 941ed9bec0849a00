/** A ping this often keeps both ends sure of each other. */
export const PING_MS = 5_000
/** Without any frame for this long the socket is dead, whatever `readyState` says. */
export const DEAD_MS = 12_000
/** How long a probe (after `online`, after coming back into view) may stay unanswered. */
export const PROBE_MS = 2_000
/** How long a socket may take to open and be welcomed. */
export const OPEN_MS = 8_000
/** Waiting times before each attempt; the last one repeats for ever. */
export const BACKOFF_MS = [0, 300, 1_000, 2_000, 4_000, 7_000] as const

export type LinkAction = 'connect' | 'ping' | 'drop'

type State =
  | { at: 'stopped' }
  | { at: 'waiting'; until: number }
  | { at: 'opening'; since: number }
  | { at: 'up'; heard: number; pinged: number; probe: number | null }

/**
 * When to connect, ping and give a socket up. Time is an argument (ms, monotonic); the answer says what to
 * do now: `connect` a new socket (the old one, if any, no longer counts), `ping`, or `drop` the socket.
 */
export class Link {
  private state: State = { at: 'stopped' }
  private attempt = 0

  get up(): boolean {
    return this.state.at === 'up'
  }

  start(now: number): LinkAction[] {
    if (this.state.at !== 'stopped') return []
    this.attempt = 0
    return this.connect(now)
  }

  stop(): LinkAction[] {
    const connected = this.state.at === 'opening' || this.state.at === 'up'
    this.state = { at: 'stopped' }
    return connected ? ['drop'] : []
  }

  /** The server welcomed us. */
  welcomed(now: number): void {
    if (this.state.at !== 'opening') return
    this.attempt = 0
    this.state = { at: 'up', heard: now, pinged: now, probe: null }
  }

  /** Any frame came. */
  heard(now: number): void {
    if (this.state.at === 'up') this.state = { ...this.state, heard: now, probe: null }
  }

  /** The socket closed or failed, or what came over it was nonsense. */
  lost(now: number): LinkAction[] {
    if (this.state.at !== 'opening' && this.state.at !== 'up') return []
    return ['drop', ...this.wait(now)]
  }

  /** The browser says that the network or the page is back: try at once, or find out whether the socket lives. */
  nudge(now: number): LinkAction[] {
    switch (this.state.at) {
      case 'stopped':
        return []
      case 'waiting':
        this.attempt = 0
        return this.connect(now)
      case 'opening':
        this.attempt = 0
        return []
      case 'up':
        if (this.state.probe !== null) return []
        this.state = { ...this.state, pinged: now, probe: now + PROBE_MS }
        return ['ping']
    }
  }

  tick(now: number): LinkAction[] {
    switch (this.state.at) {
      case 'stopped':
        return []
      case 'waiting':
        return now >= this.state.until ? this.connect(now) : []
      case 'opening':
        return now - this.state.since >= OPEN_MS ? ['drop', ...this.wait(now)] : []
      case 'up':
        if (now - this.state.heard >= DEAD_MS || (this.state.probe !== null && now >= this.state.probe)) {
          return ['drop', ...this.wait(now)]
        }
        if (now - this.state.pinged >= PING_MS) {
          this.state = { ...this.state, pinged: now }
          return ['ping']
        }
        return []
    }
  }

  private connect(now: number): LinkAction[] {
    this.state = { at: 'opening', since: now }
    return ['connect']
  }

  private wait(now: number): LinkAction[] {
    const delay = BACKOFF_MS[Math.min(this.attempt, BACKOFF_MS.length - 1)] ?? 0
    this.attempt += 1
    if (delay === 0) return this.connect(now)
    this.state = { at: 'waiting', until: now + delay }
    return []
  }
}
