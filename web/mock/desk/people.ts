import type { SeatStatus as Seat, Unit, User } from '../../src/api/schema.gen.ts'
import type { Person, QueueItem } from '../../src/realtime/protocol.gen.ts'
import { SEAT_PERSON, SID } from '../world.ts'

/** Who works with the mock: one of each role, and enough others to fill a board. */
export const UNITS: Unit[] = [
  {
    id: 'u0',
    name: '林西县公安局交通管理大队',
    short_name: '林西大队',
    parent_id: null,
    review_authority: '林西县人民政府',
    bank: '中国农业银行林西县支行',
  },
  {
    id: 'u1',
    name: '林西县公安局交通管理大队城区中队',
    short_name: '城区中队',
    parent_id: 'u0',
    review_authority: '林西县人民政府',
    bank: '中国农业银行林西县支行',
  },
]

function user(id: string, name: string, role: User['role'], badge_no: string, unit = UNITS[0]): User {
  return {
    id,
    login: role === 'officer' ? `o${badge_no}` : id.startsWith('s') ? `s${badge_no}` : role,
    name,
    role,
    unit: { id: unit?.id ?? '', name: unit?.name ?? '', short_name: unit?.short_name ?? '' },
    badge_no,
    qualified: role === 'officer' || role === 'seat',
    police_type: 'police_traffic',
    disabled: false,
    created_at: '2026-01-05T00:00:00.000Z',
  }
}

export const USERS: User[] = [
  user('p2', '周敏', 'seat', '150126'),
  user('p1', '王海峰', 'officer', '150437', UNITS[1]),
  user('c1', '乌兰', 'chief', '150012'),
  user('a1', '斯琴', 'auditor', '150083'),
  user('m1', '陶格斯', 'admin', '150007'),
  ...['孟和', '包晓东', '赵岩', '陈立', '高娃', '刘佳', '白音', '郑宇'].map((name, index) =>
    user(`s${index}`, name, 'seat', String(150_130 + index)),
  ),
  ...['德力格', '周文', '那顺', '苏日娜', '巴特尔', '李文博', '韩磊'].map((name, index) =>
    user(`o${index}`, name, 'officer', String(150_440 + index), UNITS[1]),
  ),
  { ...user('x1', '赵辅警', 'officer', '150901', UNITS[1]), qualified: false, disabled: true },
]

export const personOf = (found: User): Person => ({
  id: found.id,
  name: found.name,
  role: found.role,
  unit_name: found.unit.short_name,
  badge_no: found.badge_no,
})

const named = (name: string) => {
  const found = USERS.find((one) => one.name === name)
  if (found === undefined) throw new Error(`nobody called ${name}`)
  return personOf(found)
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

/** The board while this seat is free, in a call, or rings. */
export function board(me: Seat['state']): { queue: QueueItem[]; seats: Seat[] } {
  const busy = (name: string, seconds: number): Seat => ({
    person: named(name),
    state: 'busy',
    since: ago(seconds),
    sid: `7f3c9a52e1d84b067f3c9a52e1d8${String(seconds).padStart(4, '0')}`,
  })
  const other = (name: string, state: Seat['state'], seconds: number): Seat => ({
    person: named(name),
    state,
    since: ago(seconds),
    sid: null,
  })
  const waiting = (
    position: number,
    name: string,
    place_text: string,
    violation_text: string,
    seconds: number,
    rings: string,
  ): QueueItem => ({
    sid: `7f3c9a52e1d84b067f3c9a52e1d8990${position}`,
    officer: named(name),
    procedure: 'traffic_simple',
    place_text,
    violation_text,
    waiting_since: ago(seconds),
    position,
    ringing: { person: named(rings), until: inSeconds(15 - seconds) },
  })
  return {
    queue: [
      ...(me === 'ringing' ? [ringing()] : []),
      waiting(2, '德力格', '北大街', '违反规定停放、临时停车', 9, '刘佳'),
      waiting(3, '周文', '303 国道', '逆向行驶', 3, '白音'),
    ],
    seats: [
      {
        person: SEAT_PERSON,
        state: me,
        since: ago(161),
        sid: me === 'busy' || me === 'ringing' ? SID : null,
      },
      busy('孟和', 344),
      busy('包晓东', 260),
      busy('赵岩', 175),
      busy('高娃', 107),
      busy('陈立', 38),
      other('刘佳', 'ringing', 9),
      other('白音', 'ringing', 3),
      other('郑宇', 'idle', 49),
    ],
  }
}

/** The call that rings at this seat. */
export function ringing(): QueueItem {
  return {
    sid: SID,
    officer: named('王海峰'),
    procedure: 'traffic_simple',
    place_text: '东环路与兴林路交叉口南 80 米',
    violation_text: '违反禁止标线指示',
    waiting_since: ago(6),
    position: 1,
    ringing: { person: SEAT_PERSON, until: inSeconds(9) },
  }
}
