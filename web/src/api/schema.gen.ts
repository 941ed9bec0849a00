/**
 * Shapes of the HTTP interface, named as the components of the OpenAPI document.
 * `npm run generate` writes this file from that document; nothing here is edited by hand afterwards.
 */

export type Role = 'officer' | 'seat' | 'chief' | 'auditor' | 'admin' | 'party'

export interface UnitRef {
  id: string
  name: string
  short_name: string
}

export interface Unit extends UnitRef {
  parent_id?: string | null
  review_authority: string
  bank: string
}

export interface User {
  id: string
  login: string
  name: string
  role: Role
  unit: UnitRef
  badge_no: string
  qualified: boolean
  police_type: string
  disabled: boolean
  created_at: string
}

export interface Person {
  id: string
  name: string
  role: string
  unit_name: string
  badge_no: string
}

export interface SignedIn {
  token: string
  expires_at: string
  user: User
}

export interface PartyPass {
  sid: string
  participant: string
  expires_at: string
}

export interface Me {
  user?: User | null
  party?: PartyPass | null
}

export interface Joined extends PartyPass {
  token: string
}

export interface ProblemBody {
  type: string
  title: string
  status: number
  code: string
  detail: string
  detail_en: string
  request_id: string
  fields?: Record<string, string> | null
  refusal?: { step?: string | null; guard?: string | null; basis: string[] } | null
}

export type SeatStateName = 'offline' | 'idle' | 'ringing' | 'busy' | 'away'

export interface Seat {
  person: Person
  state: SeatStateName
  since: string
  sid?: string | null
}

export interface Violation {
  code: string
  variant: string
  text: string
  actor: string
  violates: string
  basis: string
  fine_min?: number | null
  fine_max?: number | null
  fine_usual?: number | null
  points?: number | null
  warning_allowed: boolean
  procedure: string
  on_spot: boolean
  note: string
  confidence: string
}

export interface Choice {
  code: string
  name: string
}

export interface Choices {
  id_doc_types: Choice[]
  vehicle_types: Choice[]
  plate_types: Choice[]
  licence_classes: Choice[]
}

export interface ProcedureRef {
  id: string
  title_zh: string
  title_en: string
  version: string
  digest: string
}

export interface Figures {
  sessions_today: number
  mean_handling_ms?: number | null
  returned_today: number
}

export interface Place {
  lon?: number | null
  lat?: number | null
  accuracy_m?: number | null
  text: string
}

export interface NewCase {
  procedure: string
  place: Place
  plate?: string | null
  plate_type?: string | null
  violation_code?: string | null
  violation_variant?: string | null
}

export interface CaseDeadline {
  key: string
  due_at: string
  done: boolean
}

export interface Case {
  id: string
  procedure: string
  state: string
  place: Place
  plate?: string | null
  violation_text?: string | null
  party_name_masked?: string | null
  officer: Person
  sid?: string | null
  doc_no?: string | null
  created_at: string
  decided_at?: string | null
  deadlines: CaseDeadline[]
}

export interface Called {
  sid: string
  position: number
}

export type SessionState =
  'queued' | 'ringing' | 'live' | 'interrupted' | 'sealed' | 'abandoned' | 'cancelled'

export interface SessionSummary {
  sid: string
  session_no: number
  case_id: string
  procedure: string
  state: SessionState
  officer: Person
  seat?: Person | null
  opened_at: string
  sealed_at?: string | null
  duration_ms: number
  gaps: number
  gap_ms: number
  decision?: { doc_no: string; penalty_text: string } | null
  verdict?: { verdict: string; completeness: string; at: string } | null
}

export interface Participant {
  participant: string
  role: string
  person?: Person | null
  display_name: string
  state: string
  must_record: string[]
}

export interface SessionIntegrity {
  recording: 'waiting' | 'recording' | 'broken' | 'ended'
  started_us?: number | null
  mono_us: number
  last_commit_us?: number | null
  gaps: number
  gap_ms: number
  clock_offset_ms?: number | null
  storage: 'ok' | 'low' | 'full'
}

export interface Session extends SessionSummary {
  participants: Participant[]
  integrity: SessionIntegrity
  me?: { participant: string; role: string } | null
}

export type StepState = 'locked' | 'open' | 'running' | 'completed' | 'invalid'

export interface Attempt {
  attempt: number
  state: 'completed' | 'invalid' | 'running' | 'superseded'
  started_us: number
  ended_us?: number | null
  reason?: string | null
}

export interface Sentence {
  id: string
  speaker: string
  zh: string
  en: string
  read: boolean
  read_us?: number | null
}

export type FieldValue = string | number | boolean | null | { [key: string]: unknown } | unknown[]

export interface Need {
  field: string
  label_zh: string
  label_en: string
  type: string
  required: boolean
  filled: boolean
  value?: FieldValue
  group?: number | null
  min?: number | null
  max?: number | null
  choices?: Choice[] | null
  choices_from?: string | null
}

export interface Guard {
  id: string
  check: 'machine' | 'human'
  zh: string
  en: string
  basis: string[]
  state: 'holds' | 'open' | 'fails'
  confirm_by?: string[] | null
}

export interface Step {
  id: string
  number: number
  title_zh: string
  title_en: string
  actors: string[]
  recorded: boolean
  atomic: boolean
  state: StepState
  attempt: number
  attempts: Attempt[]
  why_locked_zh?: string | null
  why_locked_en?: string | null
  sentences: Sentence[]
  needs: Need[]
  guards: Guard[]
  missing_zh: string[]
  missing_en: string[]
}

export interface Primary {
  step: string
  act: string
  label_zh: string
  label_en: string
  by: string[]
}

export interface Exit {
  id: string
  title_zh: string
  title_en: string
  open: boolean
}

export interface LabelledValue {
  label: string
  value: string
}

export interface DecisionText {
  issuer: string
  title: string
  doc_no?: string | null
  party: LabelledValue[]
  facts: string
  basis: string
  penalty: string
  points?: string | null
  pay?: string | null
  remedy: string
  place: string
  remarks?: string | null
}

export interface ProcedureView {
  procedure: string
  title_zh: string
  title_en: string
  version: string
  state: string
  sealed: boolean
  exits: Exit[]
  steps: Step[]
  primary?: Primary | null
  facts: Record<string, FieldValue>
  draft?: DecisionText | null
}

export interface Captured {
  capture: string
  sha256: string
  view: ProcedureView
}

export interface Capture {
  capture: string
  kind: string
  step: string
  at_us: number
  by: Person
  url: string
}

export interface Decision {
  decision: string
  doc: string
  doc_no: string
  issued_at: string
  sha256: string
  head: { size: number; root: string }
  url: string
  text: DecisionText
  signed?: { kind: 'signed' | 'refused'; at: string; reason?: string | null } | null
  delivered?: { method: string; at: string; reason?: string | null } | null
}

export interface Strokes {
  width: number
  height: number
  dpr: number
  pointer: string
  strokes: number[][][]
}

export interface Sealed {
  state: string
  head: { size: number; root: string }
  receipt_url: string
}

export interface Invitation {
  url: string
  token: string
  expires_at: string
}

export interface Receipt {
  note: string
  url: string
  url_paper: string
  short: string
  size: number
  root: string
  qr_svg: string
}

export interface PublicReceipt {
  sid: string
  site: string
  known: boolean
  state?: SessionState | null
  size?: number | null
  root?: string | null
  note?: string | null
  opened_at?: string | null
  sealed_at?: string | null
  vkey: string
  decision?: { doc_sha256: string } | null
}

export interface Consistency {
  from: number
  to: number
  root_from: string
  proof: string[]
}

export interface RecordedTrack {
  track: string
  participant: string
  role: string
  display_name: string
  kind: 'audio' | 'video'
  codec: string
  mime: string
  t0_us: number
  t1_us: number
  bytes: number
  segments: number
  url: string
  spans: [number, number][]
}

export interface RecordedGap {
  track: string
  t0_us: number
  t1_us: number
  reason: string
  seq: number
}

export interface RecordedStep {
  step: string
  title_zh: string
  title_en: string
  attempt: number
  state: string
  t0_us: number
  t1_us: number
}

export interface Mark {
  seq: number
  at_us: number
  type: string
  label_zh: string
  label_en: string
}

export interface Recording {
  sid: string
  duration_us: number
  tracks: RecordedTrack[]
  gaps: RecordedGap[]
  steps: RecordedStep[]
  marks: Mark[]
  entries: number
}

export interface LogLine {
  seq: number
  time: string
  mono: number
  type: string
  actor: unknown
  line_sha256: string
  body: unknown
}

export interface AuditLine {
  time: string
  sid: string
  seq: number
  actor: unknown
  person?: Person | null
  type: string
  purpose?: string | null
}

/** A finding of the verifier (evidence format, section 10). */
export interface Finding {
  code: string
  level: 'unusable' | 'tampered' | 'incomplete' | 'warning' | 'info'
  seq?: number | null
  path?: string | null
  detail?: string | null
}

/** The verifier's result (evidence format, section 10), and how long it took. */
export interface Verification {
  v: number
  verifier: string
  verdict: 'valid' | 'tampered' | 'unusable'
  completeness: 'complete' | 'incomplete' | 'unknown'
  disclosure: 'full' | 'partial'
  session?: string | null
  site?: string | null
  entries: number
  head?: { size: number; root: string } | null
  tracks: Record<string, { segments: number; bytes: number; lost: number }>
  gaps: Record<string, [number, number, string][]>
  decisions: { seq: number; decision: string; doc_sha256: string; head: { size: number; root: string } }[]
  times: { first?: string | null; last?: string | null }
  proofs: {
    checkpoints: number
    anchors: number
    witnesses: string[]
    timestamps: { size: number; time: string }[]
    receipts: number
  }
  findings: Finding[]
  took_ms?: number | null
}

export interface NewUser {
  login: string
  name: string
  role: Role
  unit_id: string
  badge_no: string
  qualified: boolean
  police_type: string
  password?: string | null
}

export type UserChange = Partial<Omit<NewUser, 'login' | 'password'>> & { disabled?: boolean }

export interface NewUnit {
  name: string
  short_name: string
  parent_id?: string | null
  review_authority: string
  bank: string
}

export interface QueueEntry {
  sid: string
  officer: Person
  procedure: string
  place_text: string
  violation_text?: string | null
  waiting_since: string
  position: number
  ringing?: { person: Person; until: string } | null
}

export interface Ready {
  ready: boolean
  checks: { name: string; ok: boolean; detail: string }[]
}
