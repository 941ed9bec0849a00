import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { chromiumPath } from './binary.mjs'
import { clips } from './clips.mjs'
import { OUT } from './out.mjs'
import { loosenedKeys } from './words.mjs'

export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
export const DESK = { viewport: { width: 1366, height: 768 }, deviceScaleFactor: 1 }

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--lang=zh-CN',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
]

/**
 * Before the application: its devices and connections are kept in reach, so that what goes in and out can be measured.
 * Sound is taken as it comes: the beeps are nobody's speech, and echo and noise filters would take them for neither.
 */
function reach() {
  window.__peers = []
  const Peer = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Peer {
    constructor(...args) {
      super(...args)
      window.__peers.push(this)
    }
  }
  const devices = navigator.mediaDevices
  if (devices === undefined) return
  const open = devices.getUserMedia.bind(devices)
  devices.getUserMedia = (constraints) => {
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    const audio = constraints.audio && { ...(constraints.audio === true ? {} : constraints.audio), ...plain }
    return open({ ...constraints, audio: audio || false })
  }
}

/** One browser whose cameras and microphones play the clips; a page for each person, each in a context of its own. */
export class Stage {
  static async open(name) {
    const { video, audio } = clips()
    const flags = [...FLAGS, `--use-file-for-fake-video-capture=${video}`, `--use-file-for-fake-audio-capture=${audio}`]
    const browser = await chromium.launch({ executablePath: chromiumPath(), chromiumSandbox: false, args: flags })
    return new Stage(name, browser)
  }

  constructor(name, browser) {
    this.name = name
    this.browser = browser
    this.people = []
    this.shots = 0
  }

  /** A page for somebody, who is called `who` in reports and pictures. */
  async page(who, device, origin, { locale = 'zh-CN' } = {}) {
    const context = await this.browser.newContext({
      ...device,
      locale,
      timezoneId: 'Asia/Shanghai',
      ignoreHTTPSErrors: true,
      baseURL: origin,
      acceptDownloads: true,
      geolocation: { latitude: 43.6063, longitude: 118.0556, accuracy: 8 },
      permissions: ['camera', 'microphone', 'geolocation'],
    })
    await context.addInitScript(reach)
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    const person = { who, page, faults: [], excused: [] }
    this.people.push(person)
    const fault = (text) => {
      if (!person.excused.some((pattern) => pattern.test(text))) person.faults.push(text)
    }
    page.on('pageerror', (error) => fault(`error: ${error.stack ?? error}`))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') fault(`console: ${message.text()} (${message.location().url})`)
    })
    page.on('crash', () => fault('the page crashed'))
    return page
  }

  /** Faults of this kind are expected from now on, e.g. while the server is down. */
  excuse(page, pattern) {
    this.people.find((person) => person.page === page).excused.push(pattern)
  }

  /** From now on every fault counts again. */
  excuseNothing(page) {
    this.people.find((person) => person.page === page).excused.length = 0
  }

  /** A picture of a screen, and a look at its words. */
  async shot(page, what) {
    const person = this.people.find((one) => one.page === page)
    this.shots += 1
    mkdirSync(OUT, { recursive: true })
    const path = join(OUT, `${this.name}-${String(this.shots).padStart(2, '0')}-${person.who}-${what}.png`)
    await page.screenshot({ path, scale: 'device' })
    for (const key of await loosenedKeys(page)) person.faults.push(`${what}: untranslated ${key}`)
  }

  /** Pictures of all screens as they are, for whoever looks into a failure. */
  async shotsOfAll(what) {
    for (const { page } of this.people) {
      if (!page.isClosed()) await this.shot(page, what).catch((thrown) => console.error(String(thrown)))
    }
  }

  /** What went wrong on all pages, or on one. */
  faults(only) {
    const people = this.people.filter(({ page }) => only === undefined || page === only)
    return people.flatMap(({ who, faults }) => faults.map((fault) => `${who}: ${fault}`))
  }

  async close() {
    await this.browser.close()
  }
}
