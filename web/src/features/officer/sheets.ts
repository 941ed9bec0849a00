/** What the sheet behind 更多 offers. */
export type MoreChoice = 'steps' | 'fields' | 'confirm' | 'turn' | 'invite' | 'exits'

/** The sheet that lies over the call. */
export type SheetName = MoreChoice | 'more' | 'deliver' | 'seal' | 'decide'

/** Sheets that ask for an act of the step in progress. What is typed in a form outlives a gap. */
export const OF_STEP: ReadonlySet<SheetName> = new Set(['confirm', 'decide', 'deliver'])
