import { inject, type InjectionKey } from 'vue'
import type { Client } from './client'
import type { Page } from './page'
import type * as S from './schema.gen'

/** Every request of the interface, by resource. One line each: method, path, types. */
export function createApi(client: Client) {
  const session = (sid: string) => `/sessions/${sid}`
  const step = (sid: string, id: string) => `/sessions/${sid}/steps/${id}`
  return {
    client,

    signIn: (login: string, password: string) => client.post<S.SignedIn>('/sign-in', { login, password }),
    signOut: () => client.post<null>('/sign-out'),
    me: () => client.get<S.Me>('/me'),
    join: (token: string) => client.post<S.Joined>('/join', { token }),
    ready: () => client.site<S.Ready>('/readyz'),

    users: (query: { q?: string; role?: string; cursor?: string | null }) =>
      client.get<Page<S.User>>('/users', query),
    createUser: (body: S.NewUser) => client.post<{ user: S.User; password?: string | null }>('/users', body),
    changeUser: (id: string, body: S.UserChange) => client.patch<S.User>(`/users/${id}`, body),
    resetPassword: (id: string) => client.post<{ password: string }>(`/users/${id}/password`),
    units: () => client.get<Page<S.Unit>>('/units'),
    createUnit: (body: S.NewUnit) => client.post<S.Unit>('/units', body),

    queue: () => client.get<Page<S.QueueEntry>>('/queue'),
    seats: () => client.get<Page<S.Seat>>('/seats'),
    figures: () => client.get<S.Figures>('/figures'),

    violations: (q: string) => client.get<Page<S.Violation>>('/catalogue/violations', { q }),
    choices: () => client.get<S.Choices>('/catalogue/choices'),
    procedures: () => client.get<Page<S.ProcedureRef>>('/catalogue/procedures'),

    createCase: (body: S.NewCase) => client.post<S.Case>('/cases', body),
    cases: (query: { mine?: boolean; q?: string; cursor?: string | null; limit?: number }) =>
      client.get<Page<S.Case>>('/cases', query),
    case: (id: string) => client.get<S.Case>(`/cases/${id}`),
    call: (caseId: string) => client.post<S.Called>(`/cases/${caseId}/call`),
    cancel: (sid: string) => client.post<null>(`${session(sid)}/cancel`),

    sessions: (query: { q?: string; state?: string; from?: string; to?: string; cursor?: string | null }) =>
      client.get<Page<S.SessionSummary>>('/sessions', query),
    session: (sid: string) => client.get<S.Session>(session(sid)),

    steps: (sid: string) => client.get<S.ProcedureView>(`${session(sid)}/steps`),
    startStep: (sid: string, id: string) => client.post<S.ProcedureView>(`${step(sid, id)}/start`),
    readSentence: (sid: string, id: string, sentence: string) =>
      client.post<S.ProcedureView>(`${step(sid, id)}/sentences`, { sentence }),
    setFields: (sid: string, id: string, values: Record<string, S.FieldValue>) =>
      client.put<S.ProcedureView>(`${step(sid, id)}/fields`, { values }),
    confirm: (sid: string, id: string, guard: string) =>
      client.post<S.ProcedureView>(`${step(sid, id)}/confirmations`, { guard }),
    completeStep: (sid: string, id: string) => client.post<S.ProcedureView>(`${step(sid, id)}/complete`),
    capture: (sid: string, image: Blob, query: { kind: string; step?: string; field?: string }) =>
      client.upload<S.Captured>(`${session(sid)}/captures`, image, query),
    captures: (sid: string) => client.get<Page<S.Capture>>(`${session(sid)}/captures`),
    defence: (sid: string, body: { text?: string; waived?: boolean; recusal_requested: boolean }) =>
      client.post<S.ProcedureView>(`${session(sid)}/defence`, body),
    review: (sid: string, body: { verdict: 'approved' | 'rejected' | 'escalated'; reason?: string }) =>
      client.post<S.ProcedureView>(`${session(sid)}/review`, body),
    decide: (sid: string) => client.post<S.Issued>(`${session(sid)}/decision`),
    decision: (sid: string) => client.get<S.Decision>(`${session(sid)}/decision`),
    sign: (
      sid: string,
      body: { kind: 'signed'; image_png: string; strokes: S.Strokes } | { kind: 'refused'; reason: string },
    ) => client.post<S.ProcedureView>(`${session(sid)}/signature`, body),
    deliver: (sid: string, body: { method: 'paper' | 'electronic' | 'refused'; reason?: string }) =>
      client.post<S.ProcedureView>(`${session(sid)}/delivery`, body),
    exit: (sid: string, body: { exit: string; reason?: string }) =>
      client.post<S.ProcedureView>(`${session(sid)}/exit`, body),
    seal: (sid: string) => client.post<S.Sealed>(`${session(sid)}/seal`),
    invite: (sid: string) => client.post<S.Invitation>(`${session(sid)}/invitations`, { role: 'party' }),
    file: (sid: string, receiptNo: string) =>
      client.post<S.Case>(`${session(sid)}/filing`, { receipt_no: receiptNo }),

    recording: (sid: string) => client.get<S.Recording>(`${session(sid)}/recording`),
    log: (sid: string, query: { from: number; limit?: number }) =>
      client.get<Page<S.LogLine>>(`${session(sid)}/log`, query),
    verify: (sid: string) =>
      client.post<S.Verification>(`${session(sid)}/verification`, {}, { timeoutMs: 300_000 }),
    bundleUrl: (sid: string) => client.url(`${session(sid)}/bundle`),
    audit: (cursor: string | null) => client.get<Page<S.AuditLine>>('/audit', { cursor }),
    receipt: (sid: string) => client.get<S.Receipt>(`${session(sid)}/receipt`),
    publicReceipt: (sid: string) => client.get<S.PublicReceipt>(`/receipts/${sid}`),
    consistency: (sid: string, from: number) =>
      client.get<S.Consistency>(`/receipts/${sid}/consistency`, { from }),
  }
}

export type Api = ReturnType<typeof createApi>

export const ApiKey: InjectionKey<Api> = Symbol('api')

export function useApi(): Api {
  const api = inject(ApiKey)
  if (api === undefined) throw new Error('useApi needs provide(ApiKey)')
  return api
}
