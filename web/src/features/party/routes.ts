import type { FeatureRoutes } from '@/shared/routes'

const messages = () => import('./messages')

const feature: FeatureRoutes = {
  routes: [
    {
      path: '/join',
      name: 'party-join',
      meta: { surface: 'phone', messages },
      component: () => import('./pages/JoinPage.vue'),
    },
    {
      path: '/party/:sid',
      name: 'party-session',
      meta: { roles: ['party'], surface: 'phone', messages },
      props: true,
      component: () => import('./pages/PartyPage.vue'),
    },
  ],
}

export default feature
