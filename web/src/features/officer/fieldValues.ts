import type { FieldValue, Need, Violation } from '@/api/schema.gen'
import { clockParts } from '@/shared/time'

/** Whether a time is a day without an hour. */
export function isDay(need: Pick<Need, 'field'>): boolean {
  return need.field.endsWith('_date') || need.field.endsWith('_on')
}

/** A value as an input element holds it. Times are China's, whatever the device is set to. */
export function toInput(need: Pick<Need, 'field' | 'type'>, value: FieldValue): string {
  if (value === null) return ''
  if (need.type === 'time' && typeof value === 'string' && !isDay(need)) {
    if (Number.isNaN(Date.parse(value))) return ''
    const { year, month, day, hour, minute } = clockParts(value)
    return `${year}-${month}-${day}T${hour}:${minute}`
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** What was typed, as the server takes it; empty is `null`, which empties the field. */
export function fromInput(need: Pick<Need, 'field' | 'type'>, typed: string): FieldValue {
  const text = typed.trim()
  if (text === '') return null
  switch (need.type) {
    case 'number':
      return /^\d+$/u.test(text) ? Number(text) : typed
    case 'time':
      if (isDay(need)) return text
      return Number.isNaN(Date.parse(`${text}:00+08:00`)) ? text : new Date(`${text}:00+08:00`).toISOString()
    case 'id_number':
    case 'plate':
      return text.replace(/\s|·/gu, '').toUpperCase()
    default:
      return typed
  }
}

/** The values that differ from what the server has, and those it only suggested. */
export function changedValues(
  needs: readonly Need[],
  values: Readonly<Record<string, FieldValue>>,
): Record<string, FieldValue> {
  const changed: Record<string, FieldValue> = {}
  for (const need of needs) {
    const now = values[need.field] ?? null
    const suggested = !need.filled && now !== null
    if (suggested || JSON.stringify(now) !== JSON.stringify(need.value ?? null)) changed[need.field] = now
  }
  // Rows of two codes may be called the same: a new code without its row would lose it.
  if (CODE in changed && values[VARIANT] != null) changed[VARIANT] = values[VARIANT]
  return changed
}

const CODE = 'violation_code'
/** The field that says which row of a violation's code is meant. */
export const VARIANT = 'violation_variant'

/** The row of the catalogue that is meant; null as long as a code has several and none is chosen. */
export function rowOf(
  rows: readonly Violation[],
  code: string | null,
  variant: string | null,
): Violation | null {
  const of = rows.filter((row) => row.code === code)
  if (variant === null) return of.length === 1 ? (of[0] ?? null) : null
  return of.find((row) => row.variant === variant) ?? null
}

/** The birth date that a resident ID number holds (GB 11643), to be offered, never imposed; null if it holds none. */
export function birthDateOf(idNumber: string): string | null {
  const found = /^\d{6}(\d{4})(\d{2})(\d{2})\d{3}[\dXx]$/u.exec(idNumber)
  if (found === null) return null
  const [, year = '', month = '', day = ''] = found
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  return Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day) ? null : `${year}-${month}-${day}`
}
