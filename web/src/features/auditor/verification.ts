/** A finding's level, worst first. */
export const LEVELS = ['unusable', 'tampered', 'incomplete', 'warning', 'info'] as const

/** One of them. */
export type Level = (typeof LEVELS)[number]

/** A finding of the verifier (evidence format, section 10). */
export interface Finding {
  code: string
  level: Level
  /** The log entry it is about. */
  seq?: number | null
  /** The file it is about, from the bundle's top. */
  path?: string | null
  detail?: string | null
}

/** A head of the log. */
export interface Head {
  size: number
  root: string
}

/** The verifier's result (evidence format, section 10), as far as it is shown. */
export interface Verification {
  verifier: string
  verdict: 'valid' | 'tampered' | 'unusable'
  completeness: 'complete' | 'incomplete' | 'unknown'
  entries: number
  head: Head | null
  decisions: { seq: number; decision: string; doc_sha256: string; head: Head }[]
  findings: Finding[]
  tracks: { segments: number; lost: number }[]
  proofs: { checkpoints: number; anchors: number; witnesses: number; timestamps: number; receipts: number }
  took_ms: number
}

/** What the server sends, with its words not yet judged. */
export interface RawVerification {
  verifier: string
  verdict: string
  completeness: string
  entries: number
  head?: Head | null
  decisions: Verification['decisions']
  findings: (Omit<Finding, 'level'> & { level: string })[]
  tracks?: unknown
  proofs?: unknown
  took_ms?: number | null
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** A count, or how long a list is. */
function count(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return typeof value === 'number' ? value : 0
}

/** Reads a result. A word it doesn't know counts as the worst it can mean: nothing is green by mistake. */
export function readVerification(raw: RawVerification): Verification {
  const verdict = raw.verdict === 'valid' || raw.verdict === 'tampered' ? raw.verdict : 'unusable'
  const completeness =
    raw.completeness === 'complete' || raw.completeness === 'incomplete' ? raw.completeness : 'unknown'
  const tracks = typeof raw.tracks === 'object' && raw.tracks !== null ? Object.values(raw.tracks) : []
  return {
    verifier: raw.verifier,
    verdict,
    completeness: verdict === 'valid' ? completeness : 'unknown',
    entries: raw.entries,
    head: raw.head ?? null,
    decisions: raw.decisions,
    took_ms: raw.took_ms ?? 0,
    findings: raw.findings.map((finding) => ({
      ...finding,
      level: LEVELS.find((level) => level === finding.level) ?? 'unusable',
    })),
    tracks: tracks.map((track) => ({
      segments: count(member(track, 'segments')),
      lost: count(member(track, 'lost')),
    })),
    proofs: {
      checkpoints: count(member(raw.proofs, 'checkpoints')),
      anchors: count(member(raw.proofs, 'anchors')),
      witnesses: count(member(raw.proofs, 'witnesses')),
      timestamps: count(member(raw.proofs, 'timestamps')),
      receipts: count(member(raw.proofs, 'receipts')),
    },
  }
}
