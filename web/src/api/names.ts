/**
 * What the OpenAPI document doesn't say, or says too loosely for the screens; `schema.gen.ts` exports these too.
 * Components called as plainly as `Track` or `Gap` get a name here that says whose track it is.
 */
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type RecordedTrack = Schemas['Track']
export type RecordedGap = Schemas['Gap']
export type RecordedStep = Schemas['Chapter']
export type LogLine = Schemas['LogEntry']
export type AuditLine = Schemas['AuditItem']
export type CaseDeadline = Schemas['Deadline']
/** A newer server may know more codes, and this side makes some itself. */
export type ProblemBody = Omit<Schemas['Problem'], 'code'> & { code: string }
export type PartyPass = Schemas['PartyAccess']
export type Seat = Schemas['SeatStatus']
export type QueueEntry = Schemas['QueueItem']
/** What a participant says of its own camera and microphone. */
export type CaptureReport = Schemas['Capture']

/** An account's role, or that of a party, who has an invitation and no account. */
export type Role = Schemas['Role'] | 'party'

/** A kept picture. The document has two components of this name and shows the other one. */
export interface Capture {
  capture: string
  kind: Schemas['CaptureKind']
  step?: string | null
  /** µs of the session clock. */
  at_us: number
  time: string
  by: Schemas['Person']
  url: string
}

/** The value of a field as JSON: text, number, yes or no, a point, a list of captures. */
export type FieldValue = string | number | boolean | null | Record<string, unknown> | unknown[]

export type Need = Schemas['Need'] & { value?: FieldValue }
export type Step = Omit<Schemas['Step'], 'needs'> & { needs: Need[] }
export type ProcedureView = Omit<Schemas['ProcedureView'], 'steps'> & { steps: Step[] }
export type Captured = Omit<Schemas['Captured'], 'view'> & { view: ProcedureView }
export type Issued = Omit<Schemas['Issued'], 'view'> & { view: ProcedureView }

/** One thing a session needs, with where it stands in both languages. */
export interface Check {
  name: string
  ok: boolean
  detail: string
  detail_en: string
}

/** `/readyz`: whether anything can be recorded now. */
export interface Ready {
  ready: boolean
  checks: Check[]
}
