import { describe, expect, it } from 'vitest'
import messages from './messages'
import { CODES } from './verdict'

describe('messages', () => {
  it('has a text for every code a verifier may report, in both languages', () => {
    for (const language of ['zh-CN', 'en'] as const) {
      const audit = messages[language].audit as Record<string, Record<string, string>>
      expect(CODES.filter((code) => !audit.finding?.[code])).toEqual([])
    }
  })
})
