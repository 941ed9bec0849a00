import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router'
import type { Account } from '@/api/account'
import { Problem } from '@/api/problem'
import type { Role } from '@/api/schema.gen'
import { addMessages } from '@/shared/i18n'
import type { FeatureRoutes } from '@/shared/routes'
import { decide } from './guard'

const features = Object.values(
  import.meta.glob<FeatureRoutes>('../features/*/routes.ts', { eager: true, import: 'default' }),
)

/** Where each role lands after signing in. */
export const homes: Partial<Record<Role, string>> = features.reduce(
  (all, feature) => ({ ...all, ...feature.homes }),
  {},
)

const own: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./HomePage.vue') },
  { path: '/sign-in', name: 'sign-in', component: () => import('./SignInPage.vue') },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('./NotFoundPage.vue') },
]

export function createAppRouter(options: { account: Account }): Router {
  const { account } = options
  const router = createRouter({
    history: createWebHistory(),
    routes: [...own, ...features.flatMap(({ routes }) => routes)],
    scrollBehavior: () => ({ top: 0 }),
  })

  router.beforeEach(async (to) => {
    if (!account.loaded.value) {
      try {
        await account.load()
      } catch (thrown) {
        // Without the server a page that needs somebody shows its own error; sign-in stays reachable.
        if (!(thrown instanceof Problem)) throw thrown
      }
    }
    return decide(
      { path: to.fullPath, name: String(to.name ?? ''), roles: to.meta.roles ?? null },
      { role: account.role.value, party: account.party.value },
      homes,
    )
  })

  const loaded = new Set<unknown>()
  router.beforeResolve(async (to) => {
    for (const { meta } of to.matched) {
      if (meta.messages === undefined || loaded.has(meta.messages)) continue
      addMessages((await meta.messages()).default)
      loaded.add(meta.messages)
    }
    document.documentElement.dataset.surface = to.meta.surface ?? surfaceOf(window)
  })
  return router
}

/** Sign-in and error pages follow the screen. */
function surfaceOf(win: Window): 'phone' | 'desk' {
  return win.innerWidth >= 800 ? 'desk' : 'phone'
}
