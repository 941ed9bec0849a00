import { afterEach, describe, expect, it } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import type { Api } from '@/api/api'
import { Problem } from '@/api/problem'
import { useEvidence } from './useEvidence'

const verdict = (name: string) => ({
  verifier: 'cloudseat-verify 0.1.0',
  verdict: name,
  completeness: 'complete',
  disclosure: 'full',
  session: 'a',
  sealed: true,
  findings: [],
  tracks: [],
  proofs: {},
  decisions: [],
  took_ms: 100,
})

let scope: EffectScope | null = null
afterEach(() => scope?.stop())

/** Evidence whose verifications are answered by hand. */
function evidenceOf() {
  const answers: { resolve: (body: unknown) => void; reject: (problem: Problem) => void }[] = []
  const api = {
    session: () => new Promise(() => undefined),
    recording: () => new Promise(() => undefined),
    verify: () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
  } as unknown as Api
  scope = effectScope()
  const evidence = scope.run(() => useEvidence({ api, sid: 'a' }))
  if (evidence === undefined) throw new Error('no scope')
  const settle = () => new Promise((resolve) => setTimeout(resolve))
  return { evidence, answers, settle }
}

describe('verifying again', () => {
  it('shows no earlier verdict while it runs', async () => {
    const { evidence, answers, settle } = evidenceOf()
    expect(evidence.verify.busy.value).toBe(true)
    answers[0]?.resolve(verdict('valid'))
    await settle()
    expect(evidence.summary.value?.tone).toBe('ok')

    void evidence.verify.run()
    expect(evidence.verify.busy.value).toBe(true)
    expect(evidence.summary.value).toBeNull()
    expect(evidence.verifiedAt.value).toBeNull()
    answers[1]?.resolve(verdict('tampered'))
    await settle()
    expect(evidence.summary.value?.tone).toBe('stop')
    expect(evidence.verifiedAt.value).not.toBeNull()
  })

  it('leaves no verdict behind when it fails', async () => {
    const { evidence, answers, settle } = evidenceOf()
    answers[0]?.resolve(verdict('valid'))
    await settle()
    void evidence.verify.run()
    answers[1]?.reject(new Problem({ code: 'unavailable', status: 503 }))
    await settle()
    expect(evidence.verify.problem.value).not.toBeNull()
    expect(evidence.summary.value).toBeNull()
  })
})
