import type { FeatureRoutes } from '@/shared/routes'

const admin: FeatureRoutes = {
  homes: { admin: '/admin' },
  routes: [
    {
      path: '/admin',
      component: () => import('./pages/AdminLayout.vue'),
      meta: { roles: ['admin'], surface: 'desk', messages: () => import('./messages') },
      children: [
        { path: '', name: 'admin-people', component: () => import('./pages/PeoplePage.vue') },
        { path: 'units', name: 'admin-units', component: () => import('./pages/UnitsPage.vue') },
        {
          path: 'procedures',
          name: 'admin-procedures',
          component: () => import('./pages/ProceduresPage.vue'),
        },
      ],
    },
  ],
}

export default admin
