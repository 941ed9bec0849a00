import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { Api } from '@/api/api'
import { asProblem, type Problem } from '@/api/problem'
import type { SessionSummary } from '@/api/schema.gen'
import type { Socket } from '@/realtime/socket'
import { hear, NOTHING, type DeskState } from './desk'

/** Sessions are asked for this often; queue and seats come by themselves. */
const EVERY_MS = 5_000

/** Everything that is going on now: queue, seats, live sessions. */
export function useBoard(options: {
  api: Pick<Api, 'sessions' | 'queue' | 'seats'>
  socket: Socket
  now: () => number
}) {
  const { api, socket } = options
  const board = shallowRef<DeskState>(NOTHING)
  const sessions = shallowRef<readonly SessionSummary[]>([])
  const problem = shallowRef<Problem | null>(null)
  const loaded = ref(false)
  const takenAt = ref(0)
  let over = false

  async function read() {
    try {
      const [live, interrupted, queue, seats] = await Promise.all([
        api.sessions({ state: 'live' }),
        api.sessions({ state: 'interrupted' }),
        api.queue(),
        api.seats(),
      ])
      if (over) return
      sessions.value = [...live.items, ...interrupted.items].sort((a, b) =>
        a.opened_at.localeCompare(b.opened_at),
      )
      board.value = hear(
        board.value,
        { type: 'queue.changed', queue: queue.items, seats: seats.items },
        '',
        options.now(),
      )
      problem.value = null
      loaded.value = true
      takenAt.value = Date.now()
    } catch (thrown) {
      problem.value = asProblem(thrown)
    }
  }

  const off = socket.on('queue.changed', (message) => {
    board.value = hear(board.value, message, '', options.now())
  })
  const timer = setInterval(() => void read(), EVERY_MS)
  onScopeDispose(() => {
    over = true
    clearInterval(timer)
    off()
  })
  void read()

  const count = (state: string) => board.value.seats.filter((seat) => seat.state === state).length
  return {
    board,
    sessions,
    problem,
    loaded,
    takenAt,
    reload: read,
    idle: computed(() => count('idle')),
    busy: computed(() => count('busy')),
    ringing: computed(() => count('ringing')),
    present: computed(() => board.value.seats.filter((seat) => seat.state !== 'offline').length),
    gaps: computed(() => sessions.value.reduce((sum, session) => sum + session.gaps, 0)),
    gapMs: computed(() => sessions.value.reduce((sum, session) => sum + session.gap_ms, 0)),
  }
}
