// What people do on their screens: they look at what is there and press what is lit.
import { Person } from './person.mjs'
import { until } from './until.mjs'

/** The facts of the one case that is played. The identity number is made up; its check digit is right. */
export const CASE = {
  place: '林西县东环路与兴林路交叉口南80米',
  violation: '1345',
  plate: '蒙DK7362',
  party: '张立新',
  idNo: '150424198805062615',
}

/** What is typed or chosen under a label. A function makes the value when it is asked for. */
const FIELDS = {
  当事人姓名: CASE.party,
  证件种类: 'A',
  证件号码: CASE.idNo,
  出生日期: '1988-05-06',
  相貌与照片一致: true,
  车辆类型: 'K33',
  号牌种类: '02',
  已累积记分: '3',
  违法时间: () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16),
  违法地点: CASE.place,
  拟处罚: 'fine',
  '拟罚款（元）': '100',
  地点为公路: false,
  复核结论: 'nothing_said',
  复核理由: '当事人未陈述、申辩',
  已交还证件: true,
}

/** An officer at the roadside, with a phone. */
export class Officer extends Person {
  async openCase() {
    const { page } = this
    await page.getByRole('button', { name: '发起远程执法' }).click()
    await page.getByRole('button', { name: '填写' }).click()
    await page.getByRole('textbox').fill(CASE.place)
    await page.getByRole('button', { name: '完成' }).click()
    await page.getByRole('button', { name: '选择', exact: true }).click()
    await this.chooseViolation()
    await page.getByRole('button', { name: '输入号牌' }).click()
    for (const key of CASE.plate) {
      await page.locator('.keyboard .key').filter({ hasText: new RegExp(`^\\s*${key}\\s*$`, 'u') }).click()
    }
    await this.shot('case-form')
    await page.locator('.keyboard').getByRole('button', { name: '完成' }).click()
  }

  async chooseViolation() {
    await this.page.getByRole('searchbox').fill(CASE.violation)
    await this.page.locator('dialog[open] .list button').filter({ hasText: CASE.violation }).first().click()
  }

  /** Calls a seat; answers the session's id. */
  async call() {
    await this.page.getByRole('button', { name: '呼叫坐席' }).click()
    await this.page.waitForURL(/\/officer\/sessions\/[0-9a-f]{32}$/u)
    this.sid = new URL(this.page.url()).pathname.split('/').at(-1)
    return this.sid
  }

  /** Shows the code for the party's phone; answers the address in it. */
  async invite() {
    const { page } = this
    await page.getByRole('button', { name: '更多' }).click()
    await this.shot('more')
    const answered = page.waitForResponse((response) => response.url().endsWith('/invitations'))
    await page.getByRole('button', { name: '当事人用自己的手机加入' }).click()
    const { url } = await (await answered).json()
    await page.locator('dialog[open] svg, dialog[open] canvas, dialog[open] img').first().waitFor()
    await this.shot('invite')
    await page.locator('dialog[open]').getByRole('button', { name: '关闭' }).click()
    return url
  }

  look() {
    return this.page.evaluate(() => {
      const text = (selector) => document.querySelector(selector)?.innerText.trim().replace(/\s+/gu, ' ') ?? ''
      const big = document.querySelector('footer .btn.big')
      return {
        path: location.pathname,
        step: text('.step header'),
        band: text('.band'),
        lit: text('[data-lit]'),
        needs: text('.needs'),
        button: big?.innerText.trim() ?? '',
        may: big !== null && !big.disabled,
        sheet: document.querySelector('dialog[open]')?.ariaLabel ?? '',
        problem: text('.problem'),
        title: text('h1'),
      }
    })
  }

  async act(seen) {
    if (seen.sheet !== '') return this.fillSheet(seen)
    // What the party does on a phone of their own is not turned to them here.
    if (!seen.may || /^(?:转给当事人|取消)/u.test(seen.button)) return null
    // Under the thumb another button may have come meanwhile, as the others act: it is not what was meant.
    const meant = this.page.locator('footer .btn.big').filter({ hasText: seen.button })
    const pressed = await meant.click({ timeout: 2_000 }).then(() => true, () => false)
    return pressed ? seen.button : null
  }

  async fillSheet({ sheet }) {
    const { page } = this
    const dialog = page.locator('dialog[open]')
    if (this.seenSheets.has(sheet) === false) {
      this.seenSheets.add(sheet)
      await this.shot(`sheet-${this.seenSheets.size}`)
    }
    if (await dialog.locator('form#fields').count()) {
      await this.fillFields(dialog)
      await dialog.getByRole('button', { name: '保存' }).click()
    } else if (sheet === '核对确认') {
      await dialog.getByRole('button', { name: '我确认' }).first().click()
    } else if (sheet === '制作决定书') {
      await dialog.getByRole('button', { name: '作出决定' }).click()
    } else if (sheet === '当场交付') {
      await dialog.getByRole('radio', { name: '已交付纸质决定书' }).click()
      await dialog.getByRole('button', { name: '记录送达' }).click()
    } else if (sheet === '封存录制') {
      await dialog.getByRole('button', { name: '封存' }).click()
    } else {
      throw new Error(`the officer does not know the sheet ${sheet}`)
    }
    return sheet
  }

  async fillFields(dialog) {
    for (const field of await dialog.locator('.field').all()) {
      const label = (await field.locator('.field-label, label').first().innerText()).replace(/（选填）$/u, '').trim()
      const known = FIELDS[label]
      const value = typeof known === 'function' ? known() : known
      if (await field.locator('[role=radiogroup]').count()) {
        if (value !== undefined) await field.getByRole('radio', { name: value ? '是' : '否', exact: true }).click()
      } else if (await field.locator('select').count()) {
        if (value !== undefined) await field.locator('select').selectOption(value)
      } else if (await field.locator('input, textarea').count()) {
        const box = field.locator('input, textarea')
        if (value !== undefined && (await box.inputValue()) === '') await box.fill(value)
      } else if (await field.getByRole('button', { name: '用现在的位置' }).count()) {
        await field.getByRole('button', { name: '用现在的位置' }).click()
        await until('the position', async () => (await field.locator('.note').innerText()).includes('米'), { within: 10_000 })
      } else if (label === '违法行为' && (await field.getByRole('button', { name: '请选择' }).count())) {
        await field.getByRole('button', { name: '请选择' }).click()
        await this.chooseViolation()
      } else if (await field.getByRole('button', { name: '拍照' }).count()) {
        await field.getByRole('button', { name: '拍照' }).click()
        await field.getByRole('button', { name: '再拍一张' }).waitFor()
      }
    }
  }

  /** The session on this phone is over; answers how. */
  async ended() {
    await this.page.locator('main.ended h1').waitFor()
    return this.page.locator('main.ended h1').innerText()
  }
}

/** An experienced officer at a cloud seat. */
export class Seat extends Person {
  async takeCalls() {
    await this.page.getByRole('button', { name: '开始接听' }).click()
    await this.page.getByText('等待来电').first().waitFor()
  }

  /** Answers what rings by the space bar. */
  async answer() {
    await this.page.locator('aside.ring').waitFor()
    await this.shot('ringing')
    await this.page.keyboard.press('Space')
    await this.page.locator('.foot .main').waitFor()
  }

  look() {
    return this.page.evaluate(() => {
      const text = (selector) => document.querySelector(selector)?.innerText.trim().replace(/\s+/gu, ' ') ?? ''
      const main = document.querySelector('.foot .btn.main')
      return {
        step: text('.current .head'),
        lit: text('.current .lit'),
        band: text('.side .band'),
        work: text('.work'),
        works: [...document.querySelectorAll('.work .item button:not(:disabled)')].length,
        button: main?.innerText.trim() ?? '',
        may: main !== null && !main.disabled,
        problem: text('.foot .problem'),
      }
    })
  }

  async act(seen) {
    const button = this.page.locator('.work .item button:not(:disabled)').first()
    if (seen.works > 0) {
      await button.click()
      return seen.work
    }
    if (!seen.may) return null
    await this.page.keyboard.press('Enter')
    return seen.button
  }
}

/** The citizen, on a phone of their own. */
export class Party extends Person {
  async join(url) {
    await this.page.goto(url)
    await this.page.getByRole('button', { name: '加入' }).waitFor()
    await this.shot('join')
    await this.page.getByRole('button', { name: '加入' }).click()
    await this.page.waitForURL(/\/party\/[0-9a-f]{32}$/u)
  }

  look() {
    return this.page.evaluate(() => {
      const may = (name) => [...document.querySelectorAll('button')].some((button) => button.innerText.trim() === name && !button.disabled)
      const text = (selector) => document.querySelector(selector)?.innerText.trim().replace(/\s+/gu, ' ') ?? ''
      return {
        heading: text('header h1') || text('main h2'),
        waive: may('我不陈述'),
        sure: may('确认不陈述'),
        refuse: may('我拒绝签名'),
        sign: may('签名并提交'),
        read: document.querySelector('.doc .end.done') !== null,
        receipt: document.querySelector('main.receipt .code') !== null,
        problem: text('.problem'),
      }
    })
  }

  async act(seen) {
    const { page } = this
    if (seen.sure) {
      await this.shot('waive')
      await page.getByRole('button', { name: '确认不陈述' }).click()
      return '确认不陈述'
    }
    if (seen.waive) {
      await this.shot('rights')
      await page.getByRole('button', { name: '我不陈述' }).click()
      return '我不陈述'
    }
    if (seen.sign) {
      await this.shot('signed')
      await page.getByRole('button', { name: '签名并提交' }).click()
      return '签名并提交'
    }
    // Signing is open: read to the end, draw, submit.
    if (seen.refuse && !seen.read) {
      await page.locator('.doc .end').scrollIntoViewIfNeeded()
      return '读到末尾'
    }
    if (seen.refuse) {
      await this.draw(page.locator('.pad canvas'))
      return '签名'
    }
    return null
  }

  /** A name, by finger. */
  async draw(canvas) {
    const box = await canvas.boundingBox()
    const touch = await this.page.context().newCDPSession(this.page)
    const at = (u, v) => ({ x: box.x + box.width * u, y: box.y + box.height * v })
    for (const stroke of [
      [[0.15, 0.3], [0.3, 0.28], [0.25, 0.55], [0.35, 0.7]],
      [[0.4, 0.25], [0.42, 0.5], [0.4, 0.75]],
      [[0.55, 0.3], [0.7, 0.35], [0.62, 0.6], [0.8, 0.7]],
    ]) {
      const points = stroke.flatMap(([u, v], i) => {
        const next = stroke[i + 1]
        if (next === undefined) return [at(u, v)]
        return [0, 0.25, 0.5, 0.75].map((k) => at(u + (next[0] - u) * k, v + (next[1] - v) * k))
      })
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [points[0]] })
      for (const point of points.slice(1)) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [point] })
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    }
    await touch.detach()
  }
}

/** Acts that may follow one another before it is clear that the play goes in circles. */
const ACTS_MAX = 250
/** How long nobody may have anything to do. */
const STALLED_MS = 25_000

/**
 * Everybody does what their screen asks of them, until `done` says that it is enough; it is asked before each act with
 * what the screens show.
 */
export async function play(cast, done) {
  const acts = []
  for (let n = 0; n < ACTS_MAX; n += 1) {
    let screens = {}
    try {
      const next = await until(
        'somebody to have something to do',
        async () => {
          screens = {}
          for (const person of cast) screens[person.who] = await person.look()
          if (await done(screens, acts)) return 'done'
          for (const person of cast) {
            const seen = screens[person.who]
            const did = await person.act(seen)
            if (did !== null) return { person, seen, did }
          }
          return null
        },
        { within: STALLED_MS },
      )
      if (next === 'done') return acts
      const { person, seen, did } = next
      acts.push(`${person.who}: ${seen.step ?? seen.heading} | ${did.replace(/\s+/gu, ' ')}`)
      const before = JSON.stringify(seen)
      await until(`${person.who}'s screen to answer “${did}”`, async () => JSON.stringify(await person.look()) !== before, { within: 15_000 })
      await person.settled()
    } catch (thrown) {
      const told = [...acts.slice(-8), ...Object.entries(screens).map(([who, seen]) => `${who} sees ${JSON.stringify(seen)}`)]
      throw new Error(`${thrown.message}\n${told.join('\n')}`, { cause: thrown })
    }
  }
  throw new Error(`the play goes in circles:\n${acts.slice(-20).join('\n')}`)
}
