import type {
  Capture,
  Case,
  Decision,
  DecisionText,
  FieldValue,
  Need,
  Person,
  ProcedureView,
  Step,
  User,
} from '../src/api/schema.gen.ts'
import type { Integrity, RosterEntry } from '../src/realtime/protocol.gen.ts'
import { PLAN, sentencesOf, type StepPlan } from './steps.ts'

export const SID = '0198c0de5eed7000a000000000002187'
export const CASE_ID = '0198c0de-5eed-7000-a000-0000000000ca'
export const P_OFFICER = '0198c0de-5eed-7000-a000-000000000001'
export const P_SEAT = '0198c0de-5eed-7000-a000-000000000002'
export const P_PARTY = '0198c0de-5eed-7000-a000-000000000003'

const unit = { id: 'u1', name: '林西县公安局交通管理大队城区中队', short_name: '交通管理大队 城区中队' }

export const OFFICER: User = {
  id: 'p1',
  login: 'officer',
  name: '王海峰',
  role: 'officer',
  unit,
  badge_no: '150437',
  qualified: true,
  police_type: 'police_traffic',
  disabled: false,
  created_at: '2026-01-05T00:00:00.000Z',
}
export const person = (id: string, name: string, role: string, badge_no: string): Person => ({
  id,
  name,
  role,
  unit_name: unit.short_name,
  badge_no,
})
export const OFFICER_PERSON = person('p1', '王海峰', 'officer', '150437')
export const SEAT_PERSON = person('p2', '周敏', 'seat', '150126')

export const DRAFT: DecisionText = {
  issuer: '林西县公安局交通管理大队',
  title: '公安交通管理简易程序处罚决定书',
  doc_no: null,
  party: [
    { label: '被处罚人', value: '张立新' },
    { label: '身份证号', value: '150424********2617' },
    { label: '准驾车型', value: 'C1' },
    { label: '车辆号牌', value: '蒙D·K7362' },
    { label: '车辆类型', value: '小型轿车' },
  ],
  facts:
    '被处罚人于 2026 年 9 月 17 日 14 时 21 分，在东环路与兴林路交叉口南 80 米，驾驶蒙D·K7362 小型轿车实施违反禁止标线指示的违法行为（代码 1345）。',
  basis: '违反《中华人民共和国道路交通安全法》第三十八条，依据同法第九十条，决定处以罚款 100 元。',
  penalty: '罚款 100 元',
  points: '记 1 分',
  pay: '持本决定书在 15 日内（至 2026 年 10 月 8 日）到中国农业银行林西县支行缴纳。逾期不缴纳的，每日按罚款数额的 3% 加处罚款。',
  remedy:
    '如不服本决定，应当自收到本决定书之日起六十日内先向林西县人民政府申请行政复议；对行政复议决定不服的，可以自收到复议决定书之日起十五日内依法向人民法院提起行政诉讼。',
  place: '东环路与兴林路交叉口南 80 米',
  remarks: null,
}

interface Progress {
  state: Step['state']
  attempt: number
  read: Set<string>
  confirmed: Set<string>
  values: Record<string, FieldValue>
  started_us: number
  ended_us: number | null
  reason: string | null
  invalid: { attempt: number; started_us: number; ended_us: number; reason: string }[]
}

/** Everything the mock knows; one officer, one session. */
export class World {
  signedIn: 'officer' | 'party' | null = 'officer'
  cases: Case[] = []
  session: 'none' | 'queued' | 'ringing' | 'live' | 'sealed' | 'cancelled' = 'none'
  position = 1
  ringUntil = 0
  openedAt = Date.now()
  startedAt: number | null = null
  gaps: { from: number; to: number | null }[] = []
  progress = new Map<string, Progress>()
  captures: Capture[] = []
  decision: Decision | null = null
  toParty = false
  partyHere = false
  size = 12
  /** Requests fail or dawdle, to see those states. */
  failing: string | null = null
  slow = false

  constructor() {
    this.cases = exampleCases()
    for (const plan of PLAN) this.progress.set(plan.id, fresh())
  }

  mono(): number {
    return (Date.now() - this.openedAt) * 1000
  }

  startRecording(): void {
    this.startedAt = Date.now()
    this.mark('S01_CALL', 'completed')
    this.mark('S02_REC_START', 'completed')
    this.openNext()
  }

  of(id: string): Progress {
    const found = this.progress.get(id)
    if (found === undefined) throw new Error(`no step ${id}`)
    return found
  }

  mark(id: string, state: Step['state']): void {
    const progress = this.of(id)
    progress.state = state
    if (state === 'running') {
      progress.attempt += 1
      progress.started_us = this.mono()
      progress.ended_us = null
      progress.read.clear()
    }
    if (state === 'completed') progress.ended_us = this.mono()
    this.size += 1
  }

  openNext(): void {
    const next = PLAN.find(({ id }) => this.of(id).state !== 'completed')
    if (next !== undefined && this.of(next.id).state === 'locked') this.of(next.id).state = 'open'
  }

  /** Completes everything before a step and starts it. */
  jumpTo(id: string): void {
    this.startRecording()
    for (const plan of PLAN) {
      if (plan.id === id) {
        this.mark(id, 'running')
        return
      }
      const progress = this.of(plan.id)
      progress.attempt = 1
      for (const [sentence] of plan.sentences ?? []) progress.read.add(sentence)
      for (const guard of plan.guards ?? []) progress.confirmed.add(guard.id ?? '')
      this.mark(plan.id, 'completed')
    }
  }

  /** Recording broke from `from` to `to`; a running recorded step loses its force. */
  gap(from: number, to: number | null): void {
    this.gaps.push({ from, to })
    for (const plan of PLAN) {
      const progress = this.of(plan.id)
      if (plan.recorded !== true || progress.state !== 'running') continue
      progress.state = 'invalid'
      progress.reason = 'media_gap'
      progress.invalid.push({
        attempt: progress.attempt,
        started_us: progress.started_us,
        ended_us: this.mono(),
        reason: 'media_gap',
      })
    }
  }

  missing(plan: StepPlan): { zh: string; en: string }[] {
    const progress = this.of(plan.id)
    const out: { zh: string; en: string }[] = []
    const unread = (plan.sentences ?? []).filter(([id]) => !progress.read.has(id)).length
    if (unread > 0) out.push({ zh: `还有 ${unread} 句没有读`, en: `${unread} sentences to read` })
    for (const need of this.needs(plan)) {
      if (need.required && !need.filled && (need.group == null || !this.groupFilled(plan, need.group))) {
        out.push({ zh: need.label_zh, en: need.label_en })
      }
    }
    for (const guard of plan.guards ?? []) {
      if (guard.check === 'human' && !progress.confirmed.has(guard.id ?? '')) {
        out.push({ zh: guard.zh ?? '', en: guard.en ?? '' })
      }
    }
    return out
  }

  private groupFilled(plan: StepPlan, group: number): boolean {
    return this.needs(plan).some((need) => need.group === group && need.filled)
  }

  needs(plan: StepPlan): Need[] {
    const progress = this.of(plan.id)
    return (plan.needs ?? []).map((need) => {
      const field = need.field ?? ''
      const told = plan.id === 'S06_NOTICE' ? toldIn(field, progress.read) : undefined
      const value = told ?? progress.values[field] ?? prefilled[field] ?? null
      return {
        label_zh: '',
        label_en: '',
        type: 'text',
        required: false,
        ...need,
        field,
        filled: value !== null && value !== '' && value !== false,
        value,
      }
    })
  }

  view(): ProcedureView {
    const steps = PLAN.map((plan, index): Step => {
      const progress = this.of(plan.id)
      const missing = progress.state === 'running' || progress.state === 'open' ? this.missing(plan) : []
      const before = PLAN[index - 1]
      const locked = progress.state === 'locked' && before !== undefined
      return {
        id: plan.id,
        number: index + 1,
        title_zh: plan.zh,
        title_en: plan.en,
        actors: plan.actors,
        recorded: plan.recorded ?? false,
        atomic: plan.atomic ?? false,
        state: progress.state,
        attempt: progress.attempt,
        attempts: [
          ...progress.invalid.map((attempt) => ({ ...attempt, state: 'invalid' as const })),
          ...(progress.state === 'running' || progress.state === 'completed'
            ? [
                {
                  attempt: progress.attempt,
                  state: progress.state,
                  started_us: progress.started_us,
                  ended_us: progress.ended_us,
                },
              ]
            : []),
        ],
        why_locked_zh: locked ? `第 ${index} 步${before.zh}完成后开放` : null,
        why_locked_en: locked ? `Opens after step ${index}, ${before.en}` : null,
        sentences: sentencesOf(plan, progress.read),
        needs: this.needs(plan),
        guards: (plan.guards ?? []).map((guard) => ({
          id: '',
          check: 'human',
          zh: '',
          en: '',
          basis: [],
          confirm_by: [],
          ...guard,
          state: guard.state ?? (progress.confirmed.has(guard.id ?? '') ? 'holds' : 'open'),
        })),
        missing_zh: missing.map(({ zh }) => zh),
        missing_en: missing.map(({ en }) => en),
      }
    })
    return {
      procedure: 'traffic_simple',
      title_zh: '道路交通简易程序处罚',
      title_en: 'Traffic penalty on the spot',
      version: '1.0.0',
      state: 'FACTS',
      sealed: this.session === 'sealed',
      exits: [
        { id: 'ORAL_WARNING', title_zh: '口头警告后放行', title_en: 'Oral warning and release', open: true },
        {
          id: 'ESCALATED',
          title_zh: '转一般程序',
          title_en: 'Escalated to the general procedure',
          open: true,
        },
        { id: 'ABORTED', title_zh: '中止', title_en: 'Aborted', open: true },
        { id: 'REVOKED', title_zh: '撤销', title_en: 'Revoked', open: false },
      ],
      steps,
      primary: this.primary(),
      facts: {
        party_name: '张立新',
        id_no_masked: '150424********2617',
        plate: '蒙DK7362',
        violation_text: '违反禁止标线指示',
        fine_yuan: 100,
        points: 1,
      },
      draft: DRAFT,
    }
  }

  private primary(): ProcedureView['primary'] {
    const current = PLAN.find(({ id }) => this.of(id).state !== 'completed')
    if (current === undefined || this.startedAt === null) return null
    const progress = this.of(current.id)
    const say = (act: string, label_zh: string, label_en: string, by: string[]) => ({
      step: current.id,
      act,
      label_zh,
      label_en,
      by,
    })
    if (current.act === 'seal') return say('seal', '封存录制', 'Seal the recording', ['officer', 'seat'])
    if (current.act === 'review') return say('review', '审核', 'Review', ['seat'])
    if (progress.state === 'open')
      return say('start', `开始${current.zh}`, `Start: ${current.en}`, current.actors)
    if (progress.state === 'invalid') return say('start', '重新告知', 'Repeat the notice', current.actors)
    const next = (current.sentences ?? []).find(([id]) => !progress.read.has(id))
    if (next !== undefined) {
      const by = current.actors.length > 1 && next[1] === 'seat' ? ['seat'] : [next[1]]
      return say('sentence', '读完这一句', 'Sentence read', by)
    }
    if (this.missing(current).length > 0 || current.act !== undefined) {
      const need = this.needs(current).find((entry) => entry.required && !entry.filled)
      if (need?.type === 'media')
        return say('capture', `拍${need.label_zh}`, `Capture: ${need.label_en}`, ['officer'])
      if (need !== undefined && !(need.group != null && this.groupFilled(current, need.group))) {
        return say('fields', '填写本步', 'Fill in', ['officer'])
      }
      const guard = (current.guards ?? []).find(
        (entry) => entry.check === 'human' && !progress.confirmed.has(entry.id ?? ''),
      )
      if (guard !== undefined) return say('confirm', '核对确认', 'Confirm', guard.confirm_by ?? ['officer'])
    }
    switch (current.act) {
      case 'defence':
        return say('defence', '转给当事人', 'Hand to the party', ['party', 'officer'])
      case 'signature':
        return say('signature', '转给当事人签名', 'Hand over to sign', ['party', 'officer'])
      case 'decision':
        return say('decision', '制作决定书', 'Make the decision', ['officer'])
      case 'delivery':
        return say('delivery', '当场交付', 'Hand over', ['officer'])
      case undefined:
        return say('complete', '完成本步', 'Complete this step', current.actors)
    }
  }

  integrity(): Integrity {
    const open = this.gaps.find(({ to }) => to === null)
    const us = (at: number) => (at - this.openedAt) * 1000
    const mono = this.mono()
    return {
      recording:
        this.session === 'sealed'
          ? 'ended'
          : this.startedAt === null
            ? 'waiting'
            : open
              ? 'broken'
              : 'recording',
      started_us: this.startedAt === null ? null : us(this.startedAt),
      mono_us: mono,
      last_commit_us: this.startedAt === null ? null : open ? us(open.from) : mono - 550_000,
      gaps: this.gaps.filter(({ to }) => to !== null).length,
      gap_ms: this.gaps.reduce((sum, { from, to }) => sum + (to === null ? 0 : to - from), 0),
      clock_offset_ms: 20,
      storage: 'ok',
      size: this.size,
      root: '9b41c7e052fa08d39b41c7e052fa08d39b41c7e052fa08d39b41c7e052fa08d3',
      note: `mock.cloudseat/${SID}\n${this.size}\nroot\n`,
      broken: open
        ? [
            { participant: P_OFFICER, kind: 'audio', reason: 'no_rtp', since_us: us(open.from) },
            { participant: P_OFFICER, kind: 'video', reason: 'no_rtp', since_us: us(open.from) },
          ]
        : [],
      tracks: [],
    }
  }

  roster(): RosterEntry[] {
    const live = { visible: true, camera: 'live', microphone: 'live' } as const
    return [
      {
        participant: P_OFFICER,
        role: 'officer',
        person: OFFICER_PERSON,
        display_name: '王海峰',
        state: 'joined',
        capture: live,
      },
      {
        participant: P_SEAT,
        role: 'seat',
        person: SEAT_PERSON,
        display_name: '周敏',
        state: 'joined',
        capture: live,
      },
      ...(this.partyHere
        ? [
            {
              participant: P_PARTY,
              role: 'party',
              person: null,
              display_name: '当事人',
              state: 'joined',
              capture: live,
            } as const,
          ]
        : []),
    ]
  }
}

const prefilled: Record<string, FieldValue> = {
  plate: '蒙DK7362',
  violation_code: '1345',
  place_text: '东环路与兴林路交叉口南 80 米',
  violation_place: { lon: 118.05, lat: 43.6, accuracy_m: 6 },
}

function toldIn(field: string, read: ReadonlySet<string>): FieldValue | undefined {
  const by: Record<string, string> = {
    facts: 'SC02.1',
    legal_basis: 'SC02.2',
    proposed_penalty: 'SC02.2',
    right_to_state_and_defend_told: 'SC02.3',
    right_to_recusal_told: 'SC02.3',
  }
  const sentence = by[field]
  return sentence === undefined ? undefined : read.has(sentence) ? true : null
}

function fresh(): Progress {
  return {
    state: 'locked',
    attempt: 0,
    read: new Set(),
    confirmed: new Set(),
    values: {},
    started_us: 0,
    ended_us: null,
    reason: null,
    invalid: [],
  }
}

function exampleCases(): Case[] {
  const at = (hours: number, minutes: number) => {
    const time = new Date()
    time.setUTCHours(hours - 8, minutes, 0, 0)
    return time.toISOString()
  }
  const make = (
    id: string,
    plate: string,
    text: string,
    state: string,
    created: string,
    rest: Partial<Case>,
  ): Case => ({
    id,
    procedure: 'traffic_simple',
    state,
    place: { text: '东环路' },
    plate,
    violation_text: text,
    party_name_masked: '张**',
    officer: OFFICER_PERSON,
    sid: SID,
    doc_no: null,
    created_at: created,
    decided_at: created,
    deadlines: [],
    ...rest,
  })
  const due = (days: number, done: boolean, key = 'file_traffic_simple') => ({
    key,
    due_at: new Date(Date.now() + days * 86_400_000).toISOString(),
    done,
  })
  return [
    make('c1', '蒙D5R208', '逆向行驶', 'SEALED', at(13, 52), {
      doc_no: 'LX-20260917-000013',
      deadlines: [due(2, false), due(15, false, 'pay')],
    }),
    make('c2', '蒙DH2096', '违反禁止标线指示', 'FILED', at(11, 20), {
      doc_no: 'LX-20260917-000012',
      deadlines: [due(2, true)],
    }),
    make('c3', '蒙DD05128', '未系安全带', 'FILED', at(10, 4), {
      doc_no: 'LX-20260917-000009',
      deadlines: [due(2, true)],
    }),
    make('c4', '蒙D6Q915', '违反规定停放', 'ORAL_WARNING', at(9, 31), { decided_at: null }),
  ]
}
