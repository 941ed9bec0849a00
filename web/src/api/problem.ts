import type { ProblemBody } from './schema.gen'

/** Codes this side makes itself; all others come from the server. */
export type LocalCode = 'network' | 'timeout' | 'unavailable' | 'unreadable'

/**
 * A request that failed. `code` is stable and chooses the text (`problem.<code>`); `detail_*` is the
 * server's own sentence for codes without one here.
 */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly detailZh: string
  readonly detailEn: string
  readonly requestId: string | null
  readonly fields: Readonly<Record<string, string>>
  readonly refusal: ProblemBody['refusal'] | null

  constructor(init: Partial<ProblemBody> & { code: string }) {
    super(init.code)
    this.name = 'Problem'
    this.code = init.code
    this.status = init.status ?? 0
    this.detailZh = init.detail ?? ''
    this.detailEn = init.detail_en ?? ''
    this.requestId = init.request_id ?? null
    this.fields = init.fields ?? {}
    this.refusal = init.refusal ?? null
  }

  /** The server was not reached, so nothing happened there that is known of. */
  get unreachable(): boolean {
    return this.code === 'network' || this.code === 'timeout' || this.code === 'unavailable'
  }
}

/** Anything thrown, as a [`Problem`]; programming errors are rethrown so that they reach the error boundary. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  throw thrown
}

/** The text of a problem: the translation of its code where there is one, else the server's sentence. */
export function problemText(
  problem: Problem,
  i18n: { te: (key: string) => boolean; t: (key: string) => string; locale: string },
): string {
  const key = `problem.${problem.code}`
  if (i18n.te(key)) return i18n.t(key)
  const detail = i18n.locale === 'en' ? problem.detailEn : problem.detailZh
  return detail || problem.detailZh || i18n.t('problem.unknown')
}
