import type { PartyPass, Role } from '@/api/schema.gen'

export interface Target {
  path: string
  name: string
  /** Who may open it; null: anybody. */
  roles: readonly Role[] | null
}

/** Whether a page opens, or where to go instead. Rights are the server's; this only saves a detour. */
export function decide(
  to: Target,
  who: { role: Role | null; party: PartyPass | null },
  homes: Partial<Record<Role, string>>,
): true | string | { path: string; query: Record<string, string> } {
  const home = who.role === null ? undefined : homes[who.role]
  if (to.name === 'sign-in' && home !== undefined) return home
  if (to.name === 'home') return home ?? '/sign-in'
  if (to.roles === null) return true
  if (who.role === null) return { path: '/sign-in', query: { to: to.path } }
  if (to.roles.includes(who.role)) return true
  return home ?? '/sign-in'
}

/** Where to go after signing in: the page that was asked for if it is one of ours, else home. */
export function landing(asked: unknown, home: string | undefined): string {
  const inside = typeof asked === 'string' && asked.startsWith('/') && !asked.startsWith('//')
  return inside ? asked : (home ?? '/')
}
