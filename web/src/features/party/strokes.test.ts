import { describe, expect, it } from 'vitest'
import { mayDraw, toStrokes, upright } from './strokes'

const point = (x: number, y: number, time: number) => ({ x, y, time, pressure: 0.5 })

describe('upright', () => {
  it('leaves an upright drawing alone', () => {
    const drawing = { groups: [[point(1, 2, 3)]], width: 300, height: 100, turn: 'upright' as const }
    expect(upright(drawing)).toBe(drawing)
  })

  it('turns a drawing made on a phone held sideways', () => {
    // A stroke from the top of the screen downwards is one from left to right for the hand.
    const drawing = {
      groups: [[point(250, 10, 0), point(250, 500, 10)]],
      width: 300,
      height: 560,
      turn: 'turned' as const,
    }
    const turned = upright(drawing)
    expect(turned).toMatchObject({ width: 560, height: 300 })
    expect(turned.groups[0]).toMatchObject([
      { x: 10, y: 50 },
      { x: 500, y: 50 },
    ])
  })
})

it('counts time from the first point and keeps every point', () => {
  const strokes = toStrokes(
    {
      groups: [[point(1.23456, 2, 1_000), point(2, 3, 1_016)], [point(4, 5, 1_500)]],
      width: 300,
      height: 100,
      turn: 'upright',
    },
    2,
    'touch',
  )
  expect(strokes).toEqual({
    width: 300,
    height: 100,
    dpr: 2,
    pointer: 'touch',
    strokes: [
      [
        [1.23, 2, 0, 0.5],
        [2, 3, 16, 0.5],
      ],
      [[4, 5, 500, 0.5]],
    ],
  })
})

it('takes the first pointer and no palm', () => {
  const touch = { isPrimary: true, width: 20, height: 24, pointerType: 'touch' }
  expect(mayDraw(touch)).toBe(true)
  expect(mayDraw({ ...touch, isPrimary: false })).toBe(false)
  expect(mayDraw({ ...touch, height: 90 })).toBe(false)
  expect(mayDraw({ ...touch, height: 90, pointerType: 'pen' })).toBe(true)
})
