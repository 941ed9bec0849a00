import type { ProcedureView } from '@/api/schema.gen'

/** A row of what is known: the value, and a remark or a tick beside it. */
export interface FactRow {
  key: 'party' | 'licence' | 'vehicle' | 'violation' | 'penalty'
  parts: string[]
  plate: string | null
  /** Said in green once the step that checks it is done. */
  checked: boolean
  range: { min: number; max: number } | null
}

/** The facts of the server's view in the order in which a seat checks them. */
export function factRows(view: ProcedureView): FactRow[] {
  const facts = view.facts
  const text = (name: string): string => {
    const value = facts[name]
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
  }
  const done = (id: string) => view.steps.some((step) => step.id.startsWith(id) && step.state === 'completed')
  const row = (key: FactRow['key'], parts: string[], more: Partial<FactRow> = {}): FactRow => ({
    key,
    parts: parts.filter((part) => part !== ''),
    plate: null,
    checked: false,
    range: null,
    ...more,
  })
  const number = (name: string) => (typeof facts[name] === 'number' ? facts[name] : null)
  const [min, max] = [number('fine_min'), number('fine_max')]
  return [
    row('party', [text('party_name'), text('id_no_masked') || text('id_no') || text('licence_no')], {
      checked: done('S04'),
    }),
    row('licence', [text('licence_class')], { checked: done('S04') }),
    row('vehicle', [text('vehicle_type')], { plate: text('plate') || null, checked: done('S04') }),
    row('violation', [text('violation_code'), text('violation_text')], { checked: done('S05') }),
    row('penalty', [text('penalty_text') || text('proposed_penalty')], {
      range: min !== null && max !== null ? { min, max } : null,
    }),
  ].filter((one) => one.parts.length > 0 || one.plate !== null || one.key === 'party')
}
