import type { DecisionText } from '@/api/schema.gen'

/** Personal values as an auditor first sees them. */

/** What stands in a name's place while nobody is known yet. */
const NOBODY = new Set(['当事人', 'Party', 'party'])

/** 张立新 → 张*, 欧阳娜娜 → 欧*. */
export function maskName(name: string): string {
  if (NOBODY.has(name)) return name
  const first = Array.from(name)[0]
  return first === undefined ? '' : `${first}*`
}

/** The region and the last four of an identity or licence number remain. */
export function maskNumber(value: string): string {
  const length = value.length
  if (length <= 6) return '*'.repeat(length)
  const head = length >= 14 ? 6 : 3
  const tail = 4
  return value.slice(0, head) + '*'.repeat(Math.max(2, length - head - tail)) + value.slice(-tail)
}

/** 蒙D·K7362 → 蒙D·K7***. */
export function maskPlate(plate: string): string {
  const characters = Array.from(plate)
  return characters.map((character, index) => (index >= characters.length - 3 ? '*' : character)).join('')
}

/** Where somebody lives: the first six characters (province and city or county). */
export function maskAddress(address: string): string {
  const characters = Array.from(address)
  return characters.length <= 6 ? address : `${characters.slice(0, 6).join('')}***`
}

const PLATE = /[\u4e00-\u9fa5][A-Z][·•]?[A-Z0-9]{5,6}[\u4e00-\u9fa5]?/gu
const PLATE_WHOLE = /^[\u4e00-\u9fa5][A-Z][·•]?[A-Z0-9]{4,6}[\u4e00-\u9fa5]?$/u
const ID_NUMBER = /(?<![0-9])\d{17}[\dXx](?![0-9])/g
const PHONE = /(?<![0-9])1\d{10}(?![0-9])/g

/** Masks what can be told by its shape, wherever it stands in a text. */
export function maskText(text: string, names: readonly string[] = []): string {
  let out = text.replace(ID_NUMBER, maskNumber).replace(PHONE, maskNumber).replace(PLATE, maskPlate)
  for (const name of names) if (name.length > 1) out = out.replaceAll(name, maskName(name))
  return out
}

function maskLabelled(label: string, value: string): string {
  if (/姓名|被处罚人|当事人|违法行为人|name|party/i.test(label)) return maskName(value)
  if (/住址|地址|address/i.test(label)) return maskAddress(value)
  if (/号牌|车牌|牌号|plate/i.test(label) && PLATE_WHOLE.test(value)) return maskPlate(value)
  if (/号|电话|编号|number|phone|no\b/i.test(label) && /[\dXx]{6,}/.test(value)) return maskNumber(value)
  return maskText(value)
}

/** A decision with the party's values masked, also where they stand within sentences. */
export function maskDecision(text: DecisionText): DecisionText {
  const names = text.party
    .filter(({ label }) => /姓名|被处罚人|当事人|name|party/i.test(label))
    .map(({ value }) => value)
  const cover = (value: string) => maskText(value, names)
  return {
    ...text,
    party: text.party.map(({ label, value }) => ({ label, value: maskLabelled(label, value) })),
    facts: cover(text.facts),
    basis: cover(text.basis),
    penalty: cover(text.penalty),
    remarks: text.remarks == null ? null : cover(text.remarks),
  }
}
