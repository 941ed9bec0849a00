/** Where a line may end, the better first: after a full stop, after a comma, after an enumeration comma. */
const BREAKS = ['。！？；', '，：', '、）》”'] as const
/** Never at the start of a line. */
const NOT_FIRST = '。！？；，：、）》”’'
/** Never at the end of a line. */
const NOT_LAST = '（《“‘'

/** What is not known yet stands as a blank. */
const BLANK = /[＿_]{2,}/gu

/** A sentence before its step: blanks are filled when it starts, and until then it is said so. */
export function beforeStart(text: string, later: string): string {
  return text.replace(BLANK, later)
}

/** Width in full characters: Latin letters and digits count half. */
function width(text: string): number {
  let total = 0
  for (const char of text) total += (char.codePointAt(0) ?? 0) < 0x2e80 ? 0.5 : 1
  return total
}

/** Pieces that stay together: a run of Latin letters, digits and what ties them, or one character. */
function pieces(text: string): string[] {
  return text.match(/[A-Za-z0-9.,%·+\-*/]+ ?|[^\s]|\s+/gu) ?? []
}

/**
 * A sentence to be read aloud, broken at the punctuation into lines of at most `most` characters; where a
 * clause is longer it is broken evenly, and no line holds a single character.
 */
export function scriptLines(text: string, most: number): string[] {
  if (/^[\u0000-\u2e7f]*$/u.test(text)) return [text]
  const clauses = text.match(/[^。！？；，：]+[。！？；，：]+[”》）]?|[^。！？；，：]+$/gu) ?? [text]
  const lines: string[] = []
  let line = ''
  for (const clause of clauses) {
    if (width(line + clause) <= most) {
      line += clause
      continue
    }
    if (line !== '') lines.push(line)
    if (width(clause) <= most) {
      line = clause
    } else {
      const parts = splitEvenly(clause, most)
      line = parts.pop() ?? ''
      lines.push(...parts)
    }
  }
  if (line !== '') lines.push(line)
  return mergeStubs(
    lines.map((entry) => entry.trim()),
    most,
  )
}

/** Breaks a clause without commas into lines of about the same length, at enumeration commas where one is near. */
function splitEvenly(clause: string, most: number): string[] {
  const count = Math.ceil(width(clause) / most)
  const target = width(clause) / count
  const lines: string[] = []
  let line = ''
  const all = pieces(clause)
  for (const [index, piece] of all.entries()) {
    const next = all[index + 1]
    line += piece
    if (next === undefined || lines.length === count - 1) continue
    const full = width(line) >= target - 0.25 || width(line + next) > most
    const good = BREAKS.some((set) => set.includes(piece)) && width(line) >= target * 0.6
    const allowed = !NOT_FIRST.includes(next.charAt(0)) && !NOT_LAST.includes(piece.slice(-1))
    if ((full || good) && allowed) {
      lines.push(line)
      line = ''
    }
  }
  if (line !== '') lines.push(line)
  return lines.flatMap((entry) => (width(entry) > most && count < 8 ? hardWrap(entry, most) : [entry]))
}

function hardWrap(text: string, most: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of pieces(text)) {
    if (line !== '' && width(line + piece) > most && !NOT_FIRST.includes(piece.charAt(0))) {
      lines.push(line)
      line = ''
    }
    line += piece
  }
  if (line !== '') lines.push(line)
  return lines
}

/** A line of one character goes to its neighbour, or takes one from it. */
function mergeStubs(lines: string[], most: number): string[] {
  const out: string[] = []
  for (const line of lines) {
    const previous = out.at(-1)
    if (previous !== undefined && width(line.replace(/[。！？；，：、]/gu, '')) <= 1) {
      if (width(previous + line) <= most + 1) {
        out[out.length - 1] = previous + line
        continue
      }
      out[out.length - 1] = previous.slice(0, -1)
      out.push(previous.slice(-1) + line)
      continue
    }
    out.push(line)
  }
  return out
}
