import type { FeatureRoutes } from '@/shared/routes'

const page = {
  meta: { surface: 'phone', messages: () => import('./messages') },
  props: true,
  component: () => import('./pages/ReceiptPage.vue'),
} as const

const feature: FeatureRoutes = {
  routes: [
    { path: '/receipt/:sid', name: 'receipt', ...page },
    { path: '/v/:sid', name: 'receipt-short', ...page },
  ],
}

export default feature
