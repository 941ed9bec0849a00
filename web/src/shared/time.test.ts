import { expect, it } from 'vitest'
import { clock, dayAndClock, dayInWords, sameDay, stopwatch, stopwatchShort } from './time'

it('shows China time whatever the device is set to', () => {
  expect(clock('2026-09-17T06:29:20.000Z')).toBe('14:29:20')
  expect(dayAndClock('2026-12-31T16:30:00.000Z')).toBe('2027-01-01 00:30')
  expect(dayInWords('2026-10-07T16:00:00.000Z', 'zh-CN')).toBe('10 月 8 日')
  expect(dayInWords('2026-10-07T16:00:00.000Z', 'en')).toBe('8 Oct')
  expect(sameDay('2026-09-17T15:59:59Z', '2026-09-17T16:00:00Z')).toBe(false)
})

it('counts up', () => {
  expect(stopwatch(192_900)).toBe('00:03:12')
  expect(stopwatch(-5)).toBe('00:00:00')
  expect(stopwatchShort(192_900)).toBe('03:12')
  expect(stopwatchShort(3_600_000)).toBe('01:00:00')
})
