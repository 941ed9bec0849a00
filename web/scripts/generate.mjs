// Writes the types of the HTTP interface and of the WebSocket from the server's OpenAPI document.
//
//   npm run generate            writes them
//   npm run generate -- --check fails where the written ones differ
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const source = new URL('../../src/http/openapi.json', import.meta.url)
const document = JSON.parse(await readFile(source, 'utf8'))

const HEAD = '// Written by `npm run generate` from src/http/openapi.json. Do not edit.\n\n'

/** The WebSocket's messages are components of the same document: everything their two frames reach. */
const FRAMES = ['ClientFrame', 'ServerFrame']

function reachable(names) {
  const found = new Set()
  const queue = [...names]
  while (queue.length > 0) {
    const name = queue.pop()
    if (found.has(name)) continue
    found.add(name)
    const text = JSON.stringify(document.components.schemas[name])
    for (const [, other] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) queue.push(other)
  }
  return [...found].sort()
}

const ast = await openapiTS(document, {
  rootTypes: true,
  rootTypesNoSchemaPrefix: true,
  alphabetize: false,
})
/** Names that `names.ts` says more exactly; its own exports stand instead of the document's. */
const names = await readFile(new URL('../src/api/names.ts', import.meta.url), 'utf8')
const own = new Set([...names.matchAll(/^export (?:type|interface) (\w+)/gm)].map(([, name]) => name))
const root = astToString(ast).replace(/^export type (\w+) = components\[.*\n/gm, (line, name) =>
  own.has(name) ? '' : line,
)
const schema = `${HEAD}export type * from './names'\n${root}`

const version = 1
const protocol = `${HEAD}import type { ServerMessage } from '../api/schema.gen'

/** The version spoken; the server answers another one with \`closing\`. */
export const VERSION = ${version}

export type ServerMessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>

export type {
${reachable(FRAMES)
  .map((name) => (name === 'Capture' ? 'CaptureReport' : name))
  .map((name) => `  ${name},`)
  .join('\n')}
} from '../api/schema.gen'
`

const files = [
  [new URL('../src/api/schema.gen.ts', import.meta.url), schema],
  [new URL('../src/realtime/protocol.gen.ts', import.meta.url), protocol],
]
if (process.argv.includes('--check')) {
  for (const [file, text] of files) {
    if ((await readFile(file, 'utf8')) !== text) {
      console.error(`${file.pathname} is not what the OpenAPI document says; run npm run generate`)
      process.exitCode = 1
    }
  }
} else {
  for (const [file, text] of files) await writeFile(file, text)
}
