/**
 * Every WebSocket message, version 1, as `signaling/src/protocol.rs` defines it.
 * These are components of the OpenAPI document too; `npm run generate` checks that both agree.
 */

export const VERSION = 1

export interface Resume {
  token: string
  received: number
}

export type ClientFrame =
  | { frame: 'hello'; version: number; device: string; resume: Resume | null }
  | { frame: 'message'; n: number; ack: number; body: ClientMessage }
  | { frame: 'ping'; ack: number }

export type ServerFrame =
  | {
      frame: 'welcome'
      version: number
      token: string
      resumed: boolean
      received: number
      server_time: string
    }
  | { frame: 'message'; n: number; ack: number; body: ServerMessage }
  | { frame: 'pong'; ack: number; server_time: string }
  | { frame: 'closing'; code: string; detail: string }

export type CaptureState = 'live' | 'muted' | 'interrupted' | 'absent'
export type SeatWish = 'idle' | 'away'

export type ClientMessage =
  | { type: 'seat.state'; state: SeatWish }
  | { type: 'call.answer'; sid: string }
  | { type: 'call.decline'; sid: string }
  | { type: 'session.join'; sid: string }
  | { type: 'session.leave'; sid: string }
  | { type: 'media.offer'; sid: string; request: number; connection: number; sdp: string }
  | { type: 'media.state'; sid: string; visible: boolean; camera: CaptureState; microphone: CaptureState }
  | { type: 'screen.turned'; sid: string; to_party: boolean }

export type ServerMessage =
  | { type: 'call.queued'; sid: string; position: number; ringing?: Ringing | null }
  | { type: 'call.offered'; call: QueueItem; until: string }
  | { type: 'call.withdrawn'; sid: string; reason: Withdrawal }
  | { type: 'call.answered'; sid: string; seat: Person }
  | { type: 'queue.changed'; queue: QueueItem[]; seats: SeatStatus[] }
  | {
      type: 'session.joined'
      sid: string
      participant: string
      connection: number
      must_send: Kind[]
      roster: RosterEntry[]
      integrity: Integrity
    }
  | { type: 'session.roster'; sid: string; roster: RosterEntry[] }
  | { type: 'session.integrity'; sid: string; integrity: Integrity }
  | { type: 'session.changed'; sid: string; size: number }
  | { type: 'session.ended'; sid: string; state: EndState }
  | { type: 'media.answer'; sid: string; request: number; sdp: string; slots: Slot[] }
  | { type: 'media.rejected'; sid: string; request: number; code: string; detail: string }
  | { type: 'media.slots'; sid: string; slots: Slot[] }
  | { type: 'media.please_offer'; sid: string; audio: number; video: number; prefer?: string | null }
  | {
      type: 'media.quality'
      sid: string
      participant: string
      level: Quality
      loss_permille?: number | null
      rtt_ms?: number | null
    }
  | { type: 'screen.turned'; sid: string; to_party: boolean }
  | { type: 'error'; re: number; code: string; detail: string; detail_en: string }

export type ServerMessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>

export type Quality = 'good' | 'weak' | 'bad'
export type Withdrawal = 'no_answer' | 'cancelled' | 'settled'
export type EndState = 'sealed' | 'abandoned' | 'cancelled'
export type Kind = 'audio' | 'video'
export type Presence = 'absent' | 'lobby' | 'joined' | 'interrupted' | 'left'
export type RecordingState = 'waiting' | 'recording' | 'broken' | 'ended'
export type Storage = 'ok' | 'low' | 'full'
export type TrackState = 'flowing' | 'stalled' | 'ended'
export type SeatState = 'offline' | 'idle' | 'ringing' | 'busy' | 'away'

export interface Person {
  id: string
  name: string
  role: string
  unit_name: string
  badge_no: string
}

export interface Ringing {
  person: Person
  until: string
}

export interface QueueItem {
  sid: string
  officer: Person
  procedure: string
  place_text: string
  violation_text?: string | null
  waiting_since: string
  position: number
  ringing?: Ringing | null
}

export interface SeatStatus {
  person: Person
  state: SeatState
  since: string
  sid?: string | null
}

export interface Slot {
  mid: string
  kind: Kind
  participant?: string | null
}

export interface CaptureReport {
  visible: boolean
  camera: CaptureState
  microphone: CaptureState
}

export interface RosterEntry {
  participant: string
  role: string
  person?: Person | null
  display_name: string
  state: Presence
  capture?: CaptureReport | null
}

export interface Broken {
  participant: string
  kind: Kind
  reason: string
  since_us: number
}

export interface TrackStatus {
  track: string
  participant: string
  kind: Kind
  state: TrackState
}

export interface Integrity {
  recording: RecordingState
  started_us?: number | null
  mono_us: number
  last_commit_us?: number | null
  gaps: number
  gap_ms: number
  clock_offset_ms?: number | null
  storage: Storage
  size: number
  root: string
  note?: string | null
  broken: Broken[]
  tracks: TrackStatus[]
}
