import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { Api } from '@/api/api'
import { asProblem, type Problem } from '@/api/problem'
import type { ProcedureView, Step } from '@/api/schema.gen'
import type { Socket } from './socket'

export interface Procedure {
  view: ShallowRef<ProcedureView | null>
  problem: ShallowRef<Problem | null>
  /** The step being worked on: running, else to be repeated, else the first open one. */
  current: ComputedRef<Step | null>
  reload: () => Promise<void>
  /** Runs a request that answers with the new view and shows it. */
  apply: (request: Promise<ProcedureView>) => Promise<ProcedureView>
}

/** The step that is being worked on. */
export function currentStep(view: ProcedureView): Step | null {
  const of = (state: Step['state']) => view.steps.find((step) => step.state === state)
  return of('running') ?? of('invalid') ?? of('open') ?? null
}

/**
 * The procedure of a session as the server sees it, read again whenever the server says that it changed. An
 * answer that was asked for earlier never replaces one that was asked for later.
 */
export function useProcedure(options: { api: Api; socket: Socket; sid: string }): Procedure {
  const { api, socket, sid } = options
  const view = shallowRef<ProcedureView | null>(null)
  const problem = shallowRef<Problem | null>(null)
  let asked = 0
  let shown = 0
  let reading = false
  let again = false

  async function apply(request: Promise<ProcedureView>): Promise<ProcedureView> {
    const mine = ++asked
    const next = await request
    if (mine > shown) {
      shown = mine
      view.value = next
      problem.value = null
    }
    return next
  }

  async function reload(): Promise<void> {
    if (reading) {
      again = true
      return
    }
    reading = true
    try {
      do {
        again = false
        await apply(api.steps(sid))
      } while (again)
    } catch (thrown) {
      problem.value = asProblem(thrown)
    } finally {
      reading = false
    }
  }

  const offs = [
    socket.on('session.changed', (message) => {
      if (message.sid === sid) void reload()
    }),
  ]
  watch(socket.up, (up) => {
    if (up) void reload()
  })
  onScopeDispose(() => {
    for (const off of offs) off()
  })
  void reload()

  return {
    view,
    problem,
    current: computed(() => (view.value === null ? null : currentStep(view.value))),
    reload,
    apply,
  }
}
