import { effectScope, nextTick, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import type { User, UserChange } from '@/api/schema.gen'
import { changeOf, formOf, usePeople } from './usePeople'

const user = (id: string, change: Partial<User> = {}): User => ({
  id,
  login: `u${id}`,
  name: id,
  role: 'officer',
  unit: { id: 'u1', name: '', short_name: '' },
  badge_no: '1',
  qualified: true,
  police_type: 'police_traffic',
  disabled: false,
  created_at: '2026-01-01T00:00:00.000Z',
  ...change,
})
const settle = async () => {
  for (let i = 0; i < 5; i += 1) await nextTick()
}

describe('changeOf', () => {
  it('sends only what was changed', () => {
    const before = user('a')
    expect(changeOf(before, formOf(before))).toEqual({})
    expect(changeOf(before, { ...formOf(before), name: ' b ', qualified: false })).toEqual({
      name: 'b',
      qualified: false,
    })
  })
})

describe('usePeople', () => {
  function people() {
    const sent: UserChange[] = []
    const made = effectScope().run(() =>
      usePeople({
        filter: ref({ q: '', role: '' }),
        api: {
          users: () => Promise.resolve({ items: [user('a'), user('b')], next: null }),
          createUser: (body) => Promise.resolve({ user: user('c', { name: body.name }), password: 'once' }),
          changeUser: (id, change) => {
            sent.push(change)
            return Promise.resolve(user(id, { disabled: change.disabled === true }))
          },
          resetPassword: () => Promise.resolve({ password: 'new' }),
        },
      }),
    )
    if (made === undefined) throw new Error('no scope')
    return { made, sent }
  }

  it('shows a change where the account stands, and a new account first', async () => {
    const { made } = people()
    await settle()
    await made.change(user('b'), { disabled: true })
    expect(made.users.value.map((one) => [one.id, one.disabled])).toEqual([
      ['a', false],
      ['b', true],
    ])
    const { password } = await made.create({ ...formOf(null, 'u1'), login: ' x ', name: ' 新人 ' })
    expect(password).toBe('once')
    expect(made.users.value[0]?.name).toBe('新人')
  })

  it('asks nothing of the server for no change', async () => {
    const { made, sent } = people()
    await made.change(user('a'), {})
    expect(sent).toEqual([])
  })
})
