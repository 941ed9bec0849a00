import { describe, expect, it } from 'vitest'
import { axisLabel, bytes, grouped, place, timecode } from './format'

describe('places in a recording', () => {
  it('cuts, never rounds up: 59.99 s is not the next minute', () => {
    expect(timecode(245_250_000)).toBe('00:04:05.2')
    expect(timecode(59_990_000)).toBe('00:00:59.9')
    expect(place(189_000_412)).toBe('03:09.0')
    expect(place(3_600_000_000)).toBe('01:00:00.0')
    expect(axisLabel(240_000_000)).toBe('4:00')
    expect(axisLabel(3_660_000_000)).toBe('1:01:00')
  })
})

describe('numbers', () => {
  it('groups by three', () => {
    expect(grouped(90412)).toBe('90\u202f412')
    expect(grouped(1234567)).toBe('1\u202f234\u202f567')
    expect(grouped(999)).toBe('999')
  })

  it('chooses the unit', () => {
    expect(bytes(48_130)).toBe('48.1 KB')
    expect(bytes(999)).toBe('999 B')
    expect(bytes(1_846_272_000)).toBe('1.8 GB')
  })
})
