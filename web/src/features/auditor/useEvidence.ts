import { computed, inject, onScopeDispose, ref, shallowRef, watch, type InjectionKey } from 'vue'
import type { Api } from '@/api/api'
import { useResource } from '@/shared/composables/useResource'
import { useTask } from '@/shared/composables/useTask'
import { buildTimeline } from './timeline'
import { readVerification, type Verification } from './verification'
import { backfilledGaps, listed, sortFindings, summarise } from './verdict'

/** What is read of one session for its review, and the verifier's word on it. */
export function useEvidence(options: { api: Api; sid: string; now?: () => number }) {
  const { api, sid } = options
  const now = options.now ?? (() => Date.now())

  const session = useResource(() => api.session(sid))
  const recording = useResource(() => api.recording(sid))
  const decision = useResource(() => api.decision(sid), { immediate: false })
  // A session that ended without a decision has none to ask for.
  watch(session.data, (known) => {
    if (known?.decision != null) void decision.reload()
  })

  const startedAt = ref<number | null>(null)
  const elapsedMs = ref(0)
  const verifiedAt = ref<number | null>(null)
  const timer = setInterval(() => {
    if (startedAt.value !== null) elapsedMs.value = now() - startedAt.value
  }, 200)
  onScopeDispose(() => clearInterval(timer))

  const result = shallowRef<Verification | null>(null)
  const verify = useTask(async () => {
    startedAt.value = now()
    elapsedMs.value = 0
    // An earlier verdict must not stand as if it were this one's.
    result.value = null
    verifiedAt.value = null
    try {
      result.value = readVerification(await api.verify(sid))
      verifiedAt.value = now()
    } finally {
      startedAt.value = null
    }
  })

  const timeline = computed(() =>
    recording.data.value === null ? null : buildTimeline(recording.data.value, backfilledGaps(result.value)),
  )
  const summary = computed(() =>
    result.value === null ? null : summarise(result.value, timeline.value?.gaps ?? []),
  )
  const findings = computed(() => (result.value === null ? [] : sortFindings(result.value.findings)))

  const shown = computed(() => listed(findings.value, timeline.value?.gaps ?? []))

  void verify.run()
  return {
    sid,
    session,
    recording,
    decision,
    verify,
    elapsedMs,
    verifiedAt,
    result,
    timeline,
    summary,
    findings,
    shown,
  }
}

/** What [`useEvidence`] returns. */
export type Evidence = ReturnType<typeof useEvidence>

/** The pages of one session share it. */
export const EvidenceKey: InjectionKey<Evidence> = Symbol('evidence')

/** The evidence of the session whose pages these are. */
export function useSharedEvidence(): Evidence {
  const evidence = inject(EvidenceKey)
  if (evidence === undefined) throw new Error('useSharedEvidence needs provide(EvidenceKey)')
  return evidence
}
