import type { Strokes } from '@/api/schema.gen'

/** A drawn point; time in ms of any clock, pressure 0–1. */
export interface DrawnPoint {
  x: number
  y: number
  time: number
  pressure: number
}

/** How the drawing area lay before the hand: upright, or turned so that its left edge was the top. */
export type Turn = 'upright' | 'turned'

export interface Drawing {
  groups: DrawnPoint[][]
  /** Of the canvas as the browser sees it, CSS pixels. */
  width: number
  height: number
  turn: Turn
}

/**
 * The drawing as the hand saw it. On a phone held sideways the canvas itself isn't turned, only what surrounds
 * it, so that points need no correction while they are drawn; they are turned here, once.
 */
export function upright(drawing: Drawing): Drawing {
  if (drawing.turn === 'upright') return drawing
  return {
    turn: 'upright',
    width: drawing.height,
    height: drawing.width,
    groups: drawing.groups.map((group) =>
      group.map(({ x, y, time, pressure }) => ({ x: y, y: drawing.width - x, time, pressure })),
    ),
  }
}

const round = (value: number, places: number) => Math.round(value * 10 ** places) / 10 ** places

/** The movement as it goes into the evidence: `[x, y, t_ms, pressure]`, time from the first point. */
export function toStrokes(drawing: Drawing, dpr: number, pointer: string): Strokes {
  const { width, height, groups } = upright(drawing)
  const begin = groups[0]?.[0]?.time ?? 0
  return {
    width,
    height,
    dpr,
    pointer,
    strokes: groups.map((group) =>
      group.map(({ x, y, time, pressure }): [number, number, number, number] => [
        round(x, 2),
        round(y, 2),
        Math.round(time - begin),
        round(pressure, 3),
      ]),
    ),
  }
}

/** A palm is wide; a fingertip or pen is not. CSS pixels. */
export const CONTACT_MAX = 48

/** Whether a pointer may draw: the first one, and not the side of a hand. */
export function mayDraw(
  event: Pick<PointerEvent, 'isPrimary' | 'width' | 'height' | 'pointerType'>,
): boolean {
  if (!event.isPrimary) return false
  return event.pointerType !== 'touch' || Math.max(event.width, event.height) <= CONTACT_MAX
}

/** What a drawing area can be asked. */
export interface PadHandle {
  clear: () => void
  drawing: () => Drawing & { pointer: string; dpr: number }
  /** PNG in base64, upright. */
  image: () => string
}
