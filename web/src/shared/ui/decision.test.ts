import { describe, expect, it } from 'vitest'
import { penaltyParts, sentence, sentences } from './decision'

const text = {
  facts: '被处罚人实施违法行为（代码1345）',
  basis: '违反《道路交通安全法》第三十八条，依据同法第九十条',
  penalty: '罚款100元',
  points: '记1分',
  doc_no: 'LX-20261125-000001',
}

describe('sentences', () => {
  it('says of a decision what was decided', () => {
    expect(sentences(text)).toEqual({
      facts: '被处罚人实施违法行为（代码1345）。',
      basis: '违反《道路交通安全法》第三十八条，依据同法第九十条。',
      penalty: '决定处以罚款100元，记1分。',
      ruling: '违反《道路交通安全法》第三十八条，依据同法第九十条，决定处以罚款100元，记1分。',
    })
  })

  it('says of a draft what is proposed, and decides nothing', () => {
    expect(sentences({ ...text, doc_no: null }).penalty).toBe('拟处罚款100元，记1分。')
    expect(sentences({ ...text, penalty: '警告', points: null, doc_no: null }).penalty).toBe('拟给予警告。')
    expect(sentences({ ...text, penalty: '决定处以罚款100元。', doc_no: null }).ruling).not.toContain('决定')
  })

  it('joins the parts whatever stops and verbs they bring', () => {
    for (const penalty of ['决定处以罚款100元。', '罚款100元，', '拟处罚款100元', ' 罚款100元。。']) {
      for (const points of ['记1分', '记1分。', '记1分；']) {
        expect(sentences({ ...text, penalty, points }).penalty).toBe('决定处以罚款100元，记1分。')
      }
    }
    expect(sentence(['一。', '', null, '二；'])).toBe('一，二。')
  })

  it('leaves out what is not there', () => {
    const none = { facts: '', basis: '依据第九十条，', penalty: '警告', points: null, doc_no: 'X' }
    expect(sentences(none)).toMatchObject({ facts: '', ruling: '依据第九十条，决定给予警告。' })
    expect(sentences({ ...none, penalty: '' }).penalty).toBe('')
  })

  it('names the penalty without a verb', () => {
    expect(penaltyParts({ penalty: '决定处以罚款100元。', points: '记1分。' })).toEqual([
      '罚款100元',
      '记1分',
    ])
    expect(penaltyParts({ penalty: '警告', points: null })).toEqual(['警告'])
  })
})
