// Takes pictures of the screens in the mock's scenes: node mock/look.mjs OUT [name…]
// Needs `npx vite build --mode mock && npx vite preview --mode mock --outDir node_modules/.cache/mock --port 5199`. CAMERA: a y4m for the fake camera; SEAT: a picture for the seat.
import { chromium } from 'playwright-core'

const [out = '/tmp/look', ...wanted] = process.argv.slice(2)
const base = process.env.BASE ?? 'http://localhost:5199'
const SID = '0198c0de5eed7000a000000000002187'
const call = `/officer/sessions/${SID}`

/** name: [scene, path, what to do before the picture] */
const LOOKS = {
  'sign-in': ['signed-out', '/sign-in'],
  home: ['home', '/officer'],
  'home-empty': ['home-empty', '/officer'],
  'home-error': ['home-error', '/officer'],
  'home-slow': ['home-slow', '/officer'],
  cases: ['home', '/officer/cases'],
  case: ['home', '/officer/cases/c1'],
  form: ['home', '/officer/new', async (page) => fillForm(page)],
  violations: ['home', '/officer/new', async (page) => page.getByRole('button', { name: '选择' }).click()],
  waiting: ['home', '/officer/new', async (page) => place(page)],
  ringing: ['home', '/officer/new', async (page) => place(page, 5_000)],
  identity: ['identity!', call],
  party: ['party!', call],
  'party-fields': ['party!', call, async (page) => page.locator('.needs').click()],
  facts: ['facts!', call],
  notice: ['notice!', call],
  gap: ['gap!', call],
  broken: ['broken!', call],
  more: ['notice!', call, async (page) => page.getByRole('button', { name: '更多' }).click()],
  invite: ['notice!', call, async (page) => menu(page, '当事人用自己的手机加入')],
  steps: ['notice!', call, async (page) => menu(page, '全部步骤')],
  confirm: ['decision!', call],
  deliver: ['deliver!', call],
  seal: ['seal!', call],
  rights: ['notice!', call, async (page) => turn(page)],
  defence: ['defence!', call, async (page) => turn(page)],
  sign: ['sign!', call, async (page) => sign(page)],
  landscape: ['sign!', call, async (page) => landscape(page)],
  receipt: ['deliver!', call, async (page) => menu(page, '转给当事人')],
  'public-receipt': ['seal!', `/receipt/${SID}#5872.m0HH4FL6CNObQcfgUvoI05tBx-BS-gjTm0HH4FL6CNM`],
  join: ['notice!', '/join#0198c0de5eed7000a0000000000000ab'],
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const menu = async (page, name) => {
  await page.getByRole('button', { name: '更多' }).click()
  await page.getByRole('button', { name }).click()
}
const turn = async (page) => page.getByRole('button', { name: '转给当事人' }).click()
async function fillForm(page) {
  await page.getByRole('button', { name: '填写' }).click()
  await page.getByRole('textbox').fill('东环路与兴林路交叉口南 80 米')
  await page.getByRole('button', { name: '完成' }).click()
  await page.getByRole('button', { name: '选择' }).click()
  await page.getByText('违反禁止标线指示').first().click()
  await page.getByRole('button', { name: '输入号牌' }).click()
  for (const key of '蒙DK7') await page.locator('.keyboard .key', { hasText: key }).first().click()
}
async function place(page, wait = 500) {
  await page.getByRole('button', { name: '填写' }).click()
  await page.getByRole('textbox').fill('东环路与兴林路交叉口南 80 米')
  await page.getByRole('button', { name: '完成' }).click()
  await page.getByRole('button', { name: '呼叫坐席' }).click()
  await pause(wait)
}
async function draw(page, canvas, turned = false) {
  const box = await canvas.boundingBox()
  const at = (u, v) =>
    turned
      ? [box.x + box.width * (1 - v), box.y + box.height * u]
      : [box.x + box.width * u, box.y + box.height * v]
  for (const line of [
    [
      [0.2, 0.25],
      [0.35, 0.2],
      [0.25, 0.5],
      [0.4, 0.45],
      [0.3, 0.75],
    ],
    [
      [0.45, 0.35],
      [0.7, 0.3],
    ],
    [
      [0.58, 0.18],
      [0.55, 0.7],
      [0.48, 0.66],
    ],
    [
      [0.7, 0.5],
      [0.8, 0.25],
      [0.85, 0.72],
    ],
  ]) {
    await page.mouse.move(...at(...line[0]))
    await page.mouse.down()
    for (const point of line.slice(1)) await page.mouse.move(...at(...point), { steps: 12 })
    await page.mouse.up()
  }
}
async function sign(page) {
  await turn(page)
  await page.locator('.doc').evaluate((doc) => doc.scrollTo(0, doc.scrollHeight))
  await pause(300)
  await draw(page, page.locator('canvas'))
}
async function landscape(page) {
  await turn(page)
  await page.locator('.doc').evaluate((doc) => doc.scrollTo(0, doc.scrollHeight))
  await page.getByRole('button', { name: '横屏' }).click()
  await pause(300)
  await draw(page, page.locator('.canvas canvas'), true)
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
    ...(process.env.CAMERA ? [`--use-file-for-fake-video-capture=${process.env.CAMERA}`] : []),
  ],
})
const other = await browser.newContext()
const sfu = await other.newPage()
await sfu.goto(`${base}/mock/sfu.html${process.env.SEAT ? `?picture=${process.env.SEAT}` : ''}`)
const context = await browser.newContext({
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  hasTouch: true,
  locale: 'zh-CN',
  permissions: ['camera', 'microphone', 'geolocation', 'clipboard-write'],
  geolocation: { latitude: 43.6, longitude: 118.05, accuracy: 6 },
})
await context.addInitScript(`localStorage.setItem('cloudseat.theme', '${process.env.THEME ?? 'light'}')`)
await context.addInitScript(`localStorage.removeItem('cloudseat.draft')`)
await context.addInitScript(`localStorage.setItem('cloudseat.locale', '${process.env.LOCALE ?? 'zh-CN'}')`)
for (const [name, [scene, path, act]] of Object.entries(LOOKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  await fetch(`${base}/api/v1/mock/scene`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: scene }),
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') console.log(name, message.text())
  })
  page.on('pageerror', (error) => console.log(name, 'PAGE ERROR', error.message))
  try {
    await page.goto(base + path)
    await page.waitForLoadState('networkidle')
    await pause(path.includes('sessions') ? 4_000 : 600)
    await act?.(page)
    await pause(900)
  } catch (error) {
    console.log(name, String(error).slice(0, 600))
  }
  await page.screenshot({ path: `${out}/${name}.png` })
  await page.close({ runBeforeUnload: false })
  await pause(50)
}
await browser.close()
