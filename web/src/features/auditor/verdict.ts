import type { Recording } from '@/api/schema.gen'
import { LEVELS, type Finding, type Verification } from './verification'
import { stepNumber, type GapGroup, type Timeline } from './timeline'

/**
 * From the verifier's findings to the one sentence a reader needs, and the place it speaks of.
 *
 * The verdict is the verifier's; here only its wording is chosen.
 */

/** How the verdict looks: green, amber, red. */
export type Tone = 'ok' | 'gap' | 'stop'

/** A message with its parameters, translated by the component. */
export interface Message {
  key: string
  params: Record<string, string | number>
}

/** A finding's family: which sentence heads the page when it is the worst. */
export type Family = 'container' | 'log' | 'heads' | 'media' | 'documents' | 'proofs' | 'unusable' | 'other'

const FAMILIES: Readonly<Record<Exclude<Family, 'other'>, readonly string[]>> = {
  unusable: ['BUNDLE_UNREADABLE', 'TRUST_UNREADABLE', 'LOG_MISSING', 'VERSION_UNSUPPORTED', 'SITE_UNKNOWN'],
  container: [
    'MANIFEST_FORMAT',
    'MANIFEST_MISMATCH',
    'FILE_MISSING',
    'FILE_UNLISTED',
    'FILE_UNBOUND',
    'FILE_NOT_REGULAR',
    'PATH_UNSAFE',
    'EXPORT_SIGNATURE',
  ],
  log: [
    'LOG_TORN',
    'JSON_INVALID',
    'JSON_DUPLICATE_KEY',
    'JSON_NUMBER',
    'JSON_NFC',
    'JSON_NONCANONICAL',
    'ENTRY_SCHEMA',
    'SEQ_BROKEN',
    'CHAIN_BROKEN',
    'SESSION_MISMATCH',
    'CLOCK_BACKWARDS',
    'OPEN_MISSING',
    'OPEN_DUPLICATE',
    'SEAL_MISSING',
    'SEAL_DUPLICATE',
    'ENTRY_AFTER_SEAL',
  ],
  heads: [
    'CHECKPOINT_MISSING',
    'NOTE_MALFORMED',
    'ORIGIN_MISMATCH',
    'SIGNATURE_INVALID',
    'SIGNATURE_UNTRUSTED',
    'KEY_OUT_OF_WINDOW',
    'CHECKPOINT_ROOT',
    'CHECKPOINT_FORK',
    'LOG_TRUNCATED',
    'LOG_UNCOVERED',
  ],
  media: [
    'TRACK_UNKNOWN',
    'SEGMENT_INDEX',
    'SEGMENT_MISSING',
    'SEGMENT_EMPTY',
    'SEGMENT_LENGTH',
    'SEGMENT_DIGEST',
    'SEGMENT_LAYOUT',
    'SEGMENT_TIME',
    'SM3_MISMATCH',
    'GAP_UNDECLARED',
    'GAPMAP_MISMATCH',
    'TOTALS_MISMATCH',
    'BACKFILL_MISMATCH',
  ],
  documents: [
    'FILE_DIGEST',
    'DECISION_MISMATCH',
    'DECISION_HEAD',
    'SIGNED_DOC_MISMATCH',
    'OPENING_MISMATCH',
    'REDACTION_INVALID',
  ],
  proofs: [
    'PROOF_MISSING',
    'ANCHOR_INVALID',
    'ANCHOR_HEAD',
    'ANCHOR_BEYOND_LOG',
    'WITNESS_QUORUM',
    'TIMESTAMP_INVALID',
    'TIMESTAMP_MISMATCH',
    'TIMESTAMP_TIME',
    'RECEIPT_INVALID',
    'RECEIPT_MISMATCH',
    'RECEIPT_BEYOND_LOG',
  ],
}

/** Findings of completeness, warnings and remarks; with the families, every code there is. */
export const FURTHER_CODES = [
  'GAP_DECLARED',
  'PARTICIPANT_UNRECORDED',
  'STEP_MISSING',
  'STEP_UNRECORDED',
  'BACKFILL_PENDING',
  'SESSION_OPEN',
  'LATE_COMMIT',
  'CLOCK_SKEW',
  'BACKFILL_UNCOMMITTED',
  'CRASH_RECOVERED',
  'SM3_UNCHECKED',
  'EXPORT_UNSIGNED',
  'PACKETS_LOST',
  'SEGMENT_WITHHELD',
  'FIELD_WITHHELD',
  'FIELD_ERASED',
  'GAP_BACKFILLED',
  'LEGAL_HOLD',
] as const

/** Every code a verifier may report. */
export const CODES: readonly string[] = [...Object.values(FAMILIES).flat(), ...FURTHER_CODES]

/** The family of a code. */
export function familyOf(code: string): Family {
  for (const [family, codes] of Object.entries(FAMILIES)) if (codes.includes(code)) return family as Family
  return 'other'
}

/** What stands at the top of the page. */
export interface Summary {
  tone: Tone
  title: Message
}

/** Worst first; within a level by place in the log. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = (level: Finding['level']) => LEVELS.indexOf(level)
  return [...findings].sort(
    (a, b) => rank(a.level) - rank(b.level) || (a.seq ?? Infinity) - (b.seq ?? Infinity) || 0,
  )
}

/** A finding as it is listed: the six tracks' entries of one gap are one. */
export interface Listed {
  finding: Finding
  gap: GapGroup | null
  /** Further findings of the same code, where it is only a remark. */
  more: Finding[]
}

/** Findings for a reader: those of one gap once, at the first; a remark that repeats once, with its number. */
export function listed(findings: readonly Finding[], gaps: readonly GapGroup[]): Listed[] {
  const seen = new Set<GapGroup>()
  const remarks = new Map<string, Listed>()
  return findings.flatMap((finding): Listed[] => {
    const about = finding.code === 'GAP_DECLARED' || finding.code === 'GAP_BACKFILLED'
    const { seq } = finding
    const gap = about && seq != null ? (gaps.find((group) => group.seqs.includes(seq)) ?? null) : null
    if (gap === null) {
      const remark = finding.level === 'warning' || finding.level === 'info'
      const first = remark ? remarks.get(finding.code) : undefined
      if (first !== undefined) {
        first.more.push(finding)
        return []
      }
      const one: Listed = { finding, gap, more: [] }
      if (remark) remarks.set(finding.code, one)
      return [one]
    }
    if (seen.has(gap)) return []
    seen.add(gap)
    return [{ finding, gap, more: [] }]
  })
}

/** Length of the missing time in seconds, backfilled gaps left out, overlaps of tracks counted once. */
export function missingSeconds(groups: readonly { t0: number; t1: number; backfilled: boolean }[]): number {
  return groups.filter((gap) => !gap.backfilled).reduce((sum, gap) => sum + (gap.t1 - gap.t0), 0) / 1e6
}

/** One decimal, as it is spoken: 4.2. */
export function seconds(value: number): string {
  return (Math.round(value * 10) / 10).toFixed(1)
}

/** The headline. `groups` are the recording's gaps, for their length and common reason. */
export function summarise(
  result: Verification,
  groups: readonly { t0: number; t1: number; backfilled: boolean; reason: string }[],
): Summary {
  const worst = sortFindings(result.findings)[0]
  if (result.verdict === 'unusable') {
    return { tone: 'stop', title: { key: 'unusable', params: { code: worst?.code ?? '' } } }
  }
  if (result.verdict === 'tampered') {
    const family = worst ? familyOf(worst.code) : 'other'
    const seq = worst?.seq
    if (
      seq !== undefined &&
      seq !== null &&
      (family === 'log' || family === 'media' || family === 'documents')
    ) {
      return { tone: 'stop', title: { key: `tampered_${family}_at`, params: { seq } } }
    }
    return { tone: 'stop', title: { key: `tampered_${family}`, params: {} } }
  }
  const codes = new Set(
    result.findings.filter((finding) => finding.level === 'incomplete').map((f) => f.code),
  )
  if (result.completeness === 'complete') return { tone: 'ok', title: { key: 'complete', params: {} } }
  const missing = missingSeconds(groups)
  if (missing > 0) {
    const reasons = new Set(groups.filter((gap) => !gap.backfilled).map((gap) => gap.reason))
    const [reason] = reasons
    const params = { seconds: seconds(missing) }
    return reasons.size === 1 && reason !== undefined
      ? { tone: 'gap', title: { key: 'missing_because', params: { ...params, reason } } }
      : { tone: 'gap', title: { key: 'missing', params } }
  }
  if (codes.has('STEP_MISSING')) return { tone: 'gap', title: { key: 'step_missing', params: {} } }
  if (codes.has('STEP_UNRECORDED')) return { tone: 'gap', title: { key: 'step_unrecorded', params: {} } }
  if (codes.has('PARTICIPANT_UNRECORDED'))
    return { tone: 'gap', title: { key: 'participant_unrecorded', params: {} } }
  if (codes.has('SESSION_OPEN')) return { tone: 'gap', title: { key: 'open', params: {} } }
  return { tone: 'gap', title: { key: 'incomplete', params: {} } }
}

/** Log entries (`seq`) of gaps that the verifier found closed by committed backfill. */
export function backfilledGaps(result: Verification | null): Set<number> {
  const found = new Set<number>()
  for (const finding of result?.findings ?? []) {
    if (finding.code === 'GAP_BACKFILLED' && typeof finding.seq === 'number') found.add(finding.seq)
  }
  return found
}

/** A line among the proofs: what was shown, how much of it, whether it stands. */
export interface Proof {
  key: 'checkpoint' | 'site_log' | 'witnesses' | 'timestamps' | 'receipts' | 'media' | 'gaps' | 'documents'
  state: 'ok' | 'gap' | 'stop' | 'none'
  value: Message
}

/** The proofs column: each line fails exactly when a finding of its family says so. */
export function proofs(
  result: Verification,
  recording: Pick<Recording, 'tracks'> | null,
  gaps: readonly GapGroup[] = [],
): Proof[] {
  const bad = (test: (finding: Finding) => boolean) =>
    result.findings.some((finding) => finding.level === 'tampered' && test(finding))
  const family = (name: Family) => (finding: Finding) => familyOf(finding.code) === name
  const prefix = (start: string) => (finding: Finding) => finding.code.startsWith(start)
  const count = (n: number) => ({ key: 'count', params: { n } })
  // Of evidence that can't be read nothing was shown, neither good nor bad.
  const read = result.verdict !== 'unusable'
  const state = (failed: boolean, there: boolean) => (failed ? 'stop' : there && read ? 'ok' : 'none')
  const p = result.proofs
  const segments = recording?.tracks.reduce((sum, track) => sum + track.segments, 0) ?? 0
  const missing = gaps.filter((gap) => !gap.backfilled)
  const lines: Proof[] = [
    {
      key: 'checkpoint',
      state: state(bad(family('heads')), p.checkpoints > 0),
      value: result.head ? { key: 'size', params: { n: result.head.size } } : count(0),
    },
    { key: 'site_log', state: state(bad(prefix('ANCHOR')), p.anchors > 0), value: count(p.anchors) },
    {
      key: 'witnesses',
      state: state(bad(prefix('WITNESS')), p.witnesses > 0),
      value: count(p.witnesses),
    },
    {
      key: 'timestamps',
      state: state(bad(prefix('TIMESTAMP')), p.timestamps > 0),
      value: count(p.timestamps),
    },
    { key: 'receipts', state: state(bad(prefix('RECEIPT')), p.receipts > 0), value: count(p.receipts) },
    {
      key: 'documents',
      state: state(bad(family('documents')), result.decisions.length > 0),
      value: count(result.decisions.length),
    },
    {
      key: 'media',
      state: state(bad(family('media')), segments > 0),
      value: { key: 'segments', params: { n: segments } },
    },
  ]
  if (missing.length > 0) {
    const params = { n: missing.length, seconds: seconds(missingSeconds(missing)) }
    lines.push({ key: 'gaps', state: 'gap', value: { key: 'gaps', params } })
  }
  return lines
}

/**
 * The sentences under the headline: where the gaps lie and what became of the step, or what the first bad
 * finding means. `lanes` is how many participants were recorded.
 */
export function details(
  summary: Summary,
  findings: readonly Finding[],
  timeline: Pick<Timeline, 'gaps' | 'chapters' | 'lanes'> | null,
): Message[] {
  if (summary.tone === 'ok') return [{ key: 'all_there', params: { n: timeline?.lanes.length ?? 0 } }]
  if (summary.tone === 'stop') {
    const bad = findings.filter((finding) => finding.level === 'tampered' || finding.level === 'unusable')
    return [{ key: 'bad', params: { code: bad[0]?.code ?? '', n: bad.length } }]
  }
  const out: Message[] = []
  for (const gap of (timeline?.gaps ?? []).filter((group) => !group.backfilled)) {
    if (gap.step === null) {
      out.push({ key: 'gap_between', params: {} })
      continue
    }
    const { step, attempt } = gap.step
    const chapters = timeline?.chapters.filter((chapter) => chapter.step === step) ?? []
    const counting = chapters.find((chapter) => !chapter.superseded)
    const repeated = counting !== undefined && counting.attempt > attempt
    out.push({
      key: repeated ? 'gap_repeated' : 'gap_in_step',
      params: { step: stepNumber(step), attempt, counts: counting?.attempt ?? attempt },
    })
  }
  const unique = new Map(out.map((message) => [JSON.stringify(message), message]))
  const open = findings.some(({ code }) => code === 'SESSION_OPEN') && summary.title.key !== 'open'
  return [
    ...unique.values(),
    ...(open ? [{ key: 'still_open', params: {} }] : []),
    { key: 'rest_signed', params: {} },
  ]
}
