import type { FeatureRoutes } from '@/shared/routes'

const messages = () => import('./messages')

const seat: FeatureRoutes = {
  homes: { seat: '/seat', chief: '/chief' },
  routes: [
    {
      path: '/seat',
      name: 'seat',
      component: () => import('./pages/SeatPage.vue'),
      meta: { roles: ['seat'], surface: 'desk', messages },
    },
    {
      path: '/chief',
      name: 'chief',
      component: () => import('./pages/ChiefPage.vue'),
      meta: { roles: ['chief'], surface: 'desk', messages },
    },
  ],
}

export default seat
