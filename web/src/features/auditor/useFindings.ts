import { computed, ref, shallowRef, watch } from 'vue'
import type { Api } from '@/api/api'
import { Problem } from '@/api/problem'
import type { LogEntry as LogLine } from '@/api/schema.gen'
import type { Finding } from './verification'
import { NO_LINE, rawLine } from './logLine'
import type { GapGroup } from './timeline'
import type { Listed } from './verdict'

/** A finding with what the log says at its place. */
export interface Found {
  finding: Finding
  /** The gap it declares, of all tracks concerned. */
  gap: GapGroup | null
  /** Further findings of the same code. */
  more: Finding[]
  entry: LogLine | null
  raw: string | null
  /** Session time of its place, µs, where the entry names one. */
  at: { t0: number; t1: number } | null
  /** Index of the segment it is about. */
  segment: number | null
}

/** More than this many are listed without their entries: the page is read by a person. */
const MOST = 60

function member(body: unknown, name: string): number | null {
  if (typeof body !== 'object' || body === null) return null
  const value = (body as Record<string, unknown>)[name]
  return typeof value === 'number' ? value : null
}

/** Session time that an entry speaks of. */
export function placeOfEntry(entry: LogLine): { t0: number; t1: number } {
  const t0 = member(entry.body, 't0_us')
  const t1 = member(entry.body, 't1_us')
  return t0 !== null && t1 !== null ? { t0, t1 } : { t0: entry.mono, t1: entry.mono }
}

/** Reads the log entries that findings point to, so that place and raw line stand beside them. */
export function useFindings(options: {
  api: Pick<Api, 'log'>
  sid: string
  findings: () => readonly Listed[]
}) {
  const { api, sid } = options
  const found = shallowRef<readonly Found[]>([])
  const reading = ref(false)
  let turn = 0

  async function read({ finding, gap, more }: Listed): Promise<Found> {
    const none = { finding, gap, more, entry: null, raw: null, at: null, segment: null }
    if (typeof finding.seq !== 'number') return none
    try {
      const from = Math.max(0, finding.seq - 1)
      const page = await api.log(sid, { from, limit: 2 })
      const entry = page.items.find((line) => line.seq === finding.seq)
      if (entry === undefined) return none
      const prev = finding.seq === 0 ? NO_LINE : page.items.find((line) => line.seq === from)?.line_sha256
      return {
        finding,
        gap,
        more,
        entry,
        raw: prev === undefined ? null : rawLine(entry, sid, prev),
        at: placeOfEntry(entry),
        segment: member(entry.body, 'idx'),
      }
    } catch (thrown) {
      // A log that can't be served is what the finding is about; it stands without its line.
      if (thrown instanceof Problem) return none
      throw thrown
    }
  }

  watch(
    options.findings,
    async (findings) => {
      const mine = ++turn
      found.value = findings.map((one) => ({ ...one, entry: null, raw: null, at: null, segment: null }))
      reading.value = true
      for (const [index, listed] of findings.slice(0, MOST).entries()) {
        const one = await read(listed)
        if (mine !== turn) return
        found.value = found.value.map((other, i) => (i === index ? one : other))
      }
      reading.value = false
    },
    { immediate: true },
  )

  const altered = computed(() =>
    found.value.flatMap(({ finding, at, segment }) =>
      finding.level === 'tampered' && at !== null ? [{ ...at, segment, code: finding.code }] : [],
    ),
  )
  return { found, altered, reading }
}
