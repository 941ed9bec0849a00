// Every screen that opens without a call, in both languages and at its own size: words instead of keys, no errors, and
// no button that does nothing.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Server } from '../lib/server.mjs'
import { DESK, PHONE, Stage } from '../lib/stage.mjs'
import { pressAll } from '../lib/press.mjs'
import { until } from '../lib/until.mjs'

const SCREENS = [
  { who: null, device: PHONE, name: 'sign-in', path: '/sign-in' },
  { who: null, device: DESK, name: 'sign-in-desk', path: '/sign-in' },
  { who: null, device: PHONE, name: 'not-found', path: '/no/such/page' },
  { who: null, device: PHONE, name: 'receipt-unknown', path: `/receipt/${'0'.repeat(32)}#1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA` },
  { who: 'officer', device: PHONE, name: 'home', path: '/officer' },
  { who: 'officer', device: PHONE, name: 'cases', path: '/officer/cases' },
  { who: 'officer', device: PHONE, name: 'case', path: (world) => `/officer/cases/${world.case}` },
  { who: 'officer', device: PHONE, name: 'form', path: '/officer/new' },
  { who: 'seat', device: DESK, name: 'seat', path: '/seat' },
  { who: 'chief', device: DESK, name: 'chief', path: '/chief' },
  { who: 'auditor', device: DESK, name: 'audit', path: '/audit' },
  { who: 'auditor', device: DESK, name: 'access', path: '/audit/access' },
  { who: 'admin', device: DESK, name: 'people', path: '/admin' },
]

/** What a browser reports by itself when a page asks for what is not there; the screen is to say it better. */
const ANSWERED = /Failed to load resource: the server responded with a status of 4\d\d/u

let server, stage
const world = {}
before(async () => {
  server = await Server.start('screens')
  stage = await Stage.open('screens')
  const officer = await server.signIn('officer')
  const place = { lon: 118.0556, lat: 43.6063, accuracy_m: 8, text: '林西县东环路与兴林路交叉口南80米' }
  world.case = (await officer.post('/api/v1/cases', { procedure: 'traffic_simple', place, plate: '蒙DK7362', plate_type: '02', violation_code: '1345' })).id
})
after(async () => {
  await stage?.close()
  await server?.stop()
})

for (const { who, device, name, path } of SCREENS) {
  describe(`the screen ${name}`, () => {
    let page
    before(async () => {
      page = await stage.page(name, device, server.url)
      stage.excuse(page, ANSWERED)
      if (who !== null) {
        const { token } = await server.signIn(who)
        await page.context().addCookies([{ name: 'cloudseat', value: token, url: server.url, httpOnly: true, secure: true, sameSite: 'Strict' }])
      }
    })
    after(() => page?.context().close())
    const open = async () => {
      await page.goto('about:blank')
      await page.goto(typeof path === 'function' ? path(world) : path)
      await until('the screen', async () => (await page.locator('body').innerText()).trim() !== '' && (await page.locator('.skeleton').count()) === 0)
    }

    it('opens', async () => {
      await open()
      assert.ok((await page.title()).length > 0)
      await stage.shot(page, 'zh')
    })

    it('speaks English as well', async () => {
      await page.evaluate(() => localStorage.setItem('cloudseat.locale', 'en'))
      await open()
      await stage.shot(page, 'en')
      await page.evaluate(() => localStorage.removeItem('cloudseat.locale'))
    })

    it('has no button that does nothing', async () => {
      assert.deepEqual(await pressAll(page, open), [])
    })

    it('shows no error', () => {
      assert.deepEqual(stage.faults(page), [])
    })
  })
}
