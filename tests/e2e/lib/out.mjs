import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where pictures of screens and logs of servers go. */
export const OUT = join(dirname(fileURLToPath(import.meta.url)), '../out')
