import type { LogEntry as LogLine } from '@/api/schema.gen'

/**
 * The bytes of a log line, made again from its members.
 *
 * A line is the canonical JSON of the entry (RFC 8785; the log has integers and plain strings only, so member
 * order is all there is to it) and a line feed. Its SHA-256 is what the next line names as `prev`.
 */

/** JSON with members sorted by UTF-16 code units, as RFC 8785 orders them. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** 64 zeros: what entry 0 names as the line before it. */
export const NO_LINE = '0'.repeat(64)

/** The line as it stands in `log.jsonl`, without its line feed. `prev` is the digest of the line before. */
export function rawLine(entry: LogLine, sid: string, prev: string): string {
  return canonical({
    v: 1,
    sid,
    seq: entry.seq,
    prev,
    time: entry.time,
    mono: entry.mono,
    type: entry.type,
    actor: entry.actor,
    body: entry.body,
  })
}

/** SHA-256 of a line with its line feed, hex. */
export async function lineDigest(line: string, subtle: SubtleCrypto = crypto.subtle): Promise<string> {
  const digest = await subtle.digest('SHA-256', new TextEncoder().encode(`${line}\n`))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A piece of a line, lit or not. */
export interface Piece {
  text: string
  lit: boolean
}

/** Splits a line so that the members that matter can be shown in colour: their names and string values. */
export function pieces(line: string, members: readonly string[]): Piece[] {
  if (members.length === 0) return [{ text: line, lit: false }]
  const names = members.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  const out: Piece[] = []
  let from = 0
  for (const match of line.matchAll(new RegExp(`"(?:${names})":(?:"[^"]*"|\\d+)?`, 'g'))) {
    if (match.index > from) out.push({ text: line.slice(from, match.index), lit: false })
    out.push({ text: match[0], lit: true })
    from = match.index + match[0].length
  }
  if (from < line.length) out.push({ text: line.slice(from), lit: false })
  return out
}

/** Which members say what an entry is about. */
export function tellingMembers(type: string): readonly string[] {
  if (type === 'media.gap') return ['reason', 't0_us', 't1_us', 'type']
  if (type.startsWith('segment.')) return ['idx', 'sha256', 'type']
  if (type.startsWith('step.')) return ['attempt', 'step', 'reason', 'type']
  if (type.startsWith('decision.') || type.startsWith('document.'))
    return ['doc', 'doc_sha256', 'sha256', 'type']
  return ['type']
}
