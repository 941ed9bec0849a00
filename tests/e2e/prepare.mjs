// Before the tests: their own packages, the application's build and the server's, each only where it is missing or old.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binary } from './lib/binary.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const run = (program, args, cwd) => execFileSync(program, args, { cwd, stdio: 'inherit' })
const age = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

function newest(folder) {
  return Math.max(
    ...readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => age(join(entry.parentPath ?? entry.path, entry.name))),
  )
}

if (age(join(here, 'node_modules/.package-lock.json')) < age(join(here, 'package-lock.json'))) {
  run('npm', ['ci', '--no-audit', '--no-fund'], here)
}
const web = join(root, 'web')
if (age(join(web, 'dist/index.html')) < newest(join(web, 'src'))) {
  if (!existsSync(join(web, 'node_modules'))) run('npm', ['ci', '--no-audit', '--no-fund'], web)
  run('npm', ['run', 'build'], web)
}
if (!existsSync(binary())) run('cargo', ['build', '--bin', 'cloudseat'], root)
