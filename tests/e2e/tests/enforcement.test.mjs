// A whole enforcement on three screens, from the call to the receipt; then its audit; then what was recorded against
// what went in; then the same evidence with a byte changed.
import assert from 'node:assert/strict'
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBaseline, stopBaseline } from '../lib/baseline.mjs'
import { Bundle, captureStart, verify } from '../lib/bundle.mjs'
import { story } from '../lib/chain.mjs'
import { FPS } from '../lib/clips.mjs'
import { apart, beeps, flashes, frames, median, offsets } from '../lib/media.mjs'
import { OUT } from '../lib/out.mjs'
import { CASE, Officer, Party, play, Seat } from '../lib/people.mjs'
import { Person } from '../lib/person.mjs'
import { Server } from '../lib/server.mjs'
import { DESK, PHONE, Stage } from '../lib/stage.mjs'
import { until } from '../lib/until.mjs'

/** How far the recording may move sound against picture, beside what the browser itself does. */
const SKEW_MS = 40

test('a whole enforcement', { timeout: 280_000 }, async (t) => {
  let stage
  const part = story(t, () => stage)
  const work = join(OUT, 'enforcement')
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  const server = await Server.start('enforcement')
  t.after(() => server.stop())
  stage = await Stage.open('enforcement')
  t.after(() => stage.close())
  const officer = new Officer(stage, 'officer', await stage.page('officer', PHONE, server.url))
  const seat = new Seat(stage, 'seat', await stage.page('seat', DESK, server.url))
  const party = new Party(stage, 'party', await stage.page('party', PHONE, server.url))
  const auditor = new Person(stage, 'auditor', await stage.page('auditor', DESK, server.url))
  const reading = { acts: [] }
  let sid, link, receipt, bundle

  await part('officer and seat sign in', async () => {
    await officer.signIn(server.account('officer'), '**/officer')
    await seat.signIn(server.account('seat'), '**/seat')
    await officer.page.getByText('王海峰').first().waitFor()
    await officer.shot('home')
    await seat.takeCalls()
    await seat.shot('idle')
  })

  await part('the officer opens a case and calls', async () => {
    await officer.openCase()
    sid = await officer.call()
    await seat.answer()
  })

  await part('both see and hear each other, and both are recorded', async () => {
    await officer.seesAndHears(1)
    await seat.seesAndHears(1)
    await until('the recording', async () => (await officer.page.locator('body').innerText()).includes('录制中'))
    await officer.shot('call')
    await seat.shot('desk')
    // The probe's own: what it is too slow to read is collected unread. The application has no frames in hand.
    stage.excuse(officer.page, /VideoFrame was garbage collected/u)
    await startBaseline(officer.page)
  })

  await part('the party joins by the invitation, sees and hears both', async () => {
    link = await officer.invite()
    assert.match(link, new RegExp(`^${server.url}/join#`, 'u'))
    await party.join(link)
    await until('the party to hear both', async () => (await party.media()).audioIn > 50)
    await party.shot('early')
    await seat.seesAndHears(2)
  })

  await part('an invitation is used once', async () => {
    const stranger = await stage.page('stranger', PHONE, server.url)
    stage.excuse(stranger, /401/u)
    await stranger.goto(link)
    await stranger.getByRole('button', { name: '加入' }).click()
    await stranger.getByText('邀请已失效').waitFor()
    await stage.shot(stranger, 'used-invitation')
    await stranger.context().close()
  })

  await part('the procedure is played from the identity to the signature', async () => {
    const noticed = new Set()
    reading.acts = await play([seat, officer, party], async (screens) => {
      const { step } = screens.officer
      if (step !== '' && !noticed.has(step.slice(0, 8))) {
        noticed.add(step.slice(0, 8))
        await officer.shot(`step-${noticed.size}`)
        await seat.shot(`step-${noticed.size}`)
      }
      return screens.party.receipt
    })
  })

  await part('the party gets a receipt to take home', async () => {
    await party.page.locator('main.receipt .code').waitFor()
    const [download] = await Promise.all([party.page.waitForEvent('download'), party.page.getByRole('button', { name: '保存到手机' }).click()])
    receipt = await download.path()
    assert.match(readFileSync(receipt, 'utf8'), new RegExp(sid, 'u'))
    await party.shot('receipt')
  })

  await part('it is delivered, released and sealed', async () => {
    reading.baseline = await stopBaseline(officer.page)
    reading.sent = { officer: await officer.media(), seat: await seat.media() }
    reading.acts.push(...(await play([seat, officer], async (screens) => screens.officer.title === '已封存')))
    await officer.shot('sealed')
    await seat.page.getByText('等待来电').first().waitFor()
    await seat.shot('after')
    await until('the party to be told', async () => (await party.page.locator('body').innerText()).includes('已封存'))
    await party.shot('after')
  })

  await part('the receipt’s page confirms it to anybody', async () => {
    const { url, url_paper: paper } = await (await server.signIn('officer')).get(`/api/v1/sessions/${sid}/receipt`)
    const stranger = await stage.page('stranger', PHONE, server.url)
    await stranger.goto(url)
    await stranger.getByRole('heading', { name: '一致，没有被改动' }).waitFor()
    await stage.shot(stranger, 'receipt')
    await stranger.setViewportSize(DESK.viewport)
    await stage.shot(stranger, 'receipt-desk')
    // The same receipt with one figure changed agrees with nothing.
    const [head, root] = paper.split(/(?<=#\d+\.)/u)
    await stranger.goto('about:blank')
    await stranger.goto(`${head}${root[0] === 'A' ? 'B' : 'A'}${root.slice(1)}`)
    await stranger.getByRole('heading', { name: '不一致' }).waitFor()
    await stage.shot(stranger, 'receipt-differs')
    await stranger.context().close()
  })

  await part('an auditor finds the session and plays it', async () => {
    const { page } = auditor
    await auditor.signIn(server.account('auditor'), '**/audit')
    await page.locator('tbody tr').first().waitFor()
    await auditor.shot('sessions')
    await page.getByRole('searchbox').fill(CASE.plate)
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=/u)
    await page.locator('tbody tr a.whole').first().click()
    await page.waitForURL(`**/audit/sessions/${sid}`)
    // Nobody is in the picture yet at the very beginning.
    await page.locator('.tile video').first().waitFor({ state: 'attached' })
    await until('three lanes', async () => (await page.locator('.tiles .tile').count()) === 3)
    const times = () => page.evaluate(() => [...document.querySelectorAll('.tile video')].map((video) => video.currentTime))
    const before = await times()
    await page.getByRole('button', { name: '播放、暂停' }).click()
    await until('the recording to play', async () => (await times()).some((time, i) => time > before[i] + 2))
    await auditor.shot('playing')
    await page.keyboard.press('Space')
  })

  await part('the verdict is that nothing was changed and nothing is missing', async () => {
    const { page } = auditor
    await page.getByRole('heading', { name: '完整且未被修改' }).waitFor()
    await auditor.shot('session')
    await page.getByText('校验详情').click()
    await page.waitForURL('**/verification')
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes('/verification') && response.request().resourceType() !== 'document'),
      page.getByRole('button', { name: '再校验一次' }).click(),
    ])
    const result = await answer.json()
    assert.deepEqual([result.verdict, result.completeness], ['valid', 'complete'], JSON.stringify(result.findings))
    await page.getByRole('heading', { name: '完整且未被修改' }).waitFor()
    await auditor.shot('verification')
    await page.goto(`/audit/sessions/${sid}/log`)
    await page.getByText('本页每一行都与校验值一致').waitFor()
    await auditor.shot('log')
    await page.goto('/audit/access')
    await page.locator('tbody tr').first().waitFor()
    await auditor.shot('access')
  })

  await part('the auditor exports it, and the command line agrees', async () => {
    const { page } = auditor
    await page.goto(`/audit/sessions/${sid}`)
    await page.getByRole('heading', { name: '完整且未被修改' }).waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出' }).click()])
    const zip = join(work, 'bundle.zip')
    copyFileSync(await download.path(), zip)
    bundle = Bundle.unzip(zip, join(work, 'bundle'))
    for (const path of [bundle.folder, zip]) {
      const { exit, result, stderr } = verify(path, server.trust)
      assert.equal(exit, 0, stderr)
      assert.deepEqual([result.verdict, result.completeness, result.disclosure], ['valid', 'complete', 'full'], JSON.stringify(result.findings))
      assert.equal(result.session, sid)
      assert.equal(result.decisions.length, 1)
    }
  })

  await part('the log tells every recorded step once, in order', () => {
    const completed = bundle.of('step.completed').map(({ body }) => body.step.slice(0, 3))
    assert.deepEqual(completed, ['S03', 'S04', 'S05', 'S06', 'S07', 'S08', 'S09', 'S10', 'S11', 'S12', 'S13'])
    assert.deepEqual(bundle.of('step.invalidated'), [])
    const order = ['defence.waived', 'review.made', 'document.issued', 'decision.made', 'party.signed', 'delivery.made', 'session.sealed']
    const seqs = order.map((type) => bundle.of(type)[0]?.seq)
    assert.ok(seqs.every((seq, i) => seq !== undefined && (i === 0 || seq > seqs[i - 1])), JSON.stringify(Object.fromEntries(order.map((type, i) => [type, seqs[i]]))))
  })

  await part('the recording holds what the cameras and microphones gave', async (p) => {
    const tracks = bundle.tracks()
    assert.deepEqual(tracks.map(({ participant, kind }) => `${participant} ${kind}`).sort(), ['officer audio', 'officer video', 'party audio', 'party video', 'seat audio', 'seat video'])
    const said = []
    for (const who of ['officer', 'seat']) {
      const of = (kind) => tracks.find((track) => track.participant === who && track.kind === kind)
      const [video, audio] = [of('video'), of('audio')]
      const picture = await frames(bundle.concatenate(video.track, work))
      assert.equal(picture.errors, '', `${who}: a decoder complains`)
      const logged = video.segments.reduce((sum, segment) => sum + segment.frames, 0)
      assert.equal(picture.frames.length, logged, `${who}: frames in the file against frames in the log`)
      const seconds = picture.frames.at(-1).at - picture.frames[0].at
      const rate = (picture.frames.length - 1) / seconds
      assert.ok(rate > FPS * 0.9 && rate < FPS * 1.05, `${who}: ${rate.toFixed(2)} frames a second in ${seconds.toFixed(1)} s of picture`)
      // What the sender counted before the end is there; what it sent afterwards may be as well.
      const sent = reading.sent[who].framesSent
      assert.ok(picture.frames.length >= sent * 0.98, `${who}: ${picture.frames.length} frames recorded of ${sent} sent`)

      const sound = await beeps(bundle.concatenate(audio.track, work))
      assert.equal(sound.errors, '', `${who}: a decoder complains`)
      const from = captureStart(video)
      const shift = captureStart(audio) - from
      const found = offsets(flashes(picture.frames), sound.beeps.map((at) => at + shift))
      const late = found.map((one) => one.late)
      assert.ok(late.length > seconds * 0.8, `${who}: ${late.length} flashes with a beep in ${seconds.toFixed(0)} s`)
      reading[who] = found.map((one) => ({ ...one, wall: from + one.at }))
      said.push(`${who}: ${picture.frames.length} frames in ${seconds.toFixed(1)} s (${rate.toFixed(2)} a second, ${sent} sent at the signature), sound ${range(late)} after the picture`)
    }
    // The same flash captured and recorded: by the time of day.
    const skews = reading.baseline.flatMap(({ at, late }) => {
      const same = reading.officer.find(({ wall }) => Math.abs(wall - at) < 0.4)
      return same === undefined ? [] : [apart(same.late, late)]
    })
    said.push(`as the browser captured it: ${range(reading.baseline.map(({ late }) => late))}; ours against it, flash by flash: ${range(skews)}`)
    for (const line of said) p.diagnostic(line)
    writeFileSync(join(work, 'figures.txt'), `${said.join('\n')}\n`)
    assert.ok(skews.length >= 5, `${skews.length} flashes were both captured and recorded\n${said.join('\n')}`)
    assert.ok(Math.abs(median(skews)) <= SKEW_MS, `the recording moves sound against the picture\n${said.join('\n')}`)
  })

  await part('a flipped bit is found wherever it is', async (p) => {
    const copy = join(work, 'flipped')
    cpSync(bundle.folder, copy, { recursive: true })
    const flipped = sample(bundle.files())
    p.diagnostic(`${flipped.length} of ${bundle.files().length} files`)
    for (const [n, path] of flipped.entries()) {
      const file = join(copy, path)
      const whole = readFileSync(file)
      const bytes = Buffer.from(whole)
      // A place that differs from run to run only by what the file is.
      const at = (n * 7919 + whole.length * 31) % whole.length
      bytes[at] ^= 1 << n % 8
      writeFileSync(file, bytes)
      const { exit, result } = verify(copy, server.trust)
      assert.equal(exit, 1, `bit ${n % 8} of byte ${at} of ${path}: exit ${exit}, ${JSON.stringify(result?.findings ?? null)}`)
      writeFileSync(file, whole)
    }
    assert.equal(verify(copy, server.trust).exit, 0, 'the copy is whole again')
  })

  await part('no screen showed an error', () => {
    assert.deepEqual(stage.faults(), [])
  })
})

function range(list) {
  return `${median(list).toFixed(0)} ms (${Math.min(...list).toFixed(0)} to ${Math.max(...list).toFixed(0)})`
}

/** At least one file of every kind, and of the media the first of every track. */
function sample(files) {
  const kinds = new Map()
  for (const path of files) {
    const kind = path.startsWith('data/media/') ? path.split('/').slice(0, 3).join('/') : path.replace(/[^/]*$/u, (name) => (path.includes('/') ? name.replace(/^.*(\.\w+)$/u, '*$1') : name))
    if (!kinds.has(kind)) kinds.set(kind, path)
  }
  return [...kinds.values()]
}
