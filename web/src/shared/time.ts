/** All times on screen are those of China, whatever the device is set to. */
const ZONE = 'Asia/Shanghai'

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

export interface ClockParts {
  year: string
  month: string
  day: string
  hour: string
  minute: string
  second: string
}

export function clockParts(at: string | number | Date): ClockParts {
  const found = Object.fromEntries(parts.formatToParts(new Date(at)).map(({ type, value }) => [type, value]))
  const part = (name: keyof ClockParts) => found[name] ?? ''
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}

/** `14:29` */
export function clockShort(at: string | number | Date): string {
  const { hour, minute } = clockParts(at)
  return `${hour}:${minute}`
}

/** `14:29:20` */
export function clock(at: string | number | Date): string {
  return `${clockShort(at)}:${clockParts(at).second}`
}

/** `2026-09-17` */
export function day(at: string | number | Date): string {
  const { year, month, day: date } = clockParts(at)
  return `${year}-${month}-${date}`
}

/** `2026-09-17 14:34` */
export function dayAndClock(at: string | number | Date): string {
  return `${day(at)} ${clockShort(at)}`
}

/** `10 月 8 日` or `8 Oct` */
export function dayInWords(at: string | number | Date, locale: string): string {
  const { month, day: date } = clockParts(at)
  if (locale === 'en') {
    return new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, day: 'numeric', month: 'short' }).format(
      new Date(at),
    )
  }
  return `${Number(month)} 月 ${Number(date)} 日`
}

export function sameDay(a: string | number | Date, b: string | number | Date): boolean {
  return day(a) === day(b)
}

/** `00:03:12` from milliseconds. */
export function stopwatch(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`
}

/** `03:12` below an hour, else with hours. */
export function stopwatchShort(ms: number): string {
  const long = stopwatch(ms)
  return long.startsWith('00:') ? long.slice(3) : long
}

/** Seconds with so many decimals: `0.6`. */
export function seconds(ms: number, decimals = 1): string {
  return (ms / 1000).toFixed(decimals)
}
