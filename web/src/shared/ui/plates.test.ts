import { describe, expect, it } from 'vitest'
import { DEAD_KEYS, fits, LETTER_ROWS, PROVINCES, plateLength, usualPlate } from './plates'

describe('plates', () => {
  it('has every province once', () => {
    expect(PROVINCES).toHaveLength(31)
    expect(new Set(PROVINCES).size).toBe(31)
  })

  it('has every letter once, I and O dead', () => {
    const letters = LETTER_ROWS.join('')
    expect([...letters].sort().join('')).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
    for (const key of DEAD_KEYS) expect(fits('蒙D', key, 'small')).toBe(false)
  })

  it.each([
    ['蒙DK7362', true],
    ['蒙DD05128', true],
    ['蒙D05128D', true],
    ['蒙D1234学', true],
    ['粤ZF123港', true],
    ['蒙DI7362', false],
    ['蒙DK736', false],
  ])('%s is usual: %s', (plate, usual) => expect(usualPlate(plate)).toBe(usual))

  it('lets a plate be typed and no further', () => {
    let plate = ''
    for (const key of '蒙DD05128') {
      expect(fits(plate, key, 'new_energy'), `${plate}+${key}`).toBe(true)
      plate += key
    }
    expect(plate).toHaveLength(plateLength('new_energy'))
    expect(fits(plate, '1', 'new_energy')).toBe(false)
    expect(fits('', 'D', 'small')).toBe(false)
    expect(fits('蒙', '1', 'small')).toBe(false)
    expect(fits('蒙D12', '学', 'small')).toBe(false)
    expect(fits('蒙D1234', '学', 'small')).toBe(true)
  })
})
