import { until } from './until.mjs'

/** Somebody before a screen. */
export class Person {
  constructor(stage, who, page) {
    this.stage = stage
    this.who = who
    this.page = page
    this.seenSheets = new Set()
  }

  shot(what) {
    return this.stage.shot(this.page, what)
  }

  /** Signs in on the sign-in page, and waits for the page where work begins. */
  async signIn({ login, password }, landing) {
    await this.page.goto('/')
    await this.page.getByLabel('警号或账号').fill(login)
    await this.page.getByLabel('密码').fill(password)
    await this.shot('sign-in')
    await this.page.getByRole('button', { name: '登录' }).click()
    await this.page.waitForURL(landing)
  }

  /** Waits until no button is busy. */
  async settled() {
    await until(`${this.who}'s buttons to rest`, async () => (await this.page.locator('.btn.busy').count()) === 0, { within: 15_000 })
  }

  /** Media in and out of this page so far. */
  async media() {
    return this.page.evaluate(async () => {
      const sum = { audioIn: 0, videoIn: 0, framesDecoded: 0, framesEncoded: 0, framesSent: 0, audioOut: 0, videoOut: 0, connections: window.__peers.length }
      for (const peer of window.__peers) {
        for (const report of (await peer.getStats()).values()) {
          if (report.type === 'inbound-rtp') {
            sum[`${report.kind}In`] += report.packetsReceived
            sum.framesDecoded += report.framesDecoded ?? 0
          }
          if (report.type === 'outbound-rtp') {
            sum[`${report.kind}Out`] += report.packetsSent
            sum.framesEncoded += report.framesEncoded ?? 0
            sum.framesSent += report.framesSent ?? 0
          }
        }
      }
      return sum
    })
  }

  /** Seconds that each playing picture from elsewhere has played. */
  async playing() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('video')].filter((video) => video.srcObject !== null && video.readyState >= 2).map((video) => video.currentTime),
    )
  }

  /** Sees and hears at least `others` people: their pictures run, their packets come in. */
  async seesAndHears(others) {
    const before = await this.media()
    const start = await this.playing()
    await until(`${this.who} to see and hear ${others}`, async () => {
      const now = await this.media()
      const times = await this.playing()
      const running = times.filter((time, i) => time > (start[i] ?? 0)).length
      // The own picture runs as well.
      if (running < others + 1) throw new Error(`${running} pictures run`)
      if (now.audioIn - before.audioIn < 25) throw new Error(`${now.audioIn - before.audioIn} packets of sound came in`)
      if (now.framesDecoded - before.framesDecoded < 15) throw new Error(`${now.framesDecoded - before.framesDecoded} frames came in`)
      return true
    })
  }
}
