/** Doubt must last this long before the path is renewed: most interruptions heal by themselves. */
export const RESTART_AFTER_MS = 2_000
/** Doubt must last this long before the whole connection is replaced. */
export const REPLACE_AFTER_MS = 10_000
/** An ICE restart that was sent is given at least this long. */
export const RESTART_GRACE_MS = 4_000
/** A new connection is given this long to carry media. */
export const CONNECT_MS = 10_000
/** Waiting times before each further connection; the last one repeats for ever. */
export const REPLACE_BACKOFF_MS = [0, 300, 1_000, 2_000, 4_000, 7_000] as const

export type RecoveryAction = 'restart' | 'replace'

type State =
  | { at: 'idle' }
  | { at: 'connecting'; since: number }
  | { at: 'ok' }
  | { at: 'suspect'; since: number; cutOff?: boolean }
  | { at: 'restarting'; since: number; asked: number }
  | { at: 'waiting'; until: number }

/**
 * What to do about a media path that may have broken: nothing, an ICE restart, a new connection with the same
 * tracks; for as long as the call is open. Time (ms, monotonic) and whether signalling is up are arguments.
 */
export class Recovery {
  private state: State = { at: 'idle' }
  private attempt = 0

  /** `ok`: media flows; `suspect`: it may not; `lost`: it doesn't and a new path is being made. */
  get level(): 'ok' | 'suspect' | 'lost' {
    switch (this.state.at) {
      case 'idle':
      case 'ok':
        return 'ok'
      case 'suspect':
        return this.state.cutOff === true ? 'lost' : 'suspect'
      case 'connecting':
        return this.attempt === 0 ? 'ok' : 'lost'
      case 'restarting':
      case 'waiting':
        return 'lost'
    }
  }

  /** A connection was made and its offer sent. */
  connecting(now: number): void {
    this.state = { at: 'connecting', since: now }
  }

  /** Media or feedback comes in over a connected path. */
  flowing(): void {
    if (this.state.at === 'idle') return
    this.attempt = 0
    this.state = { at: 'ok' }
  }

  /** The network changed, the path is `disconnected`, or nothing was heard for 2–3 s. */
  doubt(now: number): void {
    if (this.state.at === 'ok') this.state = { at: 'suspect', since: now }
  }

  /** The browser gave the path up. */
  failed(now: number): RecoveryAction[] {
    switch (this.state.at) {
      case 'ok':
      case 'suspect':
        this.state = { at: 'suspect', since: now - RESTART_AFTER_MS }
        return []
      case 'restarting':
      case 'connecting':
        return this.replace(now)
      case 'idle':
      case 'waiting':
        return []
    }
  }

  /** `online`, visible again, network event: no reason to wait any longer. */
  nudge(now: number): void {
    this.attempt = Math.min(this.attempt, 1)
    if (this.state.at === 'waiting') this.state = { at: 'waiting', until: now }
  }

  stop(): void {
    this.state = { at: 'idle' }
  }

  tick(now: number, signalling: boolean): RecoveryAction[] {
    switch (this.state.at) {
      case 'idle':
      case 'ok':
        return []
      case 'suspect':
        if (now - this.state.since < RESTART_AFTER_MS) return []
        // Without signalling nothing can be asked for. The path may still heal by itself, but until it does
        // nobody may claim that anything is recorded.
        if (!signalling) {
          this.state = { ...this.state, cutOff: true }
          return []
        }
        this.state = { at: 'restarting', since: this.state.since, asked: now }
        return ['restart']
      case 'restarting':
        if (!signalling || now - this.state.asked < RESTART_GRACE_MS) return []
        return now - this.state.since >= REPLACE_AFTER_MS ? this.replace(now) : []
      case 'connecting':
        if (!signalling) {
          this.state = { at: 'connecting', since: Math.max(this.state.since, now - CONNECT_MS + 1_000) }
          return []
        }
        return now - this.state.since >= CONNECT_MS ? this.replace(now) : []
      case 'waiting':
        if (!signalling || now < this.state.until) return []
        this.state = { at: 'connecting', since: now }
        return ['replace']
    }
  }

  private replace(now: number): RecoveryAction[] {
    const delay = REPLACE_BACKOFF_MS[Math.min(this.attempt, REPLACE_BACKOFF_MS.length - 1)] ?? 0
    this.attempt += 1
    this.state = { at: 'waiting', until: now + delay }
    return []
  }
}
