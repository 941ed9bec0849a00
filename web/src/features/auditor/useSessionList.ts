import { ref, shallowRef, watch, type Ref } from 'vue'
import type { Api } from '@/api/api'
import { asProblem, type Problem } from '@/api/problem'
import type { SessionSummary } from '@/api/schema.gen'

/** What the list is narrowed by; dates are days in China, `YYYY-MM-DD`, both inclusive. */
export interface SessionFilter {
  q: string
  state: string
  from: string
  to: string
}

const DAY = 86_400_000

/** First instant of a day in China. */
function begin(day: string): number {
  return Date.parse(`${day}T00:00:00.000+08:00`)
}

/** The filter as the interface wants it: instants in UTC, the end not included. */
export function sessionQuery(filter: SessionFilter): {
  q?: string
  state?: string
  from?: string
  to?: string
} {
  const from = begin(filter.from)
  const to = begin(filter.to) + DAY
  return {
    ...(filter.q.trim() === '' ? {} : { q: filter.q.trim() }),
    ...(filter.state === '' ? {} : { state: filter.state }),
    ...(Number.isNaN(from) ? {} : { from: new Date(from).toISOString() }),
    ...(Number.isNaN(to) ? {} : { to: new Date(to).toISOString() }),
  }
}

/** Sessions page after page; a changed filter begins anew, and an older answer never overtakes a newer one. */
export function useSessionList(options: {
  api: Pick<Api, 'sessions'>
  filter: Readonly<Ref<SessionFilter>>
}) {
  const { api, filter } = options
  const items = shallowRef<readonly SessionSummary[]>([])
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(false)
  const loaded = ref(false)
  const next = ref<string | null>(null)
  let turn = 0

  async function load(cursor: string | null) {
    const mine = ++turn
    loading.value = true
    try {
      const page = await api.sessions({ ...sessionQuery(filter.value), cursor })
      if (mine !== turn) return
      items.value = cursor === null ? page.items : [...items.value, ...page.items]
      next.value = page.next ?? null
      problem.value = null
      loaded.value = true
    } catch (thrown) {
      const failed = asProblem(thrown)
      if (mine === turn) problem.value = failed
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  watch(filter, () => void load(null), { immediate: true, deep: true })
  return {
    items,
    problem,
    loading,
    loaded,
    next,
    reload: () => load(null),
    more: () => (next.value === null || loading.value ? Promise.resolve() : load(next.value)),
  }
}
