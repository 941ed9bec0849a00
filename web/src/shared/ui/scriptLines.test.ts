import { describe, expect, it } from 'vitest'
import { beforeStart, scriptLines } from './scriptLines'

/** Full characters: Latin ones are half as wide. */
const width = (line: string) => [...line].reduce((sum, char) => sum + (char < '\u2e80' ? 0.5 : 1), 0)

const SENTENCES = [
  '你好！',
  '你好！请出示驾驶证、行驶证。',
  '你有权陈述和申辩。',
  '我是林西县公安局交通管理大队民警周敏，现在正通过视频连线参与现场执法并全程监督指导，请你配合工作！',
  '违法事实：今天 14:21，在东环路与兴林路交叉口南 80 米，驾驶蒙D·K7362 小型轿车违反禁止标线指示。',
  '你的违反禁止标线指示违反了道路交通安全法律法规，依据《道路交通安全法》第三十八条和第九十条的规定，对你处以 100 元的罚款，记 1 分。',
  '刚才，我们已告知了你的违法行为及享有的权利义务，并依法作出处罚决定，如无异议，请你签名！',
  '请自收到决定书之日起十五日内缴纳，逾期不缴纳的，每日按罚款数额的百分之三加处罚款。',
  '如不服本决定，应当自收到本决定书之日起六十日内先向林西县人民政府申请行政复议。',
]

describe('scriptLines', () => {
  it.each([15, 18])('keeps every line within %i characters and loses nothing', (most) => {
    for (const sentence of SENTENCES) {
      const lines = scriptLines(sentence, most)
      expect(lines.join('').replace(/ /gu, '')).toBe(sentence.replace(/ /gu, ''))
      for (const line of lines) {
        expect(width(line), line).toBeLessThanOrEqual(most + 1)
        expect(/^[。！？；，：、）》]/u.test(line), line).toBe(false)
        expect(/[（《]$/u.test(line), line).toBe(false)
      }
      if (lines.length > 1) for (const line of lines) expect([...line].length, line).toBeGreaterThan(1)
    }
  })

  it('breaks at the punctuation', () => {
    expect(scriptLines('你有权陈述和申辩，也有权申请回避。', 15)).toEqual([
      '你有权陈述和申辩，',
      '也有权申请回避。',
    ])
    expect(scriptLines('刚才信号中断二十秒，现在重新告知。', 15)).toEqual([
      '刚才信号中断二十秒，',
      '现在重新告知。',
    ])
  })

  it('leaves Latin text to the browser', () => {
    expect(scriptLines('You may also ask that an officer be replaced.', 15)).toHaveLength(1)
  })
})

describe('beforeStart', () => {
  it('says of blanks when they are filled', () => {
    expect(beforeStart('在东环路，＿＿。', '（以后填）')).toBe('在东环路，（以后填）。')
    expect(beforeStart('你有权陈述和申辩。', '（以后填）')).toBe('你有权陈述和申辩。')
  })
})
