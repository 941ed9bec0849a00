import { describe, expect, it } from 'vitest'
import { parseReceipt, sameRoot } from './receiptText'

const SID = '7f3c9a52e1d84b067f3c9a52e1d84b06'
const ROOT = Array.from({ length: 32 }, (_, i) => i * 7 + 1)
const HEX = ROOT.map((byte) => (byte % 256).toString(16).padStart(2, '0')).join('')
const BASE64 = btoa(String.fromCharCode(...ROOT))
const BASE64URL = BASE64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const NOTE = `evd.example.gov/session/${SID}\n5872\n${BASE64}\n\n— evd.example.gov/recorder GsmipgAA\n`

describe('parseReceipt', () => {
  it('reads the note, as pasted and with the line ends of another system', () => {
    expect(parseReceipt(NOTE)).toMatchObject({ sid: SID, size: 5872, root: HEX })
    expect(parseReceipt(NOTE.replaceAll('\n', '\r\n'))).toMatchObject({ sid: SID, size: 5872, root: HEX })
  })

  it('reads the address on paper and the one on the receipt page', () => {
    const paper = `https://evd.example.gov/receipt/${SID}#5872.${BASE64URL}`
    expect(parseReceipt(paper)).toEqual({ sid: SID, size: 5872, root: HEX, note: null })
    expect(parseReceipt(paper.replace('/receipt/', '/v/'))?.size).toBe(5872)
    const bytes = new TextEncoder().encode(NOTE)
    const page = `https://evd.example.gov/receipt/${SID}#n.${btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')}`
    expect(parseReceipt(page)).toMatchObject({ sid: SID, size: 5872, root: HEX, note: NOTE })
  })

  it('reads the short form, also grouped as it is printed', () => {
    const short = HEX.slice(0, 32)
    expect(parseReceipt(`5872/${short}`)).toEqual({ sid: null, size: 5872, root: short, note: null })
    expect(parseReceipt(`5872 / ${short.match(/.{4}/g)?.join(' ') ?? ''}`)?.root).toBe(short)
  })

  it('refuses what is none', () => {
    for (const text of [
      '',
      'hello',
      `https://evd.example.gov/receipt/${SID}`,
      '5872/ab',
      `5872/${HEX}0`,
      NOTE.replace('5872', 'x'),
    ]) {
      expect(parseReceipt(text)).toBeNull()
    }
  })
})

describe('sameRoot', () => {
  it('compares as far as the receipt goes', () => {
    const claim = { sid: null, size: 1, root: HEX.slice(0, 32), note: null }
    expect(sameRoot(claim, HEX.toUpperCase())).toBe(true)
    expect(sameRoot({ ...claim, root: HEX }, HEX)).toBe(true)
    expect(sameRoot({ ...claim, root: `${HEX.slice(0, 31)}0` }, `${HEX.slice(0, 31)}1`)).toBe(false)
  })
})
