import { ref, shallowRef, type Ref } from 'vue'
import { asProblem, type Problem } from '@/api/problem'

export interface Task<A extends unknown[], R> {
  busy: Readonly<Ref<boolean>>
  problem: Ref<Problem | null>
  /** Runs unless it already runs; the result, or null when it failed (then `problem` says why). */
  run: (...args: A) => Promise<R | null>
}

/** An action behind a button: one at a time, with its failure kept for the banner beside it. */
export function useTask<A extends unknown[], R>(action: (...args: A) => Promise<R>): Task<A, R> {
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)
  return {
    busy,
    problem,
    async run(...args) {
      if (busy.value) return null
      busy.value = true
      problem.value = null
      try {
        return await action(...args)
      } catch (thrown) {
        problem.value = asProblem(thrown)
        return null
      } finally {
        busy.value = false
      }
    },
  }
}
