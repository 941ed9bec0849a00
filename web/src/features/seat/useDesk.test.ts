import { effectScope, nextTick, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClientMessage, ServerMessage } from '@/realtime/protocol.gen'
import type { Socket } from '@/realtime/socket'
import { useDesk, type Desk } from './useDesk'

const person = { id: 'me', name: '周敏', role: 'seat', unit_name: '', badge_no: '' }
const offered: ServerMessage = {
  type: 'call.offered',
  until: '2026-09-17T06:25:55.000Z',
  call: {
    sid: 'a',
    officer: person,
    procedure: 'traffic_simple',
    place_text: '',
    waiting_since: '2026-09-17T06:25:34.000Z',
    position: 1,
  },
}

let said: ClientMessage[] = []
let handlers: Map<string, (message: ServerMessage) => void>
let welcome: (resumed: boolean) => void = () => undefined
let kept = new Map<string, string>()
const up = ref(false)
let scope = effectScope()

const socket = {
  up,
  say: (body: ClientMessage) => said.push(body),
  on: (type: string, handler: (message: never) => void) => {
    handlers.set(type, handler as (message: ServerMessage) => void)
    return () => handlers.delete(type)
  },
  onWelcome: (handler: (resumed: boolean) => void) => {
    welcome = handler
    return () => undefined
  },
} as unknown as Socket

const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
} as unknown as Storage

function desk(): Desk {
  const made = scope.run(() =>
    useDesk({
      socket,
      storage,
      me: 'me',
      now: () => Date.parse('2026-09-17T06:25:40.000Z'),
      api: {
        figures: () => Promise.resolve({ sessions_today: 14, returned_today: 1 }),
        queue: () => Promise.resolve({ items: [] }),
        seats: () => Promise.resolve({ items: [] }),
      },
    }),
  )
  if (made === undefined) throw new Error('no scope')
  return made
}
const hears = (message: ServerMessage) => handlers.get(message.type)?.(message)

beforeEach(() => {
  vi.useFakeTimers()
  said = []
  kept = new Map()
  handlers = new Map()
  up.value = false
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

describe('useDesk', () => {
  it('says its wish to a server that knows nothing of it, and not again to one that does', () => {
    const own = desk()
    own.setWish('idle')
    said = []
    welcome(true)
    expect(said).toEqual([])
    welcome(false)
    expect(said).toEqual([{ type: 'seat.state', state: 'idle' }])
  })

  it('begins away, and keeps its wish over a reload', () => {
    expect(desk().wish.value).toBe('away')
    desk().setWish('idle')
    expect(desk().wish.value).toBe('idle')
  })

  it('answers once, and may again when the server stays silent', () => {
    const own = desk()
    hears(offered)
    own.answer()
    own.answer()
    expect(said.filter((body) => body.type === 'call.answer')).toHaveLength(1)
    vi.advanceTimersByTime(4_000)
    own.answer()
    expect(said.filter((body) => body.type === 'call.answer')).toHaveLength(2)
  })

  it('forgets a ringing call when the server has forgotten the connection', async () => {
    const own = desk()
    hears(offered)
    expect(own.state.value.offer).not.toBeNull()
    welcome(false)
    await nextTick()
    expect(own.state.value.offer).toBeNull()
    own.answer()
    expect(said.some((body) => body.type === 'call.answer')).toBe(false)
  })

  it('is in the session when its answer counted, and out of it when it ended', () => {
    const own = desk()
    hears(offered)
    hears({ type: 'call.answered', sid: 'a', seat: person })
    expect(own.state.value.live).toBe('a')
    hears({ type: 'session.ended', sid: 'b', state: 'abandoned' })
    expect(own.ended.value).toBeNull()
    hears({ type: 'session.ended', sid: 'a', state: 'sealed' })
    expect(own.state.value.live).toBeNull()
    expect(own.ended.value).toBe('sealed')
  })

  it('knows the end by the seal as well, once', () => {
    const own = desk()
    hears(offered)
    hears({ type: 'call.answered', sid: 'a', seat: person })
    own.finish('sealed')
    expect([own.state.value.live, own.ended.value]).toEqual([null, 'sealed'])
    own.comeBack()
    expect(own.state.value.live).toBeNull()
  })

  it('hears nothing after its scope', () => {
    desk()
    scope.stop()
    expect(handlers.size).toBe(0)
  })
})
