import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SRC = join(dirname(fileURLToPath(import.meta.url)), '../../../web/src')

/** The first parts of message keys that the application asks for. */
const roots = new Set()
for (const entry of readdirSync(SRC, { withFileTypes: true, recursive: true })) {
  if (!entry.isFile() || !/\.(vue|ts)$/u.test(entry.name)) continue
  const text = readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8')
  for (const [, root] of text.matchAll(/\bt\((?:[^()'"`]*[?:]\s*)?['"`]([a-z_]+)\.[a-z_.${}]+/gu)) roots.add(root)
}
if (roots.size < 5) throw new Error('the application asks for no messages: has its way of doing so changed?')

/** Message keys that stand on a screen instead of words. Types of log entries look like keys; they stand in code. */
export async function loosenedKeys(page) {
  return page.evaluate((known) => {
    const found = new Set()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.parentElement?.closest('pre, code, .type, script, style') != null) continue
      for (const [key] of node.data.matchAll(/\b[a-z_]+(?:\.[a-z_]+)+\b/gu)) {
        if (known.includes(key.split('.')[0])) found.add(key)
      }
    }
    return [...found]
  }, [...roots])
}
