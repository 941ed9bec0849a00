import { createReadStream, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Plugin, ViteDevServer } from 'vite'
import { WebSocketServer, type WebSocket } from 'ws'
import type { SessionSummary, User } from '../../src/api/schema.gen.ts'
import type { ClientFrame, ClientMessage, ServerMessage } from '../../src/realtime/protocol.gen.ts'
import { answer, makeDecision, type Effects } from '../http.ts'
import { Talk } from '../talk.ts'
import { OFFICER, P_OFFICER, P_SEAT, SEAT_PERSON, SID, World } from '../world.ts'
import * as evidence from './evidence.ts'
import { mediaFile } from './media.ts'
import { board, personOf, ringing, UNITS, USERS } from './people.ts'

/** Scenes of the desk: what the seat finds when it opens its page. */
type Scene = 'idle' | 'ringing' | 'call' | 'gap' | 'broken' | 'review' | 'seal'

class Desk {
  world = new World()
  me: User | null = null
  scene: Scene = 'idle'
  failing: string | null = null
  slow = false
  users = [...USERS]
  units = [...UNITS]
  audit: { sid: string; purpose: string; type: string; at: number; who: User }[] = []

  get state() {
    return this.scene === 'idle' ? 'idle' : this.scene === 'ringing' ? 'ringing' : 'busy'
  }

  set(scene: Scene) {
    this.scene = scene
    this.world = new World()
    if (scene === 'idle' || scene === 'ringing') return
    this.world.jumpTo(
      scene === 'review' ? 'S09_SUPERVISE' : scene === 'seal' ? 'S14_REC_CLOSE' : 'S06_NOTICE',
    )
    this.world.session = 'live'
    this.world.startedAt = Date.now() - 192_000
    this.world.openedAt = Date.now() - 210_000
    this.world.partyHere = true
    for (const id of ['SC02.1', 'SC02.2']) if (scene === 'call') this.world.of('S06_NOTICE').read.add(id)
    if (scene === 'gap') this.world.gap(Date.now() - 38_000, Date.now() - 18_000)
    if (scene === 'broken') this.world.gap(Date.now() - 12_000, null)
    if (scene === 'seal') {
      this.world.of('S14_REC_CLOSE').state = 'open'
      makeDecision(this.world)
    }
  }
}

const SIDS = Object.keys(evidence.SESSIONS)

/** The desk's server during development: seat, chief, auditor and administrator. */
export function deskMock(): Plugin {
  return { name: 'mock-desk', configureServer: (server) => serve(server) }
}

function serve(server: ViteDevServer): void {
  const desk = new Desk()
  const talks = new Map<string, Talk>()
  let sfu: WebSocket | null = null
  const tell = (body: ServerMessage) => {
    for (const talk of talks.values()) talk.say(body)
  }
  const tellBoard = () => tell({ type: 'queue.changed', ...board(desk.state) })
  const changed = () => tell({ type: 'session.changed', sid: SID, size: desk.world.size })
  const effects: Effects = {
    called: () => undefined,
    cancelled: () => undefined,
    changed,
    sealed() {
      tell({ type: 'session.ended', sid: SID, state: 'sealed' })
      desk.set('idle')
      tellBoard()
    },
    reset: () => undefined,
  }

  server.middlewares.use((request, response, next) => {
    const url = new URL(request.url ?? '/', 'http://mock')
    if (url.pathname === '/mock/scene') {
      const query = url.searchParams
      desk.me = USERS.find((one) => one.role === query.get('role')) ?? desk.me
      desk.failing = query.get('fail')
      desk.slow = query.has('slow')
      if (query.has('scene')) desk.set(query.get('scene') as Scene)
      tellBoard()
      response.end('ok')
      return
    }
    if (
      url.pathname !== '/readyz' &&
      (!url.pathname.startsWith('/api/v1/') || url.pathname === '/api/v1/ws')
    ) {
      next()
      return
    }
    void handle(url, request, response)
  })

  async function handle(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = url.pathname.replace(/^\/api\/v1/u, '')
    if (desk.slow) await new Promise((resolve) => setTimeout(resolve, 4000))
    if (desk.failing !== null && path.startsWith(desk.failing)) {
      response.statusCode = 502
      response.end('<html>bad gateway')
      return
    }
    const method = request.method ?? 'GET'
    const track = /^\/sessions\/([0-9a-f]{32})\/recording\/(t\d)$/.exec(path)
    if (track?.[2] !== undefined) {
      stream(track[2], request, response)
      return
    }
    if (
      path === '/sign-in' ||
      path.startsWith('/users') ||
      (path.startsWith('/units') && method === 'POST')
    ) {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, never>
      reply(response, people(method, path, body, url.searchParams))
      return
    }
    const own = read(method, path, url.searchParams)
    if (own === undefined) await answer(desk.world, effects, request, response)
    else reply(response, own)
  }

  function reply(response: ServerResponse, body: unknown): void {
    response.statusCode = body === null ? 404 : 200
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify(body ?? { code: 'not_found', detail: '没有', detail_en: 'Not found', status: 404 }),
    )
  }

  function people(
    method: string,
    path: string,
    body: Record<string, never>,
    query: URLSearchParams,
  ): unknown {
    if (path === '/sign-in') {
      desk.me = USERS.find((one) => one.role === body.login || one.login === body.login) ?? null
      return desk.me && { token: 't', expires_at: '2027-01-01T00:00:00.000Z', user: desk.me }
    }
    if (path === '/units') {
      const unit = { ...body, id: `u${desk.units.length}` } as never
      desk.units.push(unit)
      return unit
    }
    if (path === '/users' && method === 'GET') {
      const q = query.get('q') ?? ''
      const role = query.get('role')
      const items = desk.users.filter(
        (one) =>
          (q === '' || one.name.includes(q) || one.badge_no.includes(q) || one.login.includes(q)) &&
          (!role || one.role === role),
      )
      return { items, next: null }
    }
    if (path === '/users') {
      const unit = desk.units.find((one) => one.id === body.unit_id)
      const user = {
        ...(body as object),
        id: `n${desk.users.length}`,
        unit,
        disabled: false,
        created_at: new Date().toISOString(),
      } as unknown as User
      desk.users.push(user)
      return { user, password: 'kfx7-2mqd-p9wt' }
    }
    const id = path.split('/')[2] ?? ''
    if (path.endsWith('/password')) return { password: 'kfx7-2mqd-p9wt' }
    desk.users = desk.users.map((one) => (one.id === id ? { ...one, ...(body as object) } : one))
    return desk.users.find((one) => one.id === id) ?? null
  }

  function note(sid: string, purpose: string, type = 'access.viewed'): void {
    if (desk.me) desk.audit.unshift({ sid, purpose, type, at: Date.now(), who: desk.me })
  }

  function read(method: string, path: string, query: URLSearchParams): unknown {
    const get = method === 'GET'
    if (get && path === '/me') return { user: desk.me, party: null }
    if (get && path === '/queue') return { items: board(desk.state).queue, next: null }
    if (get && path === '/seats') return { items: board(desk.state).seats, next: null }
    if (get && path === '/units') return { items: desk.units, next: null }
    if (get && path === '/figures')
      return { sessions_today: 14, mean_handling_ms: 200_000, returned_today: 1 }
    if (get && path === '/audit') {
      const items = desk.audit.map((line, index) => ({
        time: new Date(line.at).toISOString(),
        sid: line.sid,
        seq: 5900 + index,
        actor: `${line.who.role}:h9`,
        person: personOf(line.who),
        type: line.type,
        purpose: line.purpose,
      }))
      return { items, next: null }
    }
    if (get && path === '/sessions') return { items: sessions(query), next: null }
    const [, sid = '', rest = ''] = /^\/sessions\/([0-9a-f]{32})(?:\/(.*))?$/.exec(path) ?? []
    const receipt = /^\/receipts\/([0-9a-f]{32})\/consistency$/.exec(path)
    if (receipt?.[1] !== undefined) return evidence.consistencyOf(receipt[1], Number(query.get('from')))
    if (!SIDS.includes(sid)) return undefined
    switch (rest) {
      case '':
        return {
          ...evidence.summary(sid, 2187 + SIDS.indexOf(sid)),
          participants: [],
          integrity: {},
          me: null,
        }
      case 'recording':
        note(sid, 'recording')
        return evidence.evidence(sid).recording
      case 'decision':
        return evidence.decisionOf(sid)
      case 'verification':
        note(sid, 'verification')
        return evidence.verification(sid)
      case 'log': {
        const from = Number(query.get('from') ?? 0)
        const limit = Number(query.get('limit') ?? 200)
        const { log } = evidence.evidence(sid)
        return {
          items: log.slice(from, from + limit),
          next: from + limit < log.length ? String(from + limit) : null,
        }
      }
      default:
        return undefined
    }
  }

  function sessions(query: URLSearchParams): SessionSummary[] {
    const state = query.get('state')
    const q = query.get('q') ?? ''
    const verdicts = ['incomplete', 'complete', 'altered', 'unusable'] as const
    const sealed = SIDS.map((sid, index) =>
      evidence.summary(sid, 2187 + index, {
        verdict: {
          verdict:
            verdicts[index] === 'altered'
              ? 'tampered'
              : verdicts[index] === 'unusable'
                ? 'unusable'
                : 'valid',
          completeness: verdicts[index] ?? 'unknown',
          at: '2026-11-03T02:14:22.000Z',
        },
      }),
    )
    const live = board('busy')
      .seats.filter((seat) => seat.state === 'busy')
      .map((seat, index) =>
        evidence.summary(seat.sid ?? SID, 2201 + index, {
          state: index === 2 ? 'interrupted' : 'live',
          seat: seat.person,
          opened_at: seat.since,
          sealed_at: null,
          duration_ms: Date.now() - Date.parse(seat.since),
          decision: null,
          officer: personOf(desk.users[13 + index] ?? desk.users.at(0) ?? OFFICER),
          gaps: index === 1 ? 1 : 0,
          gap_ms: index === 1 ? 12_000 : 0,
        }),
      )
    const older = Array.from({ length: 16 }, (_, index) =>
      evidence.summary(`${String(index).padStart(2, '0')}5e1c74a3fa6d289b5e1c74a3fa6d28`, 2186 - index, {
        state: index % 7 === 3 ? 'abandoned' : 'sealed',
        decision:
          index % 5 === 2 ? null : { doc_no: `LX-20260917-0000${13 - (index % 10)}`, penalty_text: '警告' },
        duration_ms: 120_000 + index * 31_000,
      }),
    )
    return [...live, ...sealed.toReversed(), ...older].filter(
      (one) =>
        (!state || one.state === state) &&
        (q === '' || `${one.session_no}${one.decision?.doc_no ?? ''}${one.officer.name}`.includes(q)),
    )
  }

  function stream(track: string, request: IncomingMessage, response: ServerResponse): void {
    const found = evidence.fileOf(track)
    const file = found && mediaFile(found.picture, found.kind)
    if (!found || !file) {
      response.statusCode = 404
      response.end()
      return
    }
    const size = statSync(file).size
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '')
    const from = Number(range?.[1] ?? 0)
    const to = range?.[2] ? Number(range[2]) : size - 1
    response.writeHead(range ? 206 : 200, {
      'content-type': `${found.kind}/mp4`,
      'accept-ranges': 'bytes',
      'content-length': to - from + 1,
      ...(range ? { 'content-range': `bytes ${from}-${to}/${size}` } : {}),
    })
    createReadStream(file, { start: from, end: to }).pipe(response)
  }

  function heard(talk: Talk, device: string, body: ClientMessage): void {
    switch (body.type) {
      case 'call.answer':
        desk.set('call')
        tell({ type: 'call.answered', sid: SID, seat: SEAT_PERSON })
        tellBoard()
        break
      case 'call.decline':
        desk.set('idle')
        tell({ type: 'call.withdrawn', sid: SID, reason: 'settled' })
        tellBoard()
        break
      case 'session.join':
        talk.say({
          type: 'session.joined',
          sid: SID,
          participant: P_SEAT,
          connection: 1,
          must_send: ['audio', 'video'],
          roster: desk.world.roster(),
          integrity: desk.world.integrity(),
        })
        break
      case 'media.offer':
        sfu?.send(JSON.stringify({ device, ...body }))
        break
      case 'seat.state':
      case 'session.leave':
      case 'media.state':
      case 'screen.turned':
        break
    }
  }

  const sockets = new WebSocketServer({ noServer: true })
  server.httpServer?.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? '').split('?')[0]
    if (path === '/api/v1/ws') sockets.handleUpgrade(request, socket, head, join)
    if (path === '/mock/sfu') sockets.handleUpgrade(request, socket, head, joinSfu)
  })

  function join(client: WebSocket): void {
    let talk: Talk | null = null
    client.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ClientFrame
      if (frame.frame !== 'hello') {
        talk?.hear(frame)
        return
      }
      const own = new Talk(crypto.randomUUID(), (body) => heard(own, frame.device, body))
      talks.set(frame.device, own)
      talk = own
      own.attach(client, null)
      own.say({ type: 'queue.changed', ...board(desk.state) })
      if (desk.scene === 'ringing') {
        const call = ringing()
        own.say({ type: 'call.offered', call, until: call.ringing?.until ?? '' })
      }
    })
  }

  function joinSfu(client: WebSocket): void {
    sfu = client
    client.on('message', (data: Buffer) => {
      const { device, ...message } = JSON.parse(data.toString()) as ServerMessage & { device: string }
      // The drawn person is the officer here.
      if (message.type === 'media.answer') {
        message.slots = message.slots.map((slot) => ({ ...slot, participant: P_OFFICER }))
      }
      talks.get(device)?.say(message)
    })
  }

  setInterval(() => {
    if (desk.world.startedAt !== null)
      tell({ type: 'session.integrity', sid: SID, integrity: desk.world.integrity() })
  }, 500).unref()
}
