import { describe, expect, it } from 'vitest'
import type { Person, QueueItem, SeatStatus } from '@/realtime/protocol.gen'
import { boardSeats, countdown, hear, longestWait, NOTHING, rings } from './desk'

const person = (id: string): Person => ({
  id,
  name: id,
  role: 'seat',
  unit_name: '林西大队',
  badge_no: '150126',
})
const call = (sid: string, since = '2026-09-17T06:25:34.000Z'): QueueItem => ({
  sid,
  officer: person('o1'),
  procedure: 'traffic_simple',
  place_text: '东环路',
  waiting_since: since,
  position: 1,
})
const seat = (id: string, state: SeatStatus['state'], since: string, sid?: string): SeatStatus => ({
  person: person(id),
  state,
  since,
  ...(sid === undefined ? {} : { sid }),
})
const T = Date.parse('2026-09-17T06:25:40.000Z')

describe('hear', () => {
  const ringing = hear(
    NOTHING,
    { type: 'call.offered', call: call('a'), until: '2026-09-17T06:25:55.000Z' },
    'me',
    T,
  )

  it('rings, and stops for this call only', () => {
    expect(ringing.offer?.call.sid).toBe('a')
    expect(
      hear(ringing, { type: 'call.withdrawn', sid: 'b', reason: 'cancelled' }, 'me', T).offer,
    ).not.toBeNull()
    expect(hear(ringing, { type: 'call.withdrawn', sid: 'a', reason: 'no_answer' }, 'me', T).offer).toBeNull()
  })

  it('keeps its place in the countdown when the same offer is repeated after a lost connection', () => {
    const again = hear(
      ringing,
      { type: 'call.offered', call: call('a'), until: '2026-09-17T06:25:55.000Z' },
      'me',
      T + 4000,
    )
    expect(again.offer?.since).toBe(T)
  })

  it('enters the session only when the answer was this seat’s', () => {
    expect(hear(ringing, { type: 'call.answered', sid: 'a', seat: person('me') }, 'me', T)).toMatchObject({
      offer: null,
      live: 'a',
    })
    expect(hear(ringing, { type: 'call.answered', sid: 'a', seat: person('other') }, 'me', T)).toMatchObject({
      offer: null,
      live: null,
    })
  })

  it('finds its session again after a reload', () => {
    const board = {
      type: 'queue.changed' as const,
      queue: [],
      seats: [seat('me', 'busy', '2026-09-17T06:00:00.000Z', 'a')],
    }
    expect(hear(NOTHING, board, 'me', T).live).toBe('a')
    expect(hear(NOTHING, board, 'other', T).live).toBeNull()
  })

  it('does not fall back into a session it hung up, until the server has let it go', () => {
    const hungUp = { ...NOTHING, left: 'a' }
    const busy = {
      type: 'queue.changed' as const,
      queue: [],
      seats: [seat('me', 'busy', '2026-09-17T06:00:00.000Z', 'a')],
    }
    expect(hear(hungUp, busy, 'me', T)).toMatchObject({ live: null, left: 'a' })
    const free = { ...busy, seats: [seat('me', 'idle', '2026-09-17T06:00:00.000Z')] }
    expect(hear(hungUp, free, 'me', T)).toMatchObject({ live: null, left: null })
    expect(hear(hungUp, { type: 'session.ended', sid: 'a', state: 'abandoned' }, 'me', T).left).toBeNull()
    const other = { ...busy, seats: [seat('me', 'busy', '2026-09-17T06:00:00.000Z', 'b')] }
    expect(hear(hungUp, other, 'me', T)).toMatchObject({ live: 'b', left: null })
  })

  it('is not drawn back into an ended session by a board that was older', () => {
    const live = { ...NOTHING, live: 'a' }
    const ended = hear(live, { type: 'session.ended', sid: 'a', state: 'sealed' }, 'me', T)
    const stale = {
      type: 'queue.changed' as const,
      queue: [],
      seats: [seat('me', 'busy', '2026-09-17T06:00:00.000Z', 'a')],
    }
    expect(hear(ended, stale, 'me', T).live).toBeNull()
    const next = { ...stale, seats: [seat('me', 'busy', '2026-09-17T06:00:00.000Z', 'b')] }
    expect(hear(ended, next, 'me', T).live).toBe('b')
  })

  it('leaves the session when it ends, not when another one does', () => {
    const live = { ...NOTHING, live: 'a' }
    expect(hear(live, { type: 'session.ended', sid: 'b', state: 'sealed' }, 'me', T).live).toBe('a')
    expect(hear(live, { type: 'session.ended', sid: 'a', state: 'sealed' }, 'me', T).live).toBeNull()
  })
})

describe('a call that rang before the page listened', () => {
  const ringing = { person: person('me'), until: '2026-09-17T06:25:55.000Z' }
  const board = { type: 'queue.changed' as const, queue: [{ ...call('a'), ringing }], seats: [] }

  it('is taken from the board, for this seat only and never over a newer offer', () => {
    expect(hear(NOTHING, board, 'me', T).offer).toMatchObject({ call: { sid: 'a' }, since: T })
    expect(hear(NOTHING, board, 'other', T).offer).toBeNull()
    const offered = { ...NOTHING, offer: { call: call('b'), since: T, until: T + 9000 } }
    expect(hear(offered, board, 'me', T).offer?.call.sid).toBe('b')
  })

  it('is over soon after its time, even if nobody says so', () => {
    const offer = { call: call('a'), since: T, until: T + 9000 }
    expect(rings(offer, T + 10_000)).toBe(true)
    expect(rings(offer, T + 11_001)).toBe(false)
  })
})

describe('countdown', () => {
  const offer = { call: call('a'), since: T, until: T + 15_000 }

  it('loses a cell a second and stays within its bar', () => {
    expect(countdown(offer, T)).toEqual({ rung: 0, left: 15, cells: 15, gone: 0 })
    expect(countdown(offer, T + 6900)).toEqual({ rung: 6, left: 9, cells: 15, gone: 6 })
    expect(countdown(offer, T + 60_000)).toMatchObject({ left: 0, gone: 15 })
    expect(countdown(offer, T - 500)).toMatchObject({ left: 15 })
  })
})

describe('board', () => {
  it('takes the first in the queue for the longest wait', () => {
    expect(
      longestWait([call('a', '2026-09-17T06:25:37.000Z'), call('b', '2026-09-17T06:25:31.000Z')], T),
    ).toBe(9000)
    expect(longestWait([], T)).toBeNull()
  })

  it('orders seats by state and time, without me and the absent', () => {
    const seats = [
      seat('idle', 'idle', '2026-09-17T06:00:00.000Z'),
      seat('late', 'busy', '2026-09-17T06:20:00.000Z', 'x'),
      seat('gone', 'offline', '2026-09-17T05:00:00.000Z'),
      seat('me', 'busy', '2026-09-17T05:00:00.000Z', 'y'),
      seat('early', 'busy', '2026-09-17T06:10:00.000Z', 'z'),
    ]
    expect(boardSeats(seats, 'me').map((s) => s.person.id)).toEqual(['early', 'late', 'idle'])
  })
})
