import { describe, expect, it } from 'vitest'
import { sentences } from './decision'

describe('sentences', () => {
  it('joins the parts whatever stops they bring', () => {
    expect(
      sentences({
        facts: '被处罚人实施违法行为(代码1345)',
        basis: '违反《道路交通安全法》第三十八条，依据同法第九十条',
        penalty: '决定处以罚款100元。',
        points: '记1分',
      }),
    ).toEqual({
      facts: '被处罚人实施违法行为(代码1345)。',
      penalty: '违反《道路交通安全法》第三十八条，依据同法第九十条，决定处以罚款100元，记1分。',
    })
  })

  it('leaves out what is not there', () => {
    expect(sentences({ facts: '', basis: '依据第九十条，', penalty: '警告', points: null })).toEqual({
      facts: '',
      penalty: '依据第九十条，警告。',
    })
  })
})
