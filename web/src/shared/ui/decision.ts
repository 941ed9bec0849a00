/** A part of a decision that a step performs. */
export type DecisionPart = 'party' | 'facts' | 'penalty' | 'signature'
