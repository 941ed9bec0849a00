import type { DecisionText } from '@/api/schema.gen'

/** A part of a decision that a step performs. */
export type DecisionPart = 'party' | 'facts' | 'penalty' | 'signature'

type Told = Pick<DecisionText, 'facts' | 'basis' | 'penalty' | 'points' | 'doc_no'>

const bare = (part: string | null | undefined) =>
  (part ?? '')
    .trim()
    .replace(/(?:[。，；,;\s]|\.$)+$/u, '')
    .trim()

/** The parts of a sentence joined by commas, ended by one full stop; whatever stops they came with. */
export function sentence(parts: readonly (string | null | undefined)[]): string {
  const clean = parts.map(bare).filter((part) => part !== '')
  return clean.length === 0 ? '' : `${clean.join('，')}。`
}

/** The penalty by itself: 罚款100元. Whether it is decided or proposed is said where it is used. */
function plain(penalty: string): string {
  return bare(penalty).replace(/^(?:决定|拟)(?:处以|给予|处)?/u, '')
}

/** The penalty and the points without a verb: 罚款100元，记1分. */
export function penaltyParts(text: Pick<Told, 'penalty' | 'points'>): string[] {
  return [plain(text.penalty), bare(text.points)].filter((part) => part !== '')
}

/** What is imposed, or proposed as long as the decision has no number: it is none before. */
function imposed({ penalty, doc_no }: Pick<Told, 'penalty' | 'doc_no'>): string {
  const what = plain(penalty)
  if (what === '') return ''
  const warning = what.includes('警告')
  if (doc_no == null) return `拟${warning ? '给予' : '处'}${what}`
  return `决定${warning ? '给予' : '处以'}${what}`
}

/** What happened, on what basis, and what follows from it: the sentences of a decision. */
export function sentences(text: Told): {
  facts: string
  basis: string
  /** What follows, by itself. */
  penalty: string
  /** The basis and what follows in one. */
  ruling: string
} {
  const end = [imposed(text), text.points]
  return {
    facts: sentence([text.facts]),
    basis: sentence([text.basis]),
    penalty: sentence(end),
    ruling: sentence([text.basis, ...end]),
  }
}
