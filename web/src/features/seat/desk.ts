import type { QueueItem, SeatStatus, ServerMessageOf } from '@/realtime/protocol.gen'

/** What a seat knows of queue, seats and its own call. All decisions are the server's; here they are kept. */
export interface DeskState {
  queue: readonly QueueItem[]
  seats: readonly SeatStatus[]
  /** The call that rings here. */
  offer: Offer | null
  /** The session this seat is in. */
  live: string | null
  /** A session this seat hung up and that goes on: it may go back, and takes no other call until it ends. */
  left: string | null
  /** The session that ended last; a board that is older than its end still has this seat in it. */
  over: string | null
  /** What was known of it when it was answered; null after a reload. */
  answered: QueueItem | null
}

/** The messages a desk listens to. */
export const DESK_MESSAGES = [
  'queue.changed',
  'call.offered',
  'call.withdrawn',
  'call.answered',
  'session.ended',
] as const

/** One of them. */
export type DeskMessage = ServerMessageOf<(typeof DESK_MESSAGES)[number]>

/** A ringing call, and how long it has rung when. */
export interface Offer {
  call: QueueItem
  /** When it goes to the next seat, server clock, ms. */
  until: number
  /** When it began to ring here, server clock, ms. */
  since: number
}

/** Before anything was heard. */
export const NOTHING: DeskState = {
  queue: [],
  seats: [],
  offer: null,
  live: null,
  left: null,
  over: null,
  answered: null,
}

/** The state after a message. `me` is this account's id, `now` the server clock in ms. */
export function hear(state: DeskState, message: DeskMessage, me: string, now: number): DeskState {
  switch (message.type) {
    case 'queue.changed': {
      const own = message.seats.find((seat) => seat.person.id === me)
      // After a reload only the board says in which session this seat is.
      const sid = own?.state === 'busy' ? (own.sid ?? null) : null
      const busy = sid === state.over ? null : sid
      const live = state.live ?? (busy === state.left ? null : busy)
      const left = state.left === busy ? state.left : null
      const rings = message.queue.find((item) => item.ringing?.person.id === me)
      // `call.offered` may have come before this page listened; the board says the same.
      const offer =
        state.offer ??
        (rings?.ringing ? { call: rings, until: Date.parse(rings.ringing.until), since: now } : null)
      return {
        ...state,
        queue: message.queue,
        seats: message.seats,
        live,
        left,
        offer: live === null ? offer : state.offer,
      }
    }
    case 'call.offered': {
      const again = state.offer?.call.sid === message.call.sid
      const since = again && state.offer ? state.offer.since : now
      return { ...state, offer: { call: message.call, until: Date.parse(message.until), since } }
    }
    case 'call.withdrawn':
      return state.offer?.call.sid === message.sid ? { ...state, offer: null } : state
    case 'call.answered': {
      const offer = state.offer?.call.sid === message.sid ? null : state.offer
      if (message.seat.id !== me) return { ...state, offer }
      const call = state.offer?.call.sid === message.sid ? state.offer.call : null
      return { ...state, offer, live: message.sid, answered: call }
    }
    case 'session.ended':
      return {
        ...state,
        offer: state.offer?.call.sid === message.sid ? null : state.offer,
        live: state.live === message.sid ? null : state.live,
        left: state.left === message.sid ? null : state.left,
        over: state.live === message.sid || state.left === message.sid ? message.sid : state.over,
      }
  }
}

/** Whether a call still rings: a board that was older than the call's end may have brought it back. */
export function rings(offer: Offer, now: number): boolean {
  return now < offer.until + 2_000
}

/** The countdown of a ringing call: seconds rung and left, and the cells of its bar that are gone. */
export interface Countdown {
  rung: number
  left: number
  cells: number
  gone: number
}

/** One cell a second; a call rings 15 s as a rule. */
export function countdown(offer: Offer, now: number): Countdown {
  const whole = Math.max(1, Math.round((offer.until - offer.since) / 1000))
  const rung = Math.min(whole, Math.max(0, Math.floor((now - offer.since) / 1000)))
  return { rung, left: whole - rung, cells: whole, gone: rung }
}

/** Milliseconds the first caller has waited. */
export function longestWait(queue: readonly QueueItem[], now: number): number | null {
  const since = queue.map((item) => Date.parse(item.waiting_since))
  return since.length === 0 ? null : Math.max(0, now - Math.min(...since))
}

const ORDER: Readonly<Record<SeatStatus['state'], number>> = {
  busy: 0,
  ringing: 1,
  idle: 2,
  away: 3,
  offline: 4,
}

/** Others' seats: those in a call first, the longest of each first; who is not there is left out. */
export function boardSeats(seats: readonly SeatStatus[], me: string | null): SeatStatus[] {
  return seats
    .filter((seat) => seat.state !== 'offline' && seat.person.id !== me)
    .sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.since.localeCompare(b.since))
}
