import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Plugin, PreviewServer, ViteDevServer } from 'vite'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ClientFrame, ClientMessage, ServerMessage } from '../src/realtime/protocol.gen.ts'
import { answer, makeDecision, type Effects } from './http.ts'
import { PLAN } from './steps.ts'
import { Talk } from './talk.ts'
import { P_OFFICER, P_PARTY, SEAT_PERSON, SID, World } from './world.ts'

/** Sets the world up so that one screen can be looked at. */
const SCENES: Readonly<Record<string, (world: World) => void>> = {
  home: () => undefined,
  'home-empty': (world) => (world.cases = []),
  'home-error': (world) => (world.failing = '/cases'),
  'home-slow': (world) => (world.slow = true),
  'signed-out': (world) => (world.signedIn = null),
  identity: (world) => world.jumpTo('S03_IDENTITY'),
  party: (world) => world.jumpTo('S04_PARTY'),
  facts: (world) => world.jumpTo('S05_FACTS'),
  notice: (world) => {
    world.jumpTo('S06_NOTICE')
    world.startedAt = Date.now() - 192_000
    world.openedAt = Date.now() - 210_000
    for (const id of ['SC02.1', 'SC02.2']) world.of('S06_NOTICE').read.add(id)
  },
  gap: (world) => {
    world.jumpTo('S06_NOTICE')
    world.startedAt = Date.now() - 249_000
    world.openedAt = Date.now() - 260_000
    world.gap(Date.now() - 20_000, null)
  },
  broken: (world) => {
    world.jumpTo('S06_NOTICE')
    world.startedAt = Date.now() - 249_000
    world.openedAt = Date.now() - 260_000
    world.gap(Date.now() - 12_000, null)
  },
  defence: (world) => {
    world.jumpTo('S07_DEFENCE')
    world.of('S07_DEFENCE').read.add('SC17.1')
  },
  review: (world) => world.jumpTo('S08_REVIEW'),
  supervise: (world) => world.jumpTo('S09_SUPERVISE'),
  decision: (world) => world.jumpTo('S10_DECISION'),
  sign: (world) => {
    world.jumpTo('S11_SIGN')
    world.of('S11_SIGN').read.add('SC03.1')
    makeDecision(world)
  },
  deliver: (world) => {
    world.jumpTo('S12_DELIVER')
    makeDecision(world)
  },
  release: (world) => {
    world.jumpTo('S13_RELEASE')
    makeDecision(world)
  },
  seal: (world) => {
    world.jumpTo('S14_REC_CLOSE')
    world.of('S14_REC_CLOSE').state = 'open'
    makeDecision(world)
  },
}

/** When the gap of that scene is over. */
const GAP_HEALS_MS = 3_000
/** How long the mock's seat takes for a sentence. */
const SENTENCE_MS = 2_500

/** Answers `/api/v1` and its WebSocket during development, without a server: one officer, one seat, one session. */
export function mockServer(): Plugin {
  return {
    name: 'mock-server',
    configureServer(server) {
      serve(server)
    },
    configurePreviewServer(server) {
      serve(server)
    },
  }
}

function serve(server: ViteDevServer | PreviewServer): void {
  let world = new World()
  let scripted = true
  const talks = new Map<string, Talk>()
  let sfu: WebSocket | null = null
  const timers = new Set<NodeJS.Timeout>()
  const later = (ms: number, job: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      job()
    }, ms)
    timers.add(timer)
  }
  const tell = (body: ServerMessage) => {
    for (const talk of talks.values()) talk.say(body)
  }

  const effects: Effects = {
    called() {
      later(1_500, () => tell({ type: 'call.queued', sid: SID, position: 2, ringing: null }))
      later(4_000, () => {
        if (world.session !== 'queued') return
        world.session = 'ringing'
        const until = new Date(Date.now() + 15_000).toISOString()
        tell({ type: 'call.queued', sid: SID, position: 1, ringing: { person: SEAT_PERSON, until } })
      })
      later(9_000, () => {
        if (world.session !== 'ringing') return
        world.session = 'live'
        tell({ type: 'call.answered', sid: SID, seat: SEAT_PERSON })
      })
    },
    cancelled: () => tell({ type: 'session.ended', sid: SID, state: 'cancelled' }),
    changed() {
      tell({ type: 'session.changed', sid: SID, size: world.size })
      if (scripted) later(SENTENCE_MS, seatActs)
    },
    sealed: () => tell({ type: 'session.ended', sid: SID, state: 'sealed' }),
    reset(scene) {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      world = new World()
      scripted = !scene.endsWith('!')
      SCENES[scene.replace('!', '')]?.(world)
      if (world.startedAt !== null) world.session = 'live'
      if (scene.startsWith('gap'))
        later(GAP_HEALS_MS, () => world.gaps.forEach((gap) => (gap.to ??= Date.now())))
      tell({ type: 'session.changed', sid: SID, size: world.size })
    },
  }

  /** The seat reads, confirms and approves what is its to do. */
  function seatActs(): void {
    const next = world.view().primary
    if (next == null || !next.by.includes('seat') || next.by.includes('officer')) return
    const progress = world.of(next.step)
    if (next.act === 'sentence') {
      const sentence = PLAN.find(({ id }) => id === next.step)?.sentences?.find(
        ([id]) => !progress.read.has(id),
      )
      if (sentence !== undefined) progress.read.add(sentence[0])
    } else if (next.act === 'confirm') {
      for (const guard of PLAN.find(({ id }) => id === next.step)?.guards ?? [])
        progress.confirmed.add(guard.id ?? '')
    } else if (next.act === 'review') {
      world.mark(next.step, 'completed')
      world.openNext()
    }
    effects.changed()
  }

  function heard(talk: Talk, device: string, body: ClientMessage): void {
    switch (body.type) {
      case 'session.join':
        if (world.startedAt === null) later(1_200, startRecording)
        talk.say({
          type: 'session.joined',
          sid: SID,
          participant: world.signedIn === 'party' ? P_PARTY : P_OFFICER,
          connection: 1,
          must_send: ['audio', 'video'],
          roster: world.roster(),
          integrity: world.integrity(),
        })
        break
      case 'media.offer':
        if (sfu === null) {
          talk.say({
            type: 'media.rejected',
            sid: SID,
            request: body.request,
            code: 'busy',
            detail: 'open /mock/sfu.html in another tab',
          })
        } else sfu.send(JSON.stringify({ device, ...body }))
        break
      case 'screen.turned':
        world.toParty = body.to_party
        break
      case 'session.leave':
      case 'media.state':
      case 'seat.state':
      case 'call.answer':
      case 'call.decline':
        break
    }
  }

  function startRecording(): void {
    if (world.startedAt !== null) return
    world.session = 'live'
    world.startRecording()
    effects.changed()
  }

  server.middlewares.use((request, response, next) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (path === '/readyz' || (path.startsWith('/api/v1/') && path !== '/api/v1/ws')) {
      void answer(world, effects, request, response)
    } else next()
  })

  const sockets = new WebSocketServer({ noServer: true })
  server.httpServer?.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? '').split('?')[0]
    if (path === '/api/v1/ws') sockets.handleUpgrade(request, socket, head, (client) => join(client))
    if (path === '/mock/sfu') sockets.handleUpgrade(request, socket, head, (client) => joinSfu(client))
  })

  function join(client: WebSocket): void {
    let talk: Talk | null = null
    client.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ClientFrame
      if (frame.frame !== 'hello') {
        talk?.hear(frame)
        return
      }
      const known = talks.get(frame.device)
      const { resume } = frame
      const resumed = resume != null && known?.token === resume.token
      const own = resumed ? known : new Talk(crypto.randomUUID(), (body) => heard(own, frame.device, body))
      talks.set(frame.device, own)
      talk = own
      own.attach(client, resumed ? (resume?.received ?? null) : null)
    })
  }

  function joinSfu(client: WebSocket): void {
    sfu = client
    client.on('close', () => {
      if (sfu === client) sfu = null
    })
    client.on('message', (data: Buffer) => {
      const { device, ...message } = JSON.parse(data.toString()) as ServerMessage & { device: string }
      talks.get(device)?.say(message)
    })
  }

  setInterval(() => {
    if (world.startedAt !== null) tell({ type: 'session.integrity', sid: SID, integrity: world.integrity() })
  }, 500).unref()
}
