// Written by `npm run generate` from src/http/openapi.json. Do not edit.

import type { ServerMessage } from '../api/schema.gen'

/** The version spoken; the server answers another one with `closing`. */
export const VERSION = 1

export type ServerMessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>

export type {
  Broken,
  CaptureReport,
  CaptureState,
  ClientFrame,
  ClientMessage,
  CloseCode,
  EndState,
  Integrity,
  Kind,
  Person,
  Presence,
  Quality,
  QueueItem,
  RecordingState,
  Resume,
  Ringing,
  RosterEntry,
  SeatState,
  SeatStatus,
  SeatWish,
  ServerFrame,
  ServerMessage,
  Slot,
  Storage,
  TrackState,
  TrackStatus,
  Withdrawal,
} from '../api/schema.gen'
