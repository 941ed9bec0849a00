import { expect, it } from 'vitest'
import type { Case } from '@/api/schema.gen'
import { daysLeft, nextDue } from './due'

const base: Case = {
  id: 'c',
  procedure: 'traffic_simple',
  state: 'SEALED',
  place: { text: '' },
  officer: { id: '', name: '', role: '', unit_name: '', badge_no: '' },
  created_at: '',
  deadlines: [],
}

it('shows the nearest filing that is not done', () => {
  expect(nextDue(base)).toBeNull()
  const due = (key: string, due_at: string, done = false) => ({ key, due_at, done })
  const item = {
    ...base,
    deadlines: [
      due('pay', '2026-09-18T00:00:00.000Z'),
      due('file_traffic_simple', '2026-09-21T15:59:59.000Z'),
      due('file_other', '2026-09-19T15:59:59.000Z', true),
    ],
  }
  expect(nextDue(item)?.key).toBe('file_traffic_simple')
})

it('counts calendar days of China', () => {
  const due = '2026-09-21T15:59:59.000Z' // 23:59:59 there
  expect(daysLeft(due, Date.parse('2026-09-21T14:00:00Z'))).toBe(0)
  expect(daysLeft(due, Date.parse('2026-09-20T15:00:00Z'))).toBe(1)
  expect(daysLeft(due, Date.parse('2026-09-21T16:00:01Z'))).toBe(-1)
})
