// The server is killed in the middle of a recorded step and started again. Everybody's page comes back by itself, the
// step is done again, and the evidence says what happened.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Bundle } from '../lib/bundle.mjs'
import { story } from '../lib/chain.mjs'
import { OUT } from '../lib/out.mjs'
import { Officer, Party, play, Seat } from '../lib/people.mjs'
import { Server } from '../lib/server.mjs'
import { DESK, PHONE, Stage } from '../lib/stage.mjs'
import { until } from '../lib/until.mjs'

test('a server killed in the middle of a step', { timeout: 240_000 }, async (t) => {
  let stage
  const part = story(t, () => stage)
  const work = join(OUT, 'crash')
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  const server = await Server.start('crash')
  t.after(() => server.stop())
  stage = await Stage.open('crash')
  t.after(() => stage.close())
  const officer = new Officer(stage, 'officer', await stage.page('officer', PHONE, server.url))
  const seat = new Seat(stage, 'seat', await stage.page('seat', DESK, server.url))
  const party = new Party(stage, 'party', await stage.page('party', PHONE, server.url))
  const cast = [seat, officer, party]
  let sid, step

  await part('the notice is being read', async () => {
    await officer.signIn(server.account('officer'), '**/officer')
    await seat.signIn(server.account('seat'), '**/seat')
    await seat.takeCalls()
    await officer.openCase()
    sid = await officer.call()
    await seat.answer()
    await officer.seesAndHears(1)
    await party.join(await officer.invite())
    await until('the party to hear both', async () => (await party.media()).audioIn > 50)
    await play(cast, (screens, acts) => screens.officer.step.includes('处罚前告知') && acts.filter((act) => act.includes('读完')).length > 0 && acts.at(-1).includes('读完'))
    step = (await steps()).find(({ state }) => state === 'running')
    assert.equal(step.id, 'S06_NOTICE')
    assert.ok(step.sentences.some(({ read }) => read))
  })

  await part('the server is killed and started again', async () => {
    for (const { page } of cast) stage.excuse(page, /ERR_|WebSocket|Failed to load resource/u)
    await server.kill9()
    await until('the officer to be told', async () => /步骤已停|无网络/u.test(await officer.page.locator('body').innerText()))
    await officer.shot('server-gone')
    await seat.shot('server-gone')
    await party.shot('server-gone')
    await server.run()
  })

  await part('the pages come back into the session and the step by themselves', async () => {
    const paths = cast.map(({ page }) => new URL(page.url()).pathname)
    assert.deepEqual(paths, ['/seat', `/officer/sessions/${sid}`, `/party/${sid}`])
    await until('the officer to be asked to repeat the step', async () => (await officer.look()).band.includes(`第 ${step.number} 步须重做`), { within: 45_000 })
    const again = (await steps()).find(({ id }) => id === step.id)
    assert.equal(again.state, 'invalid')
    await officer.seesAndHears(1)
    await seat.seesAndHears(1)
    for (const { page } of cast) stage.excuseNothing(page)
    await officer.shot('repeat')
    await seat.shot('repeat')
    await party.shot('back')
  })

  await part('the step is repeated from its first sentence and everything goes on to the seal', async () => {
    await play(cast, (screens) => screens.party.receipt)
    await play([seat, officer], (screens) => screens.officer.title === '已封存')
    await officer.shot('sealed')
  })

  await part('the evidence is valid and tells of the crash', async () => {
    const auditor = await server.signIn('auditor')
    const { bytes } = await auditor.get(`/api/v1/sessions/${sid}/bundle`, { raw: true })
    const zip = join(work, 'bundle.zip')
    const { writeFileSync } = await import('node:fs')
    writeFileSync(zip, bytes)
    copyFileSync(zip, join(work, 'kept.zip'))
    const bundle = Bundle.unzip(zip, join(work, 'bundle'))
    const { exit, result, stderr } = bundle.verify(server.trust)
    assert.equal(exit, 0, stderr || JSON.stringify(result?.findings))
    assert.equal(result.verdict, 'valid')
    const codes = result.findings.map(({ code }) => code)
    assert.ok(codes.includes('CRASH_RECOVERED'), codes.join(' '))
    // Sound and picture were away while the server was: that is declared, so the recording is not complete.
    assert.ok(codes.includes('GAP_DECLARED'), codes.join(' '))
    assert.equal(result.completeness, 'incomplete')
    assert.ok(!codes.includes('STEP_UNRECORDED'), 'the attempts that count lie outside the gap')
    const attempts = bundle.of('step.completed').filter(({ body }) => body.step === step.id)
    assert.deepEqual(attempts.map(({ body }) => body.attempt), [2])
    assert.ok(bundle.of('step.invalidated').some(({ body }) => body.step === step.id && body.attempt === 1))
    // Nothing that had been read before the crash was carried over into the second attempt.
    // SC10 is what the officer says when the recording is back.
    const sentences = bundle.of('step.sentence').filter(({ body }) => body.step === step.id && body.attempt === 2 && !body.sentence.startsWith('SC10'))
    assert.equal(new Set(sentences.map(({ body }) => body.sentence)).size, step.sentences.length)
  })

  await part('no screen showed an error beside the outage', () => {
    assert.deepEqual(stage.faults(), [])
  })

  async function steps() {
    return (await (await server.signIn('officer')).get(`/api/v1/sessions/${sid}/steps`)).steps
  }
})
