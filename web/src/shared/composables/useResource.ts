import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asProblem, type Problem } from '@/api/problem'

export interface Resource<T> {
  data: ShallowRef<T | null>
  problem: ShallowRef<Problem | null>
  loading: Ref<boolean>
  /** When `data` was taken, wall-clock ms; shown as its age when a reload fails. */
  takenAt: Ref<number | null>
  reload: () => Promise<void>
}

/** Something read from the server: loading, then data or a problem; a failed reload keeps the old data. */
export function useResource<T>(read: () => Promise<T>, options: { immediate?: boolean } = {}): Resource<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(false)
  const takenAt = ref<number | null>(null)
  let newest = 0
  onScopeDispose(() => (newest = -1))

  async function reload() {
    if (newest < 0) return
    const mine = ++newest
    loading.value = true
    try {
      const value = await read()
      if (mine !== newest) return
      data.value = value
      problem.value = null
      takenAt.value = Date.now()
    } catch (thrown) {
      const failed = asProblem(thrown)
      if (mine === newest) problem.value = failed
    } finally {
      if (mine === newest) loading.value = false
    }
  }
  if (options.immediate !== false) void reload()
  return { data, problem, loading, takenAt, reload }
}
