import { inject, type Component, type InjectionKey } from 'vue'
import type { ProcedureView } from '@/api/schema.gen'
import type { IntegrityShown } from './ui/integrity'

/** Somebody whom the party faces. */
export interface PartyPerson {
  role: 'officer' | 'seat'
  name: string
  badge_no: string
  unit_name: string
  stream: MediaStream | null
  speaking: boolean
}

/**
 * What the party's view is given. It is the same component on the officer's phone, turned round, and on the
 * party's own; which feature holds it is the application's business, so it is injected.
 */
export interface PartyViewProps {
  sid: string
  view: ProcedureView
  people: readonly PartyPerson[]
  /** How the recording stands; null before anything is known. */
  integrity: IntegrityShown | null
  /** When the session opened, RFC 3339; turns the session clock into the time of day. */
  openedAt: string | null
  /** Runs a request that answers with the new view, and shows it. */
  apply: (request: Promise<ProcedureView>) => Promise<ProcedureView>
}

export const PartyViewKey: InjectionKey<Component<PartyViewProps>> = Symbol('party view')

export function usePartyView(): Component<PartyViewProps> {
  const component = inject(PartyViewKey)
  if (component === undefined) throw new Error('usePartyView needs provide(PartyViewKey)')
  return component
}
