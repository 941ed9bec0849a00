import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { consistent } from './consistency'

/** RFC 6962, sections 2.1 and 2.1.2, word for word: the other side of what is tested. */
const sha = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
const leaf = (index: number) => sha(Buffer.from([0]), Buffer.from(`line ${index}\n`))
const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1))

function root(from: number, to: number): Buffer {
  if (to - from === 1) return leaf(from)
  const k = split(to - from)
  return sha(Buffer.from([1]), root(from, from + k), root(from + k, to))
}

function subproof(m: number, from: number, to: number, whole: boolean): Buffer[] {
  const n = to - from
  if (m === n) return whole ? [] : [root(from, to)]
  const k = split(n)
  if (m <= k) return [...subproof(m, from, from + k, whole), root(from + k, to)]
  return [...subproof(m - k, from + k, to, false), root(from, from + k)]
}

function claim(first: number, second: number) {
  return {
    first,
    firstRoot: root(0, first).toString('hex'),
    second,
    secondRoot: root(0, second).toString('hex'),
    proof: subproof(first, 0, second, true).map((hash) => hash.toString('hex')),
  }
}

describe('consistent', () => {
  it('accepts every true proof up to 33 leaves', async () => {
    for (let second = 1; second <= 33; second += 1) {
      for (let first = 1; first <= second; first += 1) {
        expect(await consistent(claim(first, second)), `${first} of ${second}`).toBe(true)
      }
    }
  })

  it('refuses another root, another first size, a missing, an added and a swapped hash', async () => {
    const good = claim(6, 13)
    const other = claim(7, 13)
    expect(await consistent({ ...good, firstRoot: other.firstRoot })).toBe(false)
    expect(await consistent({ ...good, secondRoot: other.firstRoot })).toBe(false)
    expect(await consistent({ ...good, first: 5 })).toBe(false)
    expect(await consistent({ ...good, proof: good.proof.slice(1) })).toBe(false)
    expect(await consistent({ ...good, proof: [...good.proof, good.firstRoot] })).toBe(false)
    expect(await consistent({ ...good, proof: good.proof.toReversed() })).toBe(false)
  })

  it('refuses nonsense without throwing', async () => {
    const good = claim(3, 5)
    expect(await consistent({ ...good, first: 0 })).toBe(false)
    expect(await consistent({ ...good, first: 6 })).toBe(false)
    expect(await consistent({ ...good, proof: ['zz'] })).toBe(false)
    expect(await consistent({ ...claim(4, 4), proof: [good.firstRoot] })).toBe(false)
  })
})
