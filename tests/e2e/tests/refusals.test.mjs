// Without a recording there is no procedure and no decision, whatever a client claims; and what is no request is told
// so. All of it through the real server's TLS, with no browser.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Server } from '../lib/server.mjs'
import { Signals } from '../lib/signals.mjs'
import { until } from '../lib/until.mjs'

const CASE = {
  procedure: 'traffic_simple',
  place: { lon: 118.0556, lat: 43.6063, accuracy_m: 8, text: '林西县东环路与兴林路交叉口南80米' },
  plate: '蒙DK7362',
  plate_type: '02',
  violation_code: '1345',
}

let server
before(async () => (server = await Server.start('refusals')))
after(async () => server?.stop())

/** That an answer is a problem of this kind, in sentences for people. */
function isProblem(answer, status, code) {
  assert.equal(answer.type.split(';')[0], 'application/problem+json', `${answer.status} ${answer.text}`)
  assert.equal(answer.status, status, answer.text)
  const { problem } = answer
  assert.equal(problem.status, status)
  assert.equal(problem.code, code, answer.text)
  assert.match(problem.detail, /[\u4e00-\u9fff].*。$/u)
  assert.match(problem.detail_en, /^[A-Z].*[.!?]$/u)
  assert.ok(problem.request_id.length > 0)
  return problem
}

describe('no recording, no decision', () => {
  let officer, seat, sid, steps, line

  before(async () => {
    officer = await server.signIn('officer')
    seat = await server.signIn('seat')
    const { id } = await officer.post('/api/v1/cases', CASE)
    sid = (await officer.post(`/api/v1/cases/${id}/call`, {})).sid
  })
  after(() => {
    for (const signals of line ?? []) signals.close()
  })

  /** Everything that belongs into a recording, tried one after the other. */
  async function tryEverything() {
    steps = (await officer.get(`/api/v1/sessions/${sid}/steps`)).steps
    const recorded = steps.filter((step) => step.recorded)
    assert.ok(recorded.length >= 7, 'identity, party, facts, notice, defence, review, signature, delivery')
    for (const step of recorded) {
      for (const who of [officer, seat]) {
        for (const act of ['start', 'complete']) {
          const answer = await who.post(`/api/v1/sessions/${sid}/steps/${step.id}/${act}`, {}, { raw: true })
          // A seat that has not answered has no business in the session at all.
          if (answer.status === 403 || answer.status === 404) continue
          const problem = isProblem(answer, 409, 'refused')
          assert.ok(problem.refusal, `${act} ${step.id}: ${answer.text}`)
        }
      }
    }
    for (const [path, body] of [
      ['decision', {}],
      ['defence', { waived: true, recusal_requested: false }],
      ['signature', { kind: 'refused', reason: '不签' }],
      ['delivery', { method: 'paper' }],
    ]) {
      isProblem(await officer.post(`/api/v1/sessions/${sid}/${path}`, body, { raw: true }), 409, 'refused')
    }
  }

  it('refuses every recorded step and the decision while the call waits', tryEverything)

  it('refuses them as well to people who are in the call but send no sound and no picture', async () => {
    line = [await Signals.connect(seat), await Signals.connect(officer)]
    const [atSeat, atOfficer] = line
    atSeat.say({ type: 'seat.state', state: 'idle' })
    await atSeat.hear('call.offered', ({ call }) => call.sid === sid)
    atSeat.say({ type: 'call.answer', sid })
    await atOfficer.hear('call.answered', (message) => message.sid === sid)
    for (const signals of line) {
      signals.say({ type: 'session.join', sid })
      await signals.hear('session.joined', (message) => message.sid === sid)
      // A claim that camera and microphone run changes nothing.
      signals.say({ type: 'media.state', sid, visible: true, camera: 'live', microphone: 'live' })
    }
    await tryEverything()
    const first = steps.find((step) => step.recorded)
    const answer = await officer.post(`/api/v1/sessions/${sid}/steps/${first.id}/start`, {}, { raw: true })
    const { detail, detail_en } = isProblem(answer, 409, 'refused')
    assert.match(detail, /录/u)
    assert.match(detail_en, /record/iu)
    isProblem(await seat.post(`/api/v1/sessions/${sid}/review`, { verdict: 'approved' }, { raw: true }), 409, 'refused')
  })

  it('leaves no trace of a step or a decision in the log', async () => {
    const auditor = await server.signIn('auditor')
    const { items } = await auditor.get(`/api/v1/sessions/${sid}/log?limit=200`)
    const types = items.map(({ type }) => type)
    assert.ok(types.includes('session.opened'))
    assert.deepEqual(types.filter((type) => /^(step|decision|document|defence|review|party|delivery)\./u.test(type)), [])
    isProblem(await officer.get(`/api/v1/sessions/${sid}/decision`, { raw: true }), 404, 'not_found')
  })
})

describe('bad requests', () => {
  let officer, seat, sid

  before(async () => {
    officer = await server.signIn('officer2')
    seat = await server.signIn('seat2')
    const { id } = await officer.post('/api/v1/cases', CASE)
    sid = (await officer.post(`/api/v1/cases/${id}/call`, {})).sid
  })

  it('tells a wrong password without saying which half is wrong, and slows guessing down', async () => {
    const stranger = server.stranger()
    const attempt = (login, password) => stranger.post('/api/v1/sign-in', { login, password }, { raw: true })
    const wrong = isProblem(await attempt('admin', 'wrong'), 401, 'sign_in_failed')
    const nobody = isProblem(await attempt('nobody-of-that-name', 'wrong'), 401, 'sign_in_failed')
    assert.equal(wrong.detail, nobody.detail)
    let answer
    for (let n = 0; n < 10; n += 1) {
      answer = await attempt('admin', `guess ${n}`)
      if (answer.status === 429) break
    }
    isProblem(answer, 429, 'too_many_attempts')
    assert.ok(Number(answer.headers['retry-after']) > 0)
  })

  it('asks who is there before anything else', async () => {
    const stranger = server.stranger()
    for (const path of ['cases', 'sessions', `sessions/${sid}`, `sessions/${sid}/bundle`, 'users', 'audit']) {
      isProblem(await stranger.get(`/api/v1/${path}`, { raw: true }), 401, 'unauthenticated')
    }
    stranger.token = 'x'.repeat(43)
    isProblem(await stranger.get('/api/v1/cases', { raw: true }), 401, 'unauthenticated')
  })

  it('tells apart what is no JSON, what is another JSON, and what is another type', async () => {
    const send = (text, headers = {}) => officer.post('/api/v1/cases', Buffer.from(text), { raw: true, headers })
    isProblem(await send('{"procedure":'), 400, 'json_malformed')
    isProblem(await send('\u0000\u00ff'), 400, 'json_malformed')
    isProblem(await send('{"procedure":7}'), 422, 'body_invalid')
    isProblem(await send('[]'), 422, 'body_invalid')
    isProblem(await send(JSON.stringify(CASE), { 'content-type': 'text/plain' }), 415, 'media_type_unsupported')
    isProblem(await send(`{"place":${'['.repeat(100_000)}`), 422, 'body_invalid')
  })

  it('names the value that is wrong', async () => {
    const answer = await officer.post('/api/v1/cases', { ...CASE, plate_type: '??' }, { raw: true })
    const { fields } = isProblem(answer, 422, 'invalid')
    assert.deepEqual(Object.keys(fields).sort(), ['plate_type'])
  })

  it('refuses 100 MB', async () => {
    isProblem(await officer.post('/api/v1/cases', Buffer.alloc(100_000_000, 0x20), { raw: true }), 413, 'body_too_large')
    const picture = { raw: true, headers: { 'content-type': 'image/jpeg' } }
    const captures = `/api/v1/sessions/${sid}/captures?kind=still`
    isProblem(await officer.post(captures, Buffer.alloc(100_000_000, 0xff), picture), 413, 'body_too_large')
  })

  it('takes no picture that is none', async () => {
    const picture = { raw: true, headers: { 'content-type': 'image/jpeg' } }
    const answer = await officer.post(`/api/v1/sessions/${sid}/captures?kind=still`, Buffer.from('<svg onload=alert(1)>'), picture)
    assert.ok([409, 415, 422].includes(answer.status), `${answer.status} ${answer.text}`)
    assert.ok(answer.problem)
  })

  it('never leaves its folders', async () => {
    const auditor = await server.signIn('auditor')
    for (const path of [
      '/../../../../etc/passwd',
      '/assets/../../../../../etc/passwd',
      '/assets/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
      '/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
      '/receipt/../../etc/passwd',
      '/api/v1/sessions/..%2f..%2fcloudseat.db/log',
      '/api/v1/sessions/..%2f..%2fkeys/bundle',
      `/api/v1/sessions/${sid}/recording/..%2f..%2f..%2fcloudseat.db`,
      `/api/v1/sessions/${sid}/recording/../../../cloudseat.db`,
      `/api/v1/sessions/${sid}/documents/..%2flog.jsonl`,
      `/api/v1/sessions/${sid}/documents/%2e%2e%2flog.jsonl`,
      `/api/v1/receipts/..%2f..%2fetc`,
    ]) {
      const answer = await auditor.get(path, { raw: true })
      assert.ok(!answer.bytes.includes('root:'), `${path}: it gave away a file`)
      assert.ok(!answer.bytes.includes('SQLite format'), `${path}: it gave away a file`)
      assert.ok(!answer.bytes.includes('"session.opened"'), `${path}: it gave away a file`)
      // The application answers unknown pages itself, with its one page.
      const page = answer.status === 200 && answer.type.startsWith('text/html')
      assert.ok(page ? !path.startsWith('/api/') : answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`)
    }
  })

  it('shows others’ sessions to nobody', async () => {
    for (const path of ['', '/steps', '/recording', '/log', '/bundle', '/receipt', '/decision', '/captures']) {
      const answer = await seat.get(`/api/v1/sessions/${sid}${path}`, { raw: true })
      assert.ok(answer.status === 403 || answer.status === 404, `${path}: ${answer.status} ${answer.text}`)
      assert.ok(answer.problem, path)
    }
    isProblem(await officer.get(`/api/v1/sessions/${'0'.repeat(32)}`, { raw: true }), 404, 'not_found')
    isProblem(await officer.get('/api/v1/users', { raw: true }), 403, 'forbidden')
  })

  it('closes a socket on which nonsense is said, and says why', async () => {
    const unwelcome = [
      'no json',
      '{"frame":"hello"}',
      '{"frame":"hello","version":99,"device":"e2e","resume":null}',
      '{"frame":"message","n":1,"ack":0,"body":{"type":"seat.state","state":"idle"}}',
      `"${'x'.repeat(1 << 20)}"`,
    ]
    for (const frame of unwelcome) {
      const signals = new Signals(officer)
      await signals.opened
      signals.frame(frame)
      await until(`the socket to be closed after ${frame.slice(0, 40)}`, () => signals.closed !== null, { within: 15_000 })
      if (frame.length < 1000) assert.equal(signals.frames.at(-1)?.frame, 'closing', frame)
    }
    const signals = await Signals.connect(officer)
    signals.say({ type: 'no.such.message' })
    await until('the socket to be closed after an unknown message', () => signals.closed !== null, { within: 15_000 })
    const { frame, code, detail } = signals.frames.at(-1)
    assert.deepEqual([frame, code], ['closing', 'malformed'])
    assert.ok(detail.length > 0)
  })

  it('lets nobody on the line without a sign-in', async () => {
    const signals = new Signals(server.stranger())
    await assert.rejects(signals.opened, /401/u)
  })

  it('rejects an offer that is no SDP, and goes on', async () => {
    const signals = await Signals.connect(officer)
    const own = await Signals.connect(seat)
    own.say({ type: 'seat.state', state: 'idle' })
    await own.hear('call.offered', ({ call }) => call.sid === sid)
    own.say({ type: 'call.answer', sid })
    await signals.hear('call.answered', (message) => message.sid === sid)
    signals.say({ type: 'session.join', sid })
    const { connection } = await signals.hear('session.joined')
    for (const [request, sdp] of ['v=0', '\u0000'.repeat(10), 'x'.repeat(60_000), `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF ${'1 '.repeat(5_000)}\r\n`].entries()) {
      signals.say({ type: 'media.offer', sid, request: request + 1, connection, sdp })
      const rejected = await signals.hear('media.rejected', (message) => message.request === request + 1)
      assert.equal(rejected.code, 'sdp_invalid')
      assert.ok(rejected.detail.length > 0)
    }
    // An offer beyond the limit is a fault of the protocol; the session outlives it.
    signals.say({ type: 'media.offer', sid, request: 9, connection, sdp: 'x'.repeat(70_000) })
    await until('an answer to an offer of 70 kB', () => signals.closed !== null || signals.heard().some((message) => message.request === 9))
    assert.equal((await officer.get(`/api/v1/sessions/${sid}`)).sid, sid)
    signals.close()
    own.close()
  })

  it('is as ready afterwards as before', async () => {
    const { ready } = await server.stranger().get('/readyz')
    assert.equal(ready, true)
    assert.doesNotMatch(server.log(), /panicked|ERROR/u)
  })
})
