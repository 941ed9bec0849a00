import type { DecisionText } from '@/api/schema.gen'

/** A part of a decision that a step performs. */
export type DecisionPart = 'party' | 'facts' | 'penalty' | 'signature'

/** The parts of a sentence joined by commas, ended by one full stop; whatever stops they came with. */
function sentence(parts: readonly (string | null | undefined)[]): string {
  const clean = parts
    .map((part) => (part ?? '').trim().replace(/[。，；,.;]+$/u, ''))
    .filter((part) => part !== '')
  return clean.length === 0 ? '' : `${clean.join('，')}。`
}

/** What happened, and what follows from it: the two sentences of a decision. */
export function sentences(text: Pick<DecisionText, 'facts' | 'basis' | 'penalty' | 'points'>): {
  facts: string
  penalty: string
} {
  return { facts: sentence([text.facts]), penalty: sentence([text.basis, text.penalty, text.points]) }
}
