import type { FeatureRoutes } from '@/shared/routes'

const meta = { roles: ['officer'], surface: 'phone', messages: () => import('./messages') } as const

const feature: FeatureRoutes = {
  homes: { officer: '/officer' },
  routes: [
    { path: '/officer', name: 'officer-home', meta, component: () => import('./pages/HomePage.vue') },
    { path: '/officer/cases', name: 'officer-cases', meta, component: () => import('./pages/CasesPage.vue') },
    {
      path: '/officer/cases/:id',
      name: 'officer-case',
      meta,
      props: true,
      component: () => import('./pages/CasePage.vue'),
    },
    { path: '/officer/new', name: 'officer-new', meta, component: () => import('./pages/CaseFormPage.vue') },
    {
      path: '/officer/sessions/:sid',
      name: 'officer-session',
      meta,
      props: true,
      component: () => import('./pages/SessionPage.vue'),
    },
  ],
}

export default feature
