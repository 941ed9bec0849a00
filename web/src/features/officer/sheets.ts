/** What the sheet behind 更多 offers. */
export type MoreChoice = 'steps' | 'fields' | 'confirm' | 'turn' | 'invite' | 'exits'

/** The sheet that lies over the call. */
export type SheetName = MoreChoice | 'more' | 'deliver' | 'seal' | 'decide'
