import { describe, expect, it } from 'vitest'
import type { Violation } from '@/api/schema.gen'
import { birthDateOf, changedValues, fromInput, rowOf, toInput } from './fieldValues'

const time = { field: 'violation_time', type: 'time' }

describe('times', () => {
  it('are those of China in the input and UTC on the wire', () => {
    expect(toInput(time, '2026-09-17T06:21:00.000Z')).toBe('2026-09-17T14:21')
    expect(fromInput(time, '2026-09-17T14:21')).toBe('2026-09-17T06:21:00.000Z')
  })
  it('stay days where they are days', () => {
    const day = { field: 'birth_date', type: 'time' }
    expect(fromInput(day, '1990-02-03')).toBe('1990-02-03')
    expect(toInput(day, '1990-02-03')).toBe('1990-02-03')
  })
})

describe('fromInput', () => {
  it('empties a field', () => expect(fromInput({ field: 'x', type: 'text' }, '  ')).toBeNull())
  it('makes numbers of digits and leaves the rest to the server', () => {
    const number = { field: 'proposed_fine_yuan', type: 'number' }
    expect(fromInput(number, '100')).toBe(100)
    expect(fromInput(number, '1oo')).toBe('1oo')
  })
  it('tidies numbers of documents and plates', () => {
    expect(fromInput({ field: 'id_no', type: 'id_number' }, '150424 19900203 261x')).toBe(
      '15042419900203261X',
    )
    expect(fromInput({ field: 'plate', type: 'plate' }, '蒙d·k7362')).toBe('蒙DK7362')
  })
})

it('sends only what changed', () => {
  const need = (field: string, value: string | null) => ({
    field,
    value,
    label_zh: '',
    label_en: '',
    type: 'text',
    required: true,
    filled: value !== null,
  })
  expect(
    changedValues([need('a', '1'), need('b', null), need('c', '3')], { a: '1', b: '2', c: null }),
  ).toEqual({
    b: '2',
    c: null,
  })
})

it('sends a suggestion that was left as it is', () => {
  const need = {
    field: 'a',
    value: 'x',
    label_zh: '',
    label_en: '',
    type: 'text',
    required: true,
    filled: false,
  }
  expect(changedValues([need], { a: 'x' })).toEqual({ a: 'x' })
})

it('reads the birth date of an ID number', () => {
  expect(birthDateOf('150424199002032617')).toBe('1990-02-03')
  expect(birthDateOf('150424199002312617')).toBeNull()
  expect(birthDateOf('1504241990')).toBeNull()
})

describe('a violation', () => {
  const row = (code: string, variant: string) => ({ code, variant }) as Violation
  const rows = [row('1345', ''), row('1039', 'driver_absent'), row('1039', 'refuses_to_leave')]
  const needs = [
    { field: 'violation_code', filled: true, value: '1039' },
    { field: 'violation_variant', filled: true, value: 'other_vehicle' },
  ] as unknown as Parameters<typeof changedValues>[0]

  it('is the row of its code, or of code and variant where a code has several', () => {
    expect(rowOf(rows, '1345', null)).toBe(rows[0])
    expect(rowOf(rows, '1039', null)).toBeNull()
    expect(rowOf(rows, '1039', 'refuses_to_leave')).toBe(rows[2])
    expect(rowOf(rows, '9999', null)).toBeNull()
  })

  it('is saved as code and variant, also where only one of them differs', () => {
    const next = { violation_code: '1340', violation_variant: 'other_vehicle' }
    expect(changedValues(needs, next)).toEqual(next)
    expect(changedValues(needs, { violation_code: '1345', violation_variant: null })).toEqual({
      violation_code: '1345',
      violation_variant: null,
    })
    expect(changedValues(needs, { violation_code: '1039', violation_variant: 'refuses_to_leave' })).toEqual({
      violation_variant: 'refuses_to_leave',
    })
  })
})
