import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'
import type { Api } from '@/api/api'
import type { Session } from '@/api/schema.gen'
import { createCapture, type Capture } from '@/media/capture'
import { useCall, type Call } from '@/media/useCall'
import { useWakeLock } from '@/media/useWakeLock'
import type { Person, Ringing } from '@/realtime/protocol.gen'
import type { Socket } from '@/realtime/socket'
import { useProcedure, type Procedure } from '@/realtime/useProcedure'
import { useResource, type Resource } from '@/shared/composables/useResource'

export type Phase = 'loading' | 'waiting' | 'live' | 'ended'
export type Ending = 'sealed' | 'abandoned' | 'cancelled' | 'left'

export interface OfficerSession {
  session: Resource<Session>
  capture: Capture
  call: Call
  procedure: Procedure
  phase: ComputedRef<Phase>
  ending: ComputedRef<Ending | null>
  position: Readonly<Ref<number | null>>
  ringing: Readonly<Ref<Ringing | null>>
  seat: ComputedRef<Person | null>
  cancel: () => Promise<void>
  hangUp: () => void
  /** Enters again after hanging up. */
  enter: () => Promise<void>
}

/** An officer's session from the queue to its end; camera and microphone are open throughout. */
export function useOfficerSession(options: { api: Api; socket: Socket; sid: string }): OfficerSession {
  const { api, socket, sid } = options
  const session = useResource(() => api.session(sid))
  const capture = createCapture()
  const call = useCall({ socket, sid, capture })
  const procedure = useProcedure({ api, socket, sid })
  useWakeLock()

  const position = ref<number | null>(null)
  const ringing = ref<Ringing | null>(null)
  const answeredBy = ref<Person | null>(null)
  const left = ref(false)

  const ending = computed<Ending | null>(() => {
    if (left.value) return 'left'
    if (call.ended.value !== null) return call.ended.value
    const state = session.data.value?.state
    return state === 'sealed' || state === 'abandoned' || state === 'cancelled' ? state : null
  })
  const phase = computed<Phase>(() => {
    if (ending.value !== null) return 'ended'
    if (answeredBy.value !== null || call.participant.value !== null) return 'live'
    const state = session.data.value?.state
    if (state === undefined) return 'loading'
    return state === 'queued' || state === 'ringing' ? 'waiting' : 'live'
  })

  void capture.open()
  watch(
    phase,
    (now) => {
      if (now === 'live') call.join()
      if (now === 'ended') {
        capture.close()
        // The decision's number is newer than what was read at the beginning.
        if (session.data.value !== null) void session.reload()
      }
    },
    { immediate: true },
  )

  const offs = [
    socket.on('call.queued', (message) => {
      if (message.sid !== sid) return
      position.value = message.position
      ringing.value = message.ringing ?? null
    }),
    socket.on('call.answered', (message) => {
      if (message.sid === sid) answeredBy.value = message.seat
    }),
    socket.onWelcome((resumed) => {
      if (!resumed) void session.reload()
    }),
  ]
  onScopeDispose(() => {
    for (const off of offs) off()
    capture.close()
  })

  return {
    session,
    capture,
    call,
    procedure,
    phase,
    ending,
    position,
    ringing,
    seat: computed(
      () =>
        call.roster.value.find(({ role }) => role === 'seat')?.person ??
        answeredBy.value ??
        session.data.value?.seat ??
        null,
    ),
    async cancel() {
      await api.cancel(sid)
      await session.reload()
    },
    hangUp() {
      left.value = true
      call.leave()
    },
    async enter() {
      // A fresh page is a fresh start for every device and connection.
      window.location.reload()
      await Promise.resolve()
    },
  }
}
