/** The 31 provinces as plates write them, Inner Mongolia first because it is here. */
export const PROVINCES = [...'蒙京津冀晋辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新'] as const

export type PlateKind = 'small' | 'large' | 'new_energy'

/** Characters of a plate: a new-energy plate has one more. */
export function plateLength(kind: PlateKind): number {
  return kind === 'new_energy' ? 8 : 7
}

/** Rows of the keyboard after the digits; I and O don't occur on plates and stay dead. */
export const LETTER_ROWS = ['QWERTYUIOP', 'ASDFGHJKL', 'ZXCVBNM'] as const
export const DEAD_KEYS: ReadonlySet<string> = new Set(['I', 'O'])

const P = `[${PROVINCES.join('')}]`
/** GA 36 forms that this keyboard can type. */
const USUAL: readonly RegExp[] = [
  new RegExp(`^${P}[A-HJ-NP-Z][A-HJ-NP-Z0-9]{5}$`, 'u'),
  new RegExp(`^${P}[A-HJ-NP-Z][A-HJK][A-HJ-NP-Z0-9][0-9]{4}$`, 'u'),
  new RegExp(`^${P}[A-HJ-NP-Z][0-9]{5}[A-HJK]$`, 'u'),
  new RegExp(`^${P}[A-HJ-NP-Z][A-HJ-NP-Z0-9]{4}[学警挂领]$`, 'u'),
  new RegExp(`^粤Z[A-HJ-NP-Z0-9]{4}[港澳]$`, 'u'),
]

/** Whether the plate has a usual form; an unusual one is asked about, never refused. */
export function usualPlate(plate: string): boolean {
  return USUAL.some((form) => form.test(plate))
}

/** What may stand at a place: the first is a province, the second a letter. */
export function fits(plate: string, key: string, kind: PlateKind): boolean {
  if (plate.length >= plateLength(kind)) return false
  const province = PROVINCES.some((name) => name === key)
  if (plate.length === 0) return province
  if (province) return false
  if (plate.length === 1) return /^[A-HJ-NP-Z]$/u.test(key)
  if (/^[学警挂领港澳]$/u.test(key)) return plate.length === plateLength(kind) - 1
  return /^[A-HJ-NP-Z0-9]$/u.test(key)
}

/** The code of GA 24.7 for the three kinds one sees at the roadside. */
export const PLATE_TYPE: Readonly<Record<PlateKind, string>> = { large: '01', small: '02', new_energy: '52' }
