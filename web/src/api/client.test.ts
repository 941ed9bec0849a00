import { describe, expect, it, vi } from 'vitest'
import { createClient } from './client'
import { Problem, problemText } from './problem'

function answering(status: number, body: string) {
  return vi.fn<typeof fetch>(() => Promise.resolve(new Response(status === 204 ? null : body, { status })))
}

async function failure(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
  throw new Error('it did not fail')
}

describe('createClient', () => {
  it('sends JSON and the query without empty parts', async () => {
    const fetch = answering(200, '{"items":[]}')
    const client = createClient({ fetch })
    await client.get('/cases', { mine: true, q: '', cursor: null, limit: 5 })
    expect(fetch.mock.calls[0]?.[0]).toBe('/api/v1/cases?mine=true&limit=5')
    await client.post('/cases', { a: 1 })
    expect(fetch.mock.calls[1]?.[1]).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      credentials: 'same-origin',
    })
  })

  it('reads problem+json', async () => {
    const body = {
      type: 'about:blank',
      title: 't',
      status: 409,
      code: 'guard_refused',
      detail: '不行',
      detail_en: 'no',
      request_id: 'r1',
      refusal: { step: 'S06_NOTICE', guard: 'no_gap_in_step', basis: ['行政处罚法:47'] },
    }
    const problem = await failure(createClient({ fetch: answering(409, JSON.stringify(body)) }).post('/x'))
    expect(problem).toMatchObject({ code: 'guard_refused', status: 409, requestId: 'r1' })
    expect(problem.refusal?.guard).toBe('no_gap_in_step')
  })

  it('tells a dead network from a page that is no answer', async () => {
    const dead = await failure(createClient({ fetch: () => Promise.reject(new TypeError('x')) }).get('/x'))
    expect(dead).toMatchObject({ code: 'network', unreachable: true })
    const page = await failure(createClient({ fetch: answering(502, '<html>') }).get('/x'))
    expect(page).toMatchObject({ code: 'unavailable', status: 502, unreachable: true })
    const nonsense = await failure(createClient({ fetch: answering(200, '<html>') }).get('/x'))
    expect(nonsense).toMatchObject({ code: 'unreadable', unreachable: false })
  })

  it('gives up after its time', async () => {
    vi.useFakeTimers()
    const fetch: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
      })
    const promise = failure(createClient({ fetch, timeoutMs: 1_000 }).get('/x'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await promise).code).toBe('timeout')
    vi.useRealTimers()
  })

  it('reports a session that ran out, but not a wrong password', async () => {
    const onUnauthorised = vi.fn()
    const body = JSON.stringify({ code: 'unauthorised', status: 401 })
    const client = createClient({ fetch: answering(401, body), onUnauthorised })
    await failure(client.post('/sign-in', {}))
    expect(onUnauthorised).not.toHaveBeenCalled()
    await failure(client.get('/cases'))
    expect(onUnauthorised).toHaveBeenCalledOnce()
  })
})

it('problemText prefers the translation and falls back to the sentence of the server', () => {
  const texts: Record<string, string> = { 'problem.network': '服务器没有回应', 'problem.unknown': '没有成功' }
  const i18n = (locale: string) => ({
    te: (key: string) => key in texts,
    t: (key: string) => texts[key] ?? key,
    locale,
  })
  expect(problemText(new Problem({ code: 'network' }), i18n('zh-CN'))).toBe('服务器没有回应')
  const served = new Problem({ code: 'special', detail: '细节', detail_en: 'detail' })
  expect(problemText(served, i18n('zh-CN'))).toBe('细节')
  expect(problemText(served, i18n('en'))).toBe('detail')
  expect(problemText(new Problem({ code: 'bare' }), i18n('en'))).toBe('没有成功')
})
