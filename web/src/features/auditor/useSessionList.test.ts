import { effectScope, nextTick, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { Problem } from '@/api/problem'
import type { SessionSummary } from '@/api/schema.gen'
import { sessionQuery, useSessionList, type SessionFilter } from './useSessionList'

const none: SessionFilter = { q: '', state: '', from: '', to: '' }
const row = (sid: string) => ({ sid }) as SessionSummary
const settle = async () => {
  for (let i = 0; i < 5; i += 1) await nextTick()
}

describe('sessionQuery', () => {
  it('takes days as days in China, the last one whole', () => {
    expect(sessionQuery({ ...none, from: '2026-09-17', to: '2026-09-17' })).toEqual({
      from: '2026-09-16T16:00:00.000Z',
      to: '2026-09-17T16:00:00.000Z',
    })
  })

  it('leaves out what is empty', () => {
    expect(sessionQuery({ ...none, q: '  ' })).toEqual({})
    expect(sessionQuery({ ...none, q: ' K7362 ', state: 'sealed' })).toEqual({ q: 'K7362', state: 'sealed' })
  })
})

describe('useSessionList', () => {
  it('adds pages and begins anew when the filter changes', async () => {
    const filter = ref(none)
    const asked: (string | null | undefined)[] = []
    const list = effectScope().run(() =>
      useSessionList({
        filter,
        api: {
          sessions: (query) => {
            asked.push(query.cursor)
            return Promise.resolve(
              query.cursor ? { items: [row('c')], next: null } : { items: [row('a'), row('b')], next: 'n1' },
            )
          },
        },
      }),
    )
    await settle()
    await list?.more()
    expect(list?.items.value.map((item) => item.sid)).toEqual(['a', 'b', 'c'])
    await list?.more()
    expect(asked).toEqual([null, 'n1'])
    filter.value = { ...none, q: 'x' }
    await settle()
    expect(list?.items.value.map((item) => item.sid)).toEqual(['a', 'b'])
  })

  it('drops an answer that a newer question has overtaken', async () => {
    const filter = ref({ ...none, q: 'slow' })
    let slow: (page: { items: SessionSummary[]; next: null }) => void = () => undefined
    const list = effectScope().run(() =>
      useSessionList({
        filter,
        api: {
          sessions: (query) =>
            query.q === 'slow'
              ? new Promise((resolve) => (slow = resolve))
              : Promise.resolve({ items: [row('fast')], next: null }),
        },
      }),
    )
    await settle()
    filter.value = { ...none, q: 'fast' }
    await settle()
    slow({ items: [row('slow')], next: null })
    await settle()
    expect(list?.items.value.map((item) => item.sid)).toEqual(['fast'])
  })

  it('keeps what it has when a reload fails', async () => {
    let fail = false
    const list = effectScope().run(() =>
      useSessionList({
        filter: ref(none),
        api: {
          sessions: () =>
            fail
              ? Promise.reject(new Problem({ code: 'network' }))
              : Promise.resolve({ items: [row('a')], next: null }),
        },
      }),
    )
    await settle()
    fail = true
    await list?.reload()
    expect(list?.problem.value?.code).toBe('network')
    expect(list?.items.value).toHaveLength(1)
  })
})
