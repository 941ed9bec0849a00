import type { FeatureRoutes } from '@/shared/routes'

const auditor: FeatureRoutes = {
  homes: { auditor: '/audit' },
  routes: [
    {
      path: '/audit',
      component: () => import('./pages/AuditLayout.vue'),
      meta: { roles: ['auditor', 'chief'], surface: 'desk', messages: () => import('./messages') },
      children: [
        { path: '', name: 'audit-sessions', component: () => import('./pages/SessionsPage.vue') },
        { path: 'access', name: 'audit-access', component: () => import('./pages/AccessPage.vue') },
        {
          path: 'sessions/:sid([0-9a-f]{32})',
          component: () => import('./pages/SessionScope.vue'),
          children: [
            { path: '', name: 'audit-session', component: () => import('./pages/SessionPage.vue') },
            {
              path: 'verification',
              name: 'audit-verification',
              component: () => import('./pages/VerificationPage.vue'),
            },
            { path: 'log', name: 'audit-log', component: () => import('./pages/LogPage.vue') },
          ],
        },
      ],
    },
  ],
}

export default auditor
