import type { Unit } from '@/api/schema.gen'

/** A unit and how deep it stands below the top. */
export interface UnitRow {
  unit: Unit
  depth: number
}

/** Units as a tree from the top down; one whose parent is unknown, or that stands below itself, is a top. */
export function unitTree(units: readonly Unit[]): UnitRow[] {
  const known = new Set(units.map(({ id }) => id))
  const children = new Map<string | null, Unit[]>()
  for (const unit of units) {
    const parent = unit.parent_id != null && known.has(unit.parent_id) ? unit.parent_id : null
    children.set(parent, [...(children.get(parent) ?? []), unit])
  }
  const rows: UnitRow[] = []
  const placed = new Set<string>()
  const walk = (unit: Unit, depth: number) => {
    if (placed.has(unit.id)) return
    placed.add(unit.id)
    rows.push({ unit, depth })
    for (const child of children.get(unit.id) ?? []) walk(child, depth + 1)
  }
  for (const top of children.get(null) ?? []) walk(top, 0)
  for (const unit of units) walk(unit, 0)
  return rows
}
