import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Api } from './api.mjs'
import { binary } from './binary.mjs'
import { OUT } from './out.mjs'
import { until } from './until.mjs'

const children = new Set()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

async function freeTcpPort() {
  const server = createServer()
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function freeUdpPort() {
  const socket = createSocket('udp4')
  await new Promise((resolve, reject) => socket.once('error', reject).bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise((resolve) => socket.close(resolve))
  return port
}

/** The real server on ports and a data folder of its own. */
export class Server {
  /** Starts one; `name` names its log. */
  static async start(name) {
    const dir = mkdtempSync(join(tmpdir(), 'cloudseat-e2e-'))
    const server = new Server(name, dir, await freeTcpPort(), await freeUdpPort())
    try {
      await server.run()
    } catch (thrown) {
      await server.stop()
      throw thrown
    }
    return server
  }

  constructor(name, dir, port, mediaPort) {
    this.name = name
    this.dir = dir
    this.port = port
    this.mediaPort = mediaPort
    this.dataDir = join(dir, 'data')
    this.url = `https://localhost:${port}`
    mkdirSync(OUT, { recursive: true })
    this.logPath = join(OUT, `${name}-server.log`)
    rmSync(this.logPath, { force: true })
  }

  /** Starts it on its data folder and ports, and waits until it is ready. */
  async run() {
    const log = openSync(this.logPath, 'a')
    const env = {
      ...process.env,
      CLOUDSEAT_MEDIA_UDP: `127.0.0.1:${this.mediaPort}`,
      CLOUDSEAT_MEDIA_ADVERTISE: '127.0.0.1',
      CLOUDSEAT_LOG: process.env.CLOUDSEAT_LOG ?? 'info,cloudseat=debug',
    }
    const args = ['serve', '--demo', '--data-dir', this.dataDir, '--listen', `127.0.0.1:${this.port}`]
    const child = spawn(binary(), args, { env, stdio: ['ignore', log, log] })
    closeSync(log)
    children.add(child)
    this.child = child
    this.exited = new Promise((resolve) => {
      child.once('error', resolve)
      child.once('exit', resolve)
    })
    void this.exited.then(() => children.delete(child))
    await until('the server to be ready', async () => {
      if (child.exitCode !== null) throw Object.assign(new Error(`${binary()} ended with ${child.exitCode}; see ${this.logPath}`), { hopeless: true })
      const ready = await this.stranger().get('/readyz', { raw: true })
      return ready.status === 200
    }, { within: 60_000 })
  }

  /** The power goes: no signal handler, no flush. */
  async kill9() {
    this.child.kill('SIGKILL')
    await this.exited
  }

  /** The orderly end, and its folder with it. */
  async stop() {
    this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000)
    await this.exited
    clearTimeout(timer)
    if (process.env.E2E_KEEP === undefined) rmSync(this.dir, { recursive: true, force: true })
    else console.error(`kept: ${this.dir}`)
  }

  /** Requests without an account. */
  stranger() {
    return new Api(this.port, readAuthority(this.dataDir), null)
  }

  /** The password of a demo account. */
  account(login) {
    const accounts = JSON.parse(readFileSync(join(this.dataDir, 'demo-accounts.json'), 'utf8'))
    const found = accounts.find((account) => account.login === login)
    if (found === undefined) throw new Error(`there is no demo account ${login}`)
    return found
  }

  /** Signs in with a demo account. */
  async signIn(login) {
    const { password } = this.account(login)
    const { token } = await this.stranger().post('/api/v1/sign-in', { login, password })
    return new Api(this.port, readAuthority(this.dataDir), token)
  }

  log() {
    return readFileSync(this.logPath, 'utf8')
  }

  get trust() {
    return join(this.dataDir, 'trust.json')
  }
}

function readAuthority(dataDir) {
  try {
    return readFileSync(join(dataDir, 'tls/authority.pem'))
  } catch (thrown) {
    if (thrown.code === 'ENOENT') throw new Error('the server has not made its certificate yet')
    throw thrown
  }
}
