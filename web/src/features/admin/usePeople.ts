import { ref, shallowRef, watch, type Ref } from 'vue'
import type { Api } from '@/api/api'
import { asProblem, type Problem } from '@/api/problem'
import type { NewUser, User, UserChange } from '@/api/schema.gen'

/** What the list is narrowed by. */
export interface PeopleFilter {
  q: string
  role: string
}

/** A form's content; a password is made by the server and shown once. */
export interface PersonForm {
  login: string
  name: string
  role: User['role']
  unit_id: string
  badge_no: string
  qualified: boolean
  police_type: string
}

/** The form of an account, or of a new one. */
export function formOf(user: User | null, unitId = ''): PersonForm {
  return {
    login: user?.login ?? '',
    name: user?.name ?? '',
    role: user?.role ?? 'officer',
    unit_id: user?.unit.id ?? unitId,
    badge_no: user?.badge_no ?? '',
    qualified: user?.qualified ?? true,
    police_type: user?.police_type ?? 'police_traffic',
  }
}

/** What a form changes in an account; what is the same is not sent. */
export function changeOf(user: User, form: PersonForm): UserChange {
  const before = formOf(user)
  const change: UserChange = {}
  if (form.name.trim() !== before.name) change.name = form.name.trim()
  if (form.role !== before.role) change.role = form.role
  if (form.unit_id !== before.unit_id) change.unit_id = form.unit_id
  if (form.badge_no.trim() !== before.badge_no) change.badge_no = form.badge_no.trim()
  if (form.qualified !== before.qualified) change.qualified = form.qualified
  if (form.police_type !== before.police_type) change.police_type = form.police_type
  return change
}

/** Accounts, page after page; changes come back into the list where they stand. */
export function usePeople(options: {
  api: Pick<Api, 'users' | 'createUser' | 'changeUser' | 'resetPassword'>
  filter: Readonly<Ref<PeopleFilter>>
}) {
  const { api, filter } = options
  const users = shallowRef<readonly User[]>([])
  const next = ref<string | null>(null)
  const loading = ref(false)
  const loaded = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let turn = 0

  async function load(cursor: string | null) {
    const mine = ++turn
    loading.value = true
    try {
      const { q, role } = filter.value
      const page = await api.users({
        cursor,
        ...(q.trim() === '' ? {} : { q: q.trim() }),
        ...(role === '' ? {} : { role }),
      })
      if (mine !== turn) return
      users.value = cursor === null ? page.items : [...users.value, ...page.items]
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

  function put(user: User) {
    const known = users.value.some((one) => one.id === user.id)
    users.value = known ? users.value.map((one) => (one.id === user.id ? user : one)) : [user, ...users.value]
  }

  watch(filter, () => void load(null), { immediate: true, deep: true })
  return {
    users,
    next,
    loading,
    loaded,
    problem,
    reload: () => load(null),
    more: () => (next.value === null ? Promise.resolve() : load(next.value)),
    /** Makes an account; the password, once. */
    async create(form: PersonForm): Promise<{ user: User; password: string | null }> {
      const body: NewUser = { ...form, login: form.login.trim(), name: form.name.trim() }
      const made = await api.createUser(body)
      put(made.user)
      return { user: made.user, password: made.password ?? null }
    },
    async change(user: User, change: UserChange): Promise<User> {
      if (Object.keys(change).length === 0) return user
      const changed = await api.changeUser(user.id, change)
      put(changed)
      return changed
    },
    async reset(user: User): Promise<string> {
      return (await api.resetPassword(user.id)).password
    },
  }
}

/** What [`usePeople`] returns. */
export type People = ReturnType<typeof usePeople>
