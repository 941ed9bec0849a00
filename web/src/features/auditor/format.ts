/** Numbers and places of a recording as they are written on these pages. */

const two = (value: number) => String(value).padStart(2, '0')

/** `00:04:05.2` from µs of the session. */
export function timecode(us: number): string {
  const tenths = Math.floor(us / 100_000)
  const seconds = Math.floor(tenths / 10)
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${tenths % 10}`
}

/** `03:09.0`, with hours where there are any. */
export function place(us: number): string {
  const code = timecode(us)
  return code.startsWith('00:') ? code.slice(3) : code
}

/** `4:00` on an axis. */
export function axisLabel(us: number): string {
  const seconds = Math.floor(us / 1e6)
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** `5 872`: groups of three by a narrow space, from five digits on everywhere, from four where asked. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** Bytes in the unit that leaves one to three digits. */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let size = value
  let unit = 0
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${size >= 100 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit] ?? ''}`
}
