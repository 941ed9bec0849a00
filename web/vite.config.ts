import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { deskMock } from './mock/desk/plugin.ts'
import { mockServer } from './mock/plugin.ts'

/** `npm run dev -- --mode mock` answers from `mock/` (phone), `--mode desk` from `mock/desk/`; `npm run dev` talks to a server on `CLOUDSEAT`. */
const server = process.env.CLOUDSEAT ?? 'https://127.0.0.1:8443'

export default defineConfig(({ mode }) => ({
  plugins: [vue(), ...(mode === 'mock' ? [mockServer()] : []), ...(mode === 'desk' ? [deskMock()] : [])],
  cacheDir: `node_modules/.vite/${mode}`,
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  server: {
    port: 5173,
    ...(mode === 'mock' || mode === 'desk'
      ? {}
      : { proxy: { '/api': { target: server, changeOrigin: true, secure: false, ws: true } } }),
  },
  build: {
    target: ['es2022', 'chrome87', 'safari15.4', 'firefox115'],
    // Every asset is a file of its own: the Content-Security-Policy allows neither data: nor inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
    // A built mock loads faster than a served one; its other end of the call is a page of its own.
    ...(mode === 'mock'
      ? { outDir: 'node_modules/.cache/mock', rollupOptions: { input: ['index.html', 'mock/sfu.html'] } }
      : {}),
  },
  test: {
    include: ['src/**/*.test.ts', 'mock/**/*.test.ts'],
    environment: 'node',
    restoreMocks: true,
  },
}))
