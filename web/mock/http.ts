import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Capture, Case } from '../src/api/schema.gen.ts'
import { PLAN } from './steps.ts'
import { CASE_ID, DRAFT, OFFICER, OFFICER_PERSON, P_PARTY, SEAT_PERSON, SID, type World } from './world.ts'

export interface Effects {
  /** A call was placed: the queue and the seat begin to move. */
  called: () => void
  cancelled: () => void
  /** Something in the procedure changed. */
  changed: () => void
  sealed: () => void
  reset: (scene: string) => void
}

interface Reply {
  status: number
  body?: unknown
  bytes?: Buffer
  type?: string
}

const ok = (body: unknown): Reply => ({ status: 200, body })
const refuse = (
  status: number,
  code: string,
  detail: string,
  detail_en: string,
  more: object = {},
): Reply => ({
  status,
  body: {
    type: `urn:cloudseat:problem:${code}`,
    title: code,
    status,
    code,
    detail,
    detail_en,
    request_id: '0198c0de-mock',
    ...more,
  },
})

const VIOLATIONS = [
  ['1345', '违反禁止标线指示', 100, 1],
  ['1344', '违反禁令标志指示', 100, 1],
  ['1301', '逆向行驶', 200, 3],
  ['1039', '违反规定停放、临时停车，妨碍其他车辆、行人通行', 100, 0],
  ['1223', '驾车时拨打接听手持电话', 100, 3],
  ['6011', '驾驶人未按规定使用安全带', 50, 1],
] as const

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Answers one request of `/api/v1`. */
export async function answer(
  world: World,
  effects: Effects,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://mock')
  const bytes = await read(request)
  const json = request.headers['content-type']?.startsWith('application/json') === true
  const body = (json && bytes.length > 0 ? JSON.parse(bytes.toString()) : {}) as Record<string, unknown>
  const path = url.pathname.replace(/^\/api\/v1/u, '')
  if (world.slow) await new Promise((resolve) => setTimeout(resolve, 4_000))
  const reply =
    world.failing !== null && path.startsWith(world.failing)
      ? { status: 502, bytes: Buffer.from('<html>bad gateway') }
      : route(world, effects, `${request.method ?? 'GET'} ${path}`, body, url.searchParams)
  response.statusCode = reply.status
  response.setHeader('content-type', reply.type ?? 'application/json')
  response.end(reply.bytes ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)))
}

function route(
  world: World,
  effects: Effects,
  key: string,
  body: Record<string, unknown>,
  query: URLSearchParams,
): Reply {
  const session = `/sessions/${SID}`
  const view = (): Reply => {
    effects.changed()
    return ok(world.view())
  }
  const step = /^(?:POST|PUT) \/sessions\/\w+\/steps\/(\w+)\/(\w+)$/u.exec(key)
  if (step !== null) return act(world, step[1] ?? '', step[2] ?? '', body, view)

  switch (key) {
    case 'GET /readyz':
      return ok({
        ready: true,
        checks: [
          { name: 'database', ok: true, detail: '正常', detail_en: 'answers' },
          { name: 'disk', ok: true, detail: '剩余 212 GiB', detail_en: '212 GiB free' },
          { name: 'clock', ok: true, detail: '走时均匀', detail_en: 'runs evenly' },
          { name: 'recorder', ok: true, detail: '最近提交 0.4 秒前', detail_en: 'last commit 0.4 s ago' },
          { name: 'media', ok: true, detail: '2 个线程在运行', detail_en: '2 workers are running' },
        ],
      })
    case 'POST /mock/scene':
      effects.reset(String(body.name))
      return ok({})
    case 'GET /me':
      return ok({
        user: world.signedIn === 'officer' ? OFFICER : null,
        party:
          world.signedIn === 'party'
            ? { sid: SID, participant: P_PARTY, expires_at: '2027-01-01T00:00:00.000Z' }
            : null,
      })
    case 'POST /sign-in':
      if (body.password === 'wrong') return refuse(401, 'sign_in_failed', '用户名或密码不正确。', 'Wrong.')
      world.signedIn = 'officer'
      return ok({ token: 't', expires_at: '2027-01-01T00:00:00.000Z', user: OFFICER })
    case 'POST /sign-out':
      world.signedIn = null
      return { status: 204 }
    case 'POST /join':
      if (body.token === 'used') {
        return refuse(
          401,
          'invitation_invalid',
          '邀请已失效，请民警重新出示二维码。',
          'The invitation has ended.',
        )
      }
      world.signedIn = 'party'
      world.partyHere = true
      return ok({ token: 't', sid: SID, participant: P_PARTY, expires_at: '2027-01-01T00:00:00.000Z' })
    case 'GET /seats':
      return ok({
        items: ['idle', 'idle', 'idle', 'busy'].map((state, index) => ({
          person: { ...SEAT_PERSON, id: `s${index}` },
          state,
          since: new Date().toISOString(),
        })),
      })
    case 'GET /sessions':
      return ok({ items: [], next: null })
    case 'GET /figures':
      return ok({ sessions_today: 6, mean_handling_ms: 221_000, returned_today: 1 })
    case 'GET /catalogue/violations': {
      const q = query.get('q') ?? ''
      return ok({
        items: VIOLATIONS.filter(([code, text]) => code.includes(q) || text.includes(q)).map(
          ([code, text, fine, points]) => ({
            code,
            variant: '',
            text,
            actor: 'motor',
            violates: ['道路交通安全法:38'],
            basis: ['道路交通安全法:90'],
            fine_min: 20,
            fine_max: 200,
            fine_usual: fine,
            points,
            warning_allowed: true,
            procedure: 'simple',
            on_spot: true,
            note: '',
            confidence: 'H',
          }),
        ),
      })
    }
    case 'GET /catalogue/choices':
      return ok({
        id_doc_types: [
          { code: 'A', name: '居民身份证' },
          { code: 'B', name: '驾驶证' },
        ],
        vehicle_types: [
          { code: 'K33', name: '小型轿车' },
          { code: 'H11', name: '重型普通货车' },
        ],
        plate_types: [
          { code: '01', name: '大型汽车' },
          { code: '02', name: '小型汽车' },
          { code: '52', name: '小型新能源汽车' },
        ],
        licence_classes: [{ code: 'C1', name: 'C1' }],
      })
    case 'GET /catalogue/procedures':
      return ok({
        items: [
          {
            id: 'traffic_simple',
            title_zh: '道路交通简易程序处罚',
            title_en: 'Traffic penalty on the spot',
            version: '1.0.0',
            digest: '',
          },
        ],
      })
    case 'GET /cases': {
      const q = query.get('q') ?? ''
      return ok({
        items: world.cases.filter((item) => `${item.plate}${item.violation_text}`.includes(q)),
        next: null,
      })
    }
    case 'POST /cases': {
      const made: Case = {
        id: CASE_ID,
        procedure: 'traffic_simple',
        state: 'OPEN',
        place: body.place as Case['place'],
        plate: (body.plate as string | null) ?? null,
        violation_text: '违反禁止标线指示',
        officer: OFFICER_PERSON,
        sid: null,
        created_at: new Date().toISOString(),
        deadlines: [],
      }
      return ok(made)
    }
    case `POST /cases/${CASE_ID}/call`:
      world.session = 'queued'
      world.position = 2
      world.openedAt = Date.now()
      effects.called()
      return { status: 201, body: { sid: SID, position: 2 } }
    case `POST ${session}/cancel`:
      world.session = 'cancelled'
      effects.cancelled()
      return { status: 204 }
    case `GET ${session}`:
      return ok({
        sid: SID,
        session_no: 2187,
        case_id: CASE_ID,
        procedure: 'traffic_simple',
        state: world.session === 'none' ? 'live' : world.session,
        officer: OFFICER_PERSON,
        seat: world.startedAt === null ? null : SEAT_PERSON,
        opened_at: new Date(world.openedAt).toISOString(),
        sealed_at: world.session === 'sealed' ? new Date().toISOString() : null,
        duration_ms: Date.now() - world.openedAt,
        gaps: world.gaps.length,
        gap_ms: 0,
        decision:
          world.decision === null
            ? null
            : { doc_no: world.decision.doc_no, penalty_text: '罚款 100 元，记 1 分' },
        participants: [],
        integrity: world.integrity(),
      })
    case `GET ${session}/steps`:
      return ok(world.view())
    case `POST ${session}/captures`: {
      const id = `k${world.captures.length + 1}`
      world.captures.push({
        capture: id,
        kind: (query.get('kind') ?? 'still') as Capture['kind'],
        time: new Date().toISOString(),
        step: query.get('step') ?? '',
        at_us: world.mono(),
        by: OFFICER_PERSON,
        url: '/mark.svg',
      })
      const field = query.get('field')
      const at = query.get('step')
      if (field !== null && at !== null) world.of(at).values[field] = [id]
      effects.changed()
      return ok({ capture: id, sha256: '00', view: world.view() })
    }
    case `GET ${session}/captures`:
      return ok({ items: world.captures, next: null })
    case `POST ${session}/defence`:
      return finish(world, 'S07_DEFENCE', view)
    case `POST ${session}/review`:
      return finish(world, 'S09_SUPERVISE', view)
    case `POST ${session}/decision`: {
      if (world.missing(planOf('S10_DECISION')).length > 0) {
        return refuse(409, 'refused', '决定书内容还没有核对。', 'The content was not confirmed.', {
          refusal: { step: 'S10_DECISION', guard: 'decision_content_complete', basis: ['行政处罚法:52.2'] },
        })
      }
      makeDecision(world)
      finish(world, 'S10_DECISION', view)
      return ok({ decision: world.decision, view: world.view() })
    }
    case `GET ${session}/decision`:
      return world.decision === null
        ? refuse(404, 'not_found', '没有找到。', 'Not found.')
        : ok(world.decision)
    case `GET ${session}/decision/draft`:
      return ok({ text: DRAFT })
    case `POST ${session}/signature`:
      if (world.decision !== null) {
        world.decision.signed = {
          kind: body.kind as 'signed' | 'refused',
          at: new Date().toISOString(),
          reason: (body.reason as string | undefined) ?? null,
        }
      }
      return finish(world, 'S11_SIGN', view)
    case `POST ${session}/delivery`:
      return finish(world, 'S12_DELIVER', view)
    case `POST ${session}/exit`:
      for (const plan of PLAN.slice(0, -1)) world.of(plan.id).state = 'completed'
      world.openNext()
      return view()
    case `POST ${session}/seal`:
      world.session = 'sealed'
      effects.sealed()
      return ok({ state: 'sealed', head: head(world), receipt_url: `/receipt/${SID}` })
    case `POST ${session}/invitations`:
      return ok({
        url: `https://mock.example/join#0198c0de5eed7000a0000000000000ab`,
        token: '0198c0de5eed7000a0000000000000ab',
        expires_at: new Date(Date.now() + 600_000).toISOString(),
      })
    case `GET ${session}/receipt`:
      return ok({
        note: 'mock.cloudseat\n',
        url: `https://mock.example/receipt/${SID}#n.bW9jay5jbG91ZHNlYXQKNTg3Mgo`,
        url_paper: `https://mock.example/receipt/${SID}#5872.m0HH4FL6CNM`,
        short: '5872 / 9b41 c7e0 52fa 08d3',
        size: 5872,
        root: head(world).root,
        qr_svg: '',
      })
    case `GET /receipts/${SID}`:
      return ok({
        sid: SID,
        site: 'mock.cloudseat',
        known: true,
        state: world.session === 'sealed' ? 'sealed' : 'live',
        size: 5890,
        root: head(world).root,
        note: null,
        opened_at: '2026-09-17T06:26:08.000Z',
        sealed_at: world.session === 'sealed' ? '2026-09-17T06:34:10.000Z' : null,
        vkey: '',
        decision: { doc_sha256: head(world).root },
      })
    case `GET /receipts/${SID}/consistency`:
      return ok({ from: Number(query.get('from')), to: 5890, root_from: head(world).root, proof: [] })
    default:
      if (key.startsWith('GET /cases/')) {
        const found = world.cases.find(({ id }) => key.endsWith(`/${id}`))
        if (found !== undefined) return ok(found)
      }
      if (key.startsWith('POST /sessions/') && key.endsWith('/filing')) {
        const first = world.cases[0]
        if (first !== undefined) {
          first.state = 'FILED'
          for (const due of first.deadlines) if (due.key.startsWith('file')) due.done = true
          return ok(first)
        }
      }
      return refuse(404, 'not_found', '没有找到。', 'Not found.')
  }
}

const head = (world: World) => ({ size: world.size, root: world.integrity().root })

const planOf = (id: string) => {
  const plan = PLAN.find((entry) => entry.id === id)
  if (plan === undefined) throw new Error(`no step ${id}`)
  return plan
}

function finish(world: World, id: string, view: () => Reply): Reply {
  world.mark(id, 'completed')
  world.openNext()
  return view()
}

function act(
  world: World,
  id: string,
  what: string,
  body: Record<string, unknown>,
  view: () => Reply,
): Reply {
  const progress = world.of(id)
  switch (what) {
    case 'start':
      world.mark(id, 'running')
      return view()
    case 'sentences':
      progress.read.add(String(body.sentence))
      return view()
    case 'fields': {
      const values = body.values as Record<string, string | number | boolean | null>
      if (String(values.id_no ?? '').length > 0 && !/^\d{17}[\dX]$/u.test(String(values.id_no))) {
        return refuse(422, 'invalid', '填写的内容有误。', 'Some values are wrong.', {
          fields: { id_no: '身份证号应为 18 位，请核对' },
        })
      }
      Object.assign(progress.values, values)
      return view()
    }
    case 'confirmations':
      progress.confirmed.add(String(body.guard))
      return view()
    case 'complete':
      if (world.missing(planOf(id)).length > 0) {
        return refuse(409, 'refused', '本步还有内容没有完成。', 'Something is missing.', {
          refusal: { step: id, guard: null, basis: [] },
        })
      }
      return finish(world, id, view)
    default:
      return refuse(404, 'not_found', '没有找到。', 'Not found.')
  }
}

export function makeDecision(world: World): void {
  world.decision = {
    decision: 'd1',
    doc: 'doc1',
    doc_no: 'LX-20260917-000014',
    issued_at: new Date().toISOString(),
    sha256: head(world).root,
    head: head(world),
    url: '/mark.svg',
    text: { ...DRAFT, doc_no: 'LX-20260917-000014' },
  }
}
