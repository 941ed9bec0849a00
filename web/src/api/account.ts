import { computed, inject, ref, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { Api } from './api'
import type { PartyPass, Role, User } from './schema.gen'

export interface Account {
  /** Who is signed in; null: nobody, or not known yet (`loaded` false). */
  user: Ref<User | null>
  /** A party's pass to one session. */
  party: Ref<PartyPass | null>
  loaded: Ref<boolean>
  /** The session ran out while the application was open; the next sign-in returns to the same page. */
  expired: Ref<boolean>
  role: ComputedRef<Role | null>
  load: () => Promise<void>
  signIn: (login: string, password: string) => Promise<void>
  signOut: () => Promise<void>
  join: (token: string) => Promise<PartyPass>
  expire: () => void
}

/** Who uses the application. */
export function createAccount(options: { api: Api }): Account {
  const { api } = options
  const user = ref<User | null>(null)
  const party = ref<PartyPass | null>(null)
  const loaded = ref(false)
  const expired = ref(false)

  return {
    user,
    party,
    loaded,
    expired,
    role: computed(() => user.value?.role ?? (party.value === null ? null : 'party')),
    async load() {
      const me = await api.me()
      user.value = me.user ?? null
      party.value = me.party ?? null
      loaded.value = true
    },
    async signIn(login, password) {
      const signedIn = await api.signIn(login, password)
      user.value = signedIn.user
      party.value = null
      loaded.value = true
      expired.value = false
    },
    async signOut() {
      await api.signOut()
      user.value = null
      party.value = null
    },
    async join(token) {
      const { sid, participant, expires_at } = await api.join(token)
      user.value = null
      party.value = { sid, participant, expires_at }
      loaded.value = true
      expired.value = false
      return party.value
    },
    expire() {
      if (user.value !== null || party.value !== null) expired.value = true
      user.value = null
      party.value = null
      loaded.value = true
    },
  }
}

export const AccountKey: InjectionKey<Account> = Symbol('account')

export function useAccount(): Account {
  const account = inject(AccountKey)
  if (account === undefined) throw new Error('useAccount needs provide(AccountKey)')
  return account
}
