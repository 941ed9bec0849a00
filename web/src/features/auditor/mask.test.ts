import { describe, expect, it } from 'vitest'
import { maskDecision, maskName, maskNumber, maskPlate, maskText } from './mask'

describe('masks', () => {
  it('leaves of a name its first character', () => {
    expect(maskName('张立新')).toBe('张*')
    expect(maskName('𠮷田')).toBe('𠮷*')
    expect(maskName('')).toBe('')
    expect(maskName('当事人')).toBe('当事人')
  })

  it('leaves of a number its region and its end', () => {
    expect(maskNumber('150424198801012617')).toBe('150424********2617')
    expect(maskNumber('13804761234')).toBe('138****1234')
    expect(maskNumber('12345')).toBe('*****')
  })

  it('covers the end of a plate, also of a long one', () => {
    expect(maskPlate('蒙D·K7362')).toBe('蒙D·K7***')
    expect(maskPlate('蒙D12345F')).toBe('蒙D123***')
  })
})

describe('maskText', () => {
  it('finds numbers and plates within a sentence and leaves article numbers alone', () => {
    expect(
      maskText('张立新（150424198801012617）驾驶蒙D·K7362，违反第三十八条，罚款 100 元', ['张立新']),
    ).toBe('张*（150424********2617）驾驶蒙D·K7***，违反第三十八条，罚款 100 元')
    expect(maskText('文书编号 1504240000000000142026')).toBe('文书编号 1504240000000000142026')
  })
})

describe('maskDecision', () => {
  it('covers the party and what the sentences say of it', () => {
    const masked = maskDecision({
      issuer: '林西县公安局交通管理大队',
      title: '决定书',
      doc_no: 'LX-20260917-000014',
      party: [
        { label: '被处罚人', value: '张立新' },
        { label: '机动车驾驶证号', value: '150424198801012617' },
        { label: '住址', value: '内蒙古自治区林西县林西镇某街 1 号' },
        { label: '车辆类型', value: '小型轿车' },
        { label: '号牌种类', value: '小型汽车' },
        { label: '车辆牌号', value: '蒙DK7362' },
      ],
      facts: '张立新驾驶蒙D·K7362',
      basis: '',
      penalty: '罚款 100 元',
      points: '1',
      pay: '',
      remedy: '',
      place: '',
      remarks: '',
    })
    expect(masked.party.map((row) => row.value)).toEqual([
      '张*',
      '150424********2617',
      '内蒙古自治区***',
      '小型轿车',
      '小型汽车',
      '蒙DK7***',
    ])
    expect(masked.facts).toBe('张*驾驶蒙D·K7***')
    expect(masked.doc_no).toBe('LX-20260917-000014')
  })
})
