import { Problem } from './problem'
import type { ProblemBody } from './schema.gen'

export type Query = Readonly<Record<string, string | number | boolean | undefined | null>>

export interface ClientOptions {
  /** Usually `window.fetch`; tests pass their own. */
  fetch: typeof fetch
  base?: string
  /** After this long a request counts as failed with code `timeout`. */
  timeoutMs?: number
  /** Called for each 401 outside sign-in. */
  onUnauthorised?: () => void
}

export interface Client {
  get: <T>(path: string, query?: Query) => Promise<T>
  /** `timeoutMs` for what takes the server longer than usual, e.g. a verification. */
  post: <T>(path: string, body?: unknown, options?: { timeoutMs?: number }) => Promise<T>
  put: <T>(path: string, body: unknown) => Promise<T>
  patch: <T>(path: string, body: unknown) => Promise<T>
  /** Sends bytes as they are, e.g. a JPEG. */
  upload: <T>(path: string, body: Blob, query?: Query) => Promise<T>
  /** Reads a page beside the interface, e.g. `/readyz`, whose body says more than its status does. */
  site: <T>(path: string) => Promise<T>
  /** The absolute path of a resource, for `href` and `src`. */
  url: (path: string, query?: Query) => string
}

interface Init {
  query?: Query
  body?: BodyInit
  type?: string
  timeoutMs?: number
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
}

/** Something between us and the server answered in its place, or the server said nonsense. */
const unreadable = (status: number) => (status >= 500 ? 'unavailable' : 'unreadable')

/** A typed `fetch` for `/api/v1`: JSON in and out, the session cookie, one `Problem` for every failure. */
export function createClient(options: ClientOptions): Client {
  const base = options.base ?? '/api/v1'
  const timeoutMs = options.timeoutMs ?? 15_000

  function url(path: string, query: Query = {}): string {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
    }
    const suffix = search.size > 0 ? `?${search.toString()}` : ''
    return `${base}${path}${suffix}`
  }

  async function send(
    target: string,
    init: RequestInit,
    patienceMs = timeoutMs,
  ): Promise<{ response: Response; body: unknown }> {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), patienceMs)
    let response: Response
    let text: string
    try {
      response = await options.fetch(target, { ...init, credentials: 'same-origin', signal: abort.signal })
      text = await response.text()
    } catch {
      throw new Problem({ code: abort.signal.aborted ? 'timeout' : 'network' })
    } finally {
      clearTimeout(timer)
    }
    if (text === '') return { response, body: null }
    try {
      return { response, body: JSON.parse(text) as unknown }
    } catch {
      throw new Problem({ code: unreadable(response.status), status: response.status })
    }
  }

  async function request<T>(method: string, path: string, init: Init): Promise<T> {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (init.type !== undefined) headers['content-type'] = init.type
    const { response, body } = await send(
      url(path, init.query),
      { method, headers, ...(init.body === undefined ? {} : { body: init.body }) },
      init.timeoutMs,
    )
    if (response.ok) return body as T
    if (response.status === 401 && path !== '/sign-in') options.onUnauthorised?.()
    if (isProblem(body)) throw new Problem(body)
    throw new Problem({ code: unreadable(response.status), status: response.status })
  }

  const json = (body: unknown) => ({ body: JSON.stringify(body), type: 'application/json' })
  return {
    get: (path, query) => request('GET', path, query === undefined ? {} : { query }),
    post: (path, body = {}, own = {}) => request('POST', path, { ...json(body), ...own }),
    put: (path, body) => request('PUT', path, json(body)),
    patch: (path, body) => request('PATCH', path, json(body)),
    upload: (path, body, query) =>
      request('POST', path, { body, type: body.type, ...(query === undefined ? {} : { query }) }),
    async site<T>(path: string) {
      const { body } = await send(path, { method: 'GET', headers: { accept: 'application/json' } })
      return body as T
    },
    url,
  }
}
