import { createHash } from 'node:crypto'
import type {
  Decision,
  Finding,
  LogEntry as LogLine,
  Mark,
  Gap as RecordedGap,
  Chapter as RecordedStep,
  Track as RecordedTrack,
  Recording,
  SessionSummary,
  Verification,
} from '../../src/api/schema.gen.ts'
import { canonical, NO_LINE, rawLine } from '../../src/features/auditor/logLine.ts'
import { DRAFT } from '../world.ts'
import { personOf, USERS } from './people.ts'

const S = 1_000_000
/** 7 min 48 s, as the longest example has it. */
export const DURATION = 468 * S
const OPENED = Date.parse('2026-09-17T06:26:08.000Z')

/** What one recorded session is to show. */
export type Flavour = 'complete' | 'incomplete' | 'altered' | 'unusable'

export const SESSIONS: Readonly<Record<string, Flavour>> = {
  '7f3c9a52e1d84b067f3c9a52e1d84b06': 'incomplete',
  '8a4d0b63f2e95c178a4d0b63f2e95c17': 'complete',
  '9b5e1c74a3fa6d289b5e1c74a3fa6d28': 'altered',
  ac6f2d85b40b7e39ac6f2d85b40b7e39: 'unusable',
}

const PEOPLE = [
  { participant: 'p-officer', role: 'officer', display_name: '王海峰', picture: 'officer' },
  { participant: 'p-party', role: 'party', display_name: '张立新', picture: 'party' },
  { participant: 'p-seat', role: 'seat', display_name: '周敏', picture: 'seat' },
] as const

const STEPS: [string, string, string, number, number, number, RecordedStep['state']][] = [
  ['S01_CALL', '呼叫坐席', 'Call a seat', 1, 0, 6, 'completed'],
  ['S02_REC_START', '开始录制', 'Recording starts', 1, 6, 12, 'completed'],
  ['S03_IDENTITY', '表明执法身份', 'Officers identify themselves', 1, 12, 46, 'completed'],
  ['S04_PARTY', '核对当事人身份', 'Identify the party', 1, 46, 104, 'completed'],
  ['S05_FACTS', '查明违法事实', 'Establish the facts', 1, 104, 150, 'completed'],
  ['S06_NOTICE', '处罚前告知', 'Notice before the penalty', 1, 150, 200, 'invalid'],
  ['S06_NOTICE', '处罚前告知', 'Notice before the penalty', 2, 200, 262, 'completed'],
  ['S07_DEFENCE', '听取陈述申辩', 'Hear the party', 1, 262, 318, 'completed'],
  ['S08_REVIEW', '复核陈述申辩', 'Review the defence', 1, 318, 338, 'completed'],
  ['S09_SUPERVISE', '坐席审核', 'Seat reviews', 1, 338, 352, 'completed'],
  ['S10_DECISION', '制作处罚决定书', 'Make the decision', 1, 352, 372, 'completed'],
  ['S11_SIGN', '被处罚人签名', 'The party signs', 1, 372, 420, 'completed'],
  ['S12_DELIVER', '当场交付', 'Hand over the decision', 1, 420, 446, 'completed'],
  ['S13_RELEASE', '交还证件并放行', 'Return papers and release', 1, 446, 462, 'completed'],
]

interface Built {
  recording: Recording
  log: LogLine[]
  leaves: Buffer[]
  decisionSeq: number
}

const built = new Map<string, Built>()
const sha = (...parts: (Buffer | string)[]) =>
  createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest()

/** The session's log, chained with real digests, and the recording it tells of. */
export function evidence(sid: string): Built {
  const known = built.get(sid)
  if (known !== undefined) return known
  const gaps = SESSIONS[sid] === 'incomplete'
  const entries = plan(gaps)
  const log: LogLine[] = []
  const leaves: Buffer[] = []
  let prev = NO_LINE
  for (const [seq, entry] of entries.entries()) {
    const line: LogLine = {
      seq,
      time: new Date(OPENED + entry.at / 1000).toISOString(),
      mono: entry.at,
      type: entry.type,
      actor: entry.actor,
      line_sha256: '',
      body: entry.body,
    }
    const raw = `${rawLine(line, sid, prev)}\n`
    prev = sha(raw).toString('hex')
    log.push({ ...line, line_sha256: prev })
    leaves.push(sha(Buffer.from([0]), raw))
  }
  const made = {
    recording: record(sid, log, gaps),
    log,
    leaves,
    decisionSeq: log.findIndex((l) => l.type === 'decision.made'),
  }
  built.set(sid, made)
  return made
}

interface Planned {
  at: number
  type: string
  actor: string
  body: Record<string, unknown>
}

const TRACKS = PEOPLE.flatMap(({ participant }, index) => [
  { track: `t${index * 2 + 1}`, participant, kind: 'video' as const },
  { track: `t${index * 2 + 2}`, participant, kind: 'audio' as const },
])

function gapsOf(wanted: boolean): { track: string; t0: number; t1: number; reason: string }[] {
  if (!wanted) return []
  return [
    ...TRACKS.map(({ track }) => ({ track, t0: 189_000_412, t1: 193_204_877, reason: 'ice_disconnected' })),
    { track: 't1', t0: 331 * S, t1: 340 * S, reason: 'ice_disconnected' },
  ]
}

function plan(withGaps: boolean): Planned[] {
  const out: Planned[] = []
  const add = (at: number, type: string, body: Record<string, unknown>, actor = 'server:rec-1') =>
    out.push({ at, type, actor, body })
  add(0, 'session.opened', { site: 'evd.example.gov', session_no: 2187 })
  for (const { participant, role } of PEOPLE)
    add(5 * S, 'participant.joined', { participant, role }, `${role}:h1`)
  for (const { track, participant, kind } of TRACKS) {
    add(6 * S, 'track.started', {
      track,
      participant,
      kind,
      codec: kind === 'video' ? 'H264' : 'opus',
      clock_hz: 90000,
      t0_us: 6 * S,
    })
    for (let idx = 0; idx < 924; idx += 1) {
      const t0 = 6 * S + idx * 500_000
      const sha256 = sha(`${track}.${idx}`).toString('hex')
      add(t0 + 620_000, 'segment.committed', {
        track,
        idx,
        file: `media/${track}/000.mp4`,
        off: idx * 48_130,
        bytes: 48_130,
        sha256,
        t0_us: t0,
        t1_us: t0 + 500_000,
        frames: 12,
        key: idx % 4 === 0,
        lost: 0,
      })
    }
    add(467 * S, 'track.ended', { track, segments: 924, bytes: 924 * 48_130, t1_us: 468 * S })
  }
  for (const gap of gapsOf(withGaps)) {
    add(gap.t1 + 783_243, 'media.gap', { track: gap.track, t0_us: gap.t0, t1_us: gap.t1, reason: gap.reason })
  }
  for (const [step, , , attempt, t0, t1, state] of STEPS) {
    add(t0 * S, 'step.started', { step, attempt }, 'officer:h1')
    if (state === 'invalid') add(194 * S, 'step.invalidated', { step, attempt, reason: 'media_gap' })
    else add(t1 * S - 1, 'step.completed', { step, attempt }, 'officer:h1')
    for (let at = t0 + 4; at < t1 - 2; at += 6)
      add(at * S, 'step.sentence', { step, sentence: `SC02.${at % 5}` }, 'seat:h2')
  }
  for (const [at, kind] of [
    [83, 'licence'],
    [110, 'still'],
    [125, 'plate'],
  ] as const) {
    add(at * S, 'capture.taken', { capture: `c${at}`, kind }, 'seat:h2')
  }
  add(291 * S, 'statement.made', { participant: 'p-party' }, 'party:h3')
  add(
    362 * S,
    'decision.made',
    {
      decision: 'd1',
      doc: 'doc1',
      doc_sha256: sha('decision').toString('hex'),
      head: { size: 5200, root: sha('head').toString('hex') },
    },
    'officer:h1',
  )
  add(
    402 * S,
    'party.signed',
    { participant: 'p-party', doc: 'doc1', doc_sha256: sha('decision').toString('hex') },
    'party:h3',
  )
  add(440 * S, 'receipt.delivered', { participant: 'p-party', size: 5700, acked: true })
  out.sort((a, b) => a.at - b.at)
  out.push({
    at: DURATION,
    type: 'session.sealed',
    actor: 'server:rec-1',
    body: { entries: out.length, reason: 'done' },
  })
  return out
}

const LABELS: Readonly<Record<string, [string, string]>> = {
  licence: ['驾驶证', 'Licence'],
  still: ['全景', 'Scene'],
  plate: ['号牌', 'Plate'],
  'statement.made': ['陈述', 'Statement'],
  'decision.made': ['决定书', 'Decision'],
  'party.signed': ['签名', 'Signature'],
  'receipt.delivered': ['回执', 'Receipt'],
}

function record(sid: string, log: LogLine[], withGaps: boolean): Recording {
  const tracks = TRACKS.map(({ track, participant, kind }): RecordedTrack => {
    const who = PEOPLE.find((one) => one.participant === participant)
    const holes = gapsOf(withGaps)
      .filter((gap) => gap.track === track)
      .sort((a, b) => a.t0 - b.t0)
    const spans: [number, number][] = []
    let from = 6 * S
    for (const hole of holes) {
      spans.push([from, hole.t0])
      from = hole.t1
    }
    spans.push([from, DURATION])
    return {
      track,
      participant,
      role: who?.role ?? '',
      display_name: who?.display_name ?? '',
      kind,
      codec: kind === 'video' ? 'H264' : 'opus',
      mime: kind === 'video' ? 'video/mp4; codecs="avc1.42E01F"' : 'audio/mp4; codecs="opus"',
      t0_us: 6 * S,
      t1_us: DURATION,
      bytes: 924 * 48_130,
      segments: 924,
      url: `/api/v1/sessions/${sid}/recording/${track}`,
      spans,
    }
  })
  const gaps: RecordedGap[] = log
    .filter((line) => line.type === 'media.gap')
    .map((line) => ({ ...(line.body as Omit<RecordedGap, 'seq'>), seq: line.seq }))
  const steps = STEPS.map(([step, title_zh, title_en, attempt, t0, t1, state]): RecordedStep => ({
    step,
    title_zh,
    title_en,
    attempt,
    state,
    t0_us: t0 * S,
    t1_us: t1 * S,
  })).filter((step) => withGaps || step.state !== 'invalid')
  const marks = log
    .filter((line) => !line.type.startsWith('segment.'))
    .map((line): Mark => {
      const kind = line.type === 'capture.taken' ? (line.body as { kind: string }).kind : line.type
      const [label_zh, label_en] = LABELS[kind] ?? [line.type, line.type]
      return { seq: line.seq, at_us: line.mono, type: line.type, label_zh, label_en }
    })
  return {
    sid,
    duration_us: DURATION,
    tracks,
    gaps,
    steps: withGaps ? steps : steps.map((s) => ({ ...s, attempt: 1 })),
    marks,
    entries: log.length,
  }
}

/** Picture or sound of a track, by the person it shows. */
export function fileOf(track: string): { picture: string; kind: 'video' | 'audio' } | null {
  const found = TRACKS.find((one) => one.track === track)
  const who = PEOPLE.find((one) => one.participant === found?.participant)
  return found && who ? { picture: who.picture, kind: found.kind } : null
}

function root(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1 && leaves[0]) return leaves[0]
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1))
  return sha(Buffer.from([1]), root(leaves.slice(0, k)), root(leaves.slice(k)))
}

function subproof(m: number, leaves: readonly Buffer[], whole: boolean): Buffer[] {
  if (m === leaves.length) return whole ? [] : [root(leaves)]
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1))
  if (m <= k) return [...subproof(m, leaves.slice(0, k), whole), root(leaves.slice(k))]
  return [...subproof(m - k, leaves.slice(k), false), root(leaves.slice(0, k))]
}

/** The head of a session's log at a size. */
export function headOf(sid: string, size?: number): { size: number; root: string } {
  const { leaves } = evidence(sid)
  const at = Math.min(size ?? leaves.length, leaves.length)
  return { size: at, root: root(leaves.slice(0, at)).toString('hex') }
}

export function consistencyOf(sid: string, from: number) {
  const { leaves } = evidence(sid)
  return {
    from,
    to: leaves.length,
    root_from: headOf(sid, from).root,
    proof: subproof(from, leaves, true).map((hash) => hash.toString('hex')),
  }
}

export function verification(sid: string): Verification {
  const flavour = SESSIONS[sid] ?? 'complete'
  const { log, recording, decisionSeq } = evidence(sid)
  const segment = log.find(
    (line) => line.type === 'segment.committed' && canonical(line.body).includes('"idx":41'),
  )
  const declared = recording.gaps.map((gap): Finding => {
    const filled = gap.t0_us === 331 * S
    return {
      code: filled ? 'GAP_BACKFILLED' : 'GAP_DECLARED',
      level: filled ? 'info' : 'incomplete',
      seq: gap.seq,
      path: null,
      detail: null,
    }
  })
  const findings: Finding[] = {
    complete: [],
    incomplete: declared,
    altered: [
      {
        code: 'SEGMENT_DIGEST',
        level: 'tampered' as const,
        seq: segment?.seq ?? 0,
        path: 'data/media/t1/000.mp4',
        detail: 'is e94a07c13d5fb820…, was 5e0c19d4a7b263f8…',
      },
    ],
    unusable: [{ code: 'LOG_MISSING', level: 'unusable' as const, path: 'data/log.jsonl', detail: null }],
  }[flavour]
  return {
    v: 1,
    verifier: 'cloudseat 0.1.0',
    verdict: flavour === 'altered' ? 'tampered' : flavour === 'unusable' ? 'unusable' : 'valid',
    completeness: flavour === 'complete' ? 'complete' : flavour === 'incomplete' ? 'incomplete' : 'unknown',
    disclosure: 'full',
    session: sid,
    site: 'evd.example.gov',
    entries: log.length,
    head: flavour === 'unusable' ? null : headOf(sid),
    tracks: Object.fromEntries(
      recording.tracks.map((t) => [t.track, { segments: t.segments, bytes: t.bytes, lost: 7 }]),
    ),
    gaps: {},
    decisions: [
      {
        seq: decisionSeq,
        decision: 'd1',
        doc_sha256: sha('decision').toString('hex'),
        head: { size: 5200, root: sha('head').toString('hex') },
      },
    ],
    times: { first: new Date(OPENED).toISOString(), last: new Date(OPENED + 468_000).toISOString() },
    proofs: { checkpoints: 12, anchors: 3, witnesses: [], timestamps: [], receipts: 1 },
    findings,
    took_ms: 1800,
  }
}

const officer = USERS.find((one) => one.role === 'officer')
const seat = USERS.find((one) => one.role === 'seat')

export function summary(sid: string, no: number, change: Partial<SessionSummary> = {}): SessionSummary {
  if (!officer || !seat) throw new Error('no people')
  return {
    sid,
    session_no: no,
    case_id: 'case1',
    procedure: 'traffic_simple',
    state: 'sealed',
    officer: personOf(officer),
    seat: personOf(seat),
    opened_at: new Date(OPENED + (no - 2187) * 1_260_000).toISOString(),
    sealed_at: new Date(OPENED + 468_000).toISOString(),
    duration_ms: 468_000,
    gaps: SESSIONS[sid] === 'incomplete' ? 2 : 0,
    gap_ms: SESSIONS[sid] === 'incomplete' ? 13_200 : 0,
    decision: { doc_no: `LX-20260917-0000${no - 2173}`, penalty_text: '罚款 100 元，记 1 分' },
    verdict: null,
    ...change,
  }
}

export function decisionOf(sid: string): Decision {
  return {
    decision: 'd1',
    doc: 'doc1',
    doc_no: 'LX-20260917-000014',
    issued_at: new Date(OPENED + 362_000).toISOString(),
    sha256: sha('decision').toString('hex'),
    head: { size: 5200, root: sha('head').toString('hex') },
    url: `/api/v1/sessions/${sid}/documents/doc1`,
    text: {
      ...DRAFT,
      doc_no: 'LX-20260917-000014',
      party: DRAFT.party.map((row) =>
        row.label.includes('号') && row.value.includes('*') ? { ...row, value: '150424198801012617' } : row,
      ),
    },
    signed: { kind: 'signed', at: new Date(OPENED + 402_000).toISOString(), reason: null },
    delivered: { method: 'paper', at: new Date(OPENED + 430_000).toISOString(), reason: null },
  }
}
