import type { RouteRecordRaw } from 'vue-router'
import type { Role } from '@/api/schema.gen'
import type { Messages } from './i18n'

declare module 'vue-router' {
  interface RouteMeta {
    /** Who may open it; absent: anybody, signed in or not. */
    roles?: readonly Role[]
    /** Which half of the tokens applies; the parent's where absent. */
    surface?: 'phone' | 'desk'
    /** The texts of its feature, loaded before it opens. */
    messages?: () => Promise<{ default: Messages }>
  }
}

/** What each `features/<name>/routes.ts` exports by default; `app/router.ts` finds them all. */
export interface FeatureRoutes {
  routes: RouteRecordRaw[]
  /** Where a role lands after signing in. */
  homes?: Partial<Record<Role, string>>
}
