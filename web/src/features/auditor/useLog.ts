import { ref, shallowRef } from 'vue'
import type { Api } from '@/api/api'
import { asProblem, type Problem } from '@/api/problem'
import type { LogEntry as LogLine } from '@/api/schema.gen'
import { lineDigest, NO_LINE, rawLine } from './logLine'

const PAGE = 100

/** An entry with its bytes, and whether they hash to what the server says; null: the line before isn't loaded. */
export interface LogRow {
  entry: LogLine
  raw: string | null
  matches: boolean | null
}

/** The log a page at a time from any entry on, each line made again and hashed in this browser. */
export function useLog(options: { api: Pick<Api, 'log'>; sid: string }) {
  const { api, sid } = options
  const rows = shallowRef<readonly LogRow[]>([])
  const from = ref(0)
  const next = ref<string | null>(null)
  const loading = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let turn = 0

  async function load(start: number) {
    const mine = ++turn
    loading.value = true
    problem.value = null
    try {
      // One entry more in front: its digest is the `prev` of the first.
      const first = Math.max(0, start - 1)
      const page = await api.log(sid, { from: first, limit: PAGE + (start - first) })
      const made = await makeRows(page.items, start)
      if (mine !== turn) return
      rows.value = made
      from.value = start
      next.value = page.next ?? null
    } catch (thrown) {
      const failed = asProblem(thrown)
      if (mine === turn) problem.value = failed
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  async function makeRows(items: readonly LogLine[], start: number): Promise<LogRow[]> {
    const digests = new Map(items.map((entry) => [entry.seq, entry.line_sha256]))
    return Promise.all(
      items
        .filter((entry) => entry.seq >= start)
        .map(async (entry) => {
          const prev = entry.seq === 0 ? NO_LINE : digests.get(entry.seq - 1)
          if (prev === undefined) return { entry, raw: null, matches: null }
          const raw = rawLine(entry, sid, prev)
          return { entry, raw, matches: (await lineDigest(raw)) === entry.line_sha256 }
        }),
    )
  }

  return {
    rows,
    from,
    next,
    loading,
    problem,
    load,
    page: PAGE,
  }
}
