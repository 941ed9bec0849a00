import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { Api } from '@/api/api'
import { Problem } from '@/api/problem'
import type { Figures } from '@/api/schema.gen'
import type { EndState, SeatWish } from '@/realtime/protocol.gen'
import type { Socket } from '@/realtime/socket'
import { DESK_MESSAGES, hear, NOTHING, type DeskState } from './desk'

const WISH = 'cloudseat.seat.wish'
/** An answer the server says nothing to for this long may be pressed again. */
const ANSWER_MS = 4_000

/** A seat's desk outside its call: readiness, queue, board, the ringing call. */
export interface Desk {
  state: ShallowRef<DeskState>
  wish: Readonly<Ref<SeatWish>>
  figures: ShallowRef<Figures | null>
  /** The answer was sent and nothing came back yet. */
  answering: Readonly<Ref<boolean>>
  /** How the last call of this desk ended. */
  ended: ShallowRef<EndState | null>
  /** Queue and board are known. */
  known: ComputedRef<boolean>
  setWish: (wish: SeatWish) => void
  answer: () => void
  decline: () => void
  /** Hung up: the session goes on without this desk, which may come back. */
  leave: () => void
  comeBack: () => void
  /** The session is over, known by another way than its message. */
  finish: (how: EndState) => void
}

/** Keeps a desk. The wish to take calls outlives a reload, not the tab. */
export function useDesk(options: {
  api: Pick<Api, 'figures' | 'queue' | 'seats'>
  socket: Socket
  /** This account. */
  me: string
  /** Server clock, ms. */
  now: () => number
  storage?: Storage
}): Desk {
  const { api, socket, me } = options
  const storage = options.storage ?? sessionStorage
  const state = shallowRef<DeskState>(NOTHING)
  const heard = ref(false)
  const wish = ref<SeatWish>(storage.getItem(WISH) === 'idle' ? 'idle' : 'away')
  const figures = shallowRef<Figures | null>(null)
  const answering = ref(false)
  const ended = shallowRef<EndState | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  const say = () => socket.say({ type: 'seat.state', state: wish.value })

  async function readFigures() {
    try {
      figures.value = await api.figures()
    } catch (thrown) {
      // Figures are a service; the desk works without them.
      if (!(thrown instanceof Problem)) throw thrown
    }
  }

  /** The board before the first message, and again after the server forgot this connection. */
  async function readBoard() {
    try {
      const [queue, seats] = await Promise.all([api.queue(), api.seats()])
      const board = { type: 'queue.changed' as const, queue: queue.items, seats: seats.items }
      state.value = hear(state.value, board, me, options.now())
      heard.value = true
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown
    }
  }

  const offs = [
    ...DESK_MESSAGES.map((type) =>
      socket.on(type, (message) => {
        if (message.type === 'session.ended' && message.sid === state.value.live) ended.value = message.state
        if (message.type === 'call.answered') ended.value = null
        state.value = hear(state.value, message, me, options.now())
        if (message.type === 'queue.changed') heard.value = true
      }),
    ),
    socket.on('error', () => (answering.value = false)),
    socket.onWelcome((resumed) => {
      if (resumed) return
      // What rang before is offered anew if it still rings.
      state.value = { ...state.value, offer: null }
      say()
      void readBoard()
    }),
  ]
  watch(
    () => state.value.offer?.call.sid ?? null,
    () => (answering.value = false),
  )
  watch(
    () => state.value.live,
    () => void readFigures(),
    { immediate: true },
  )
  if (socket.up.value) {
    say()
    void readBoard()
  }
  onScopeDispose(() => {
    for (const off of offs) off()
    clearTimeout(timer)
  })

  return {
    state,
    wish,
    figures,
    answering,
    ended,
    known: computed(() => heard.value),
    setWish(next) {
      wish.value = next
      storage.setItem(WISH, next)
      say()
    },
    answer() {
      const sid = state.value.offer?.call.sid
      if (sid === undefined || answering.value) return
      answering.value = true
      clearTimeout(timer)
      timer = setTimeout(() => (answering.value = false), ANSWER_MS)
      socket.say({ type: 'call.answer', sid })
    },
    decline() {
      const sid = state.value.offer?.call.sid
      if (sid !== undefined) socket.say({ type: 'call.decline', sid })
    },
    leave() {
      state.value = { ...state.value, live: null, left: state.value.live }
    },
    finish(how) {
      if (state.value.live === null) return
      ended.value = how
      state.value = { ...state.value, live: null, left: null, over: state.value.live }
    },
    comeBack() {
      if (state.value.left !== null) state.value = { ...state.value, live: state.value.left, left: null }
    },
  }
}
