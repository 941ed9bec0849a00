import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

/** The server under test: `CLOUDSEAT_BIN`, else the debug build where cargo puts it. */
export function binary() {
  return process.env.CLOUDSEAT_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/cloudseat')
}

/** The browser under test: `CHROMIUM`, else where Debian and its relatives put it. */
export function chromiumPath() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  return found.find((path) => path !== undefined && existsSync(path))
}
