import { describe, expect, it } from 'vitest'
import { BACKOFF_MS, DEAD_MS, Link, OPEN_MS, PING_MS, PROBE_MS } from './link'

function up(): Link {
  const link = new Link()
  expect(link.start(0)).toEqual(['connect'])
  link.welcomed(0)
  return link
}

describe('Link', () => {
  it('pings while frames come and gives a silent socket up', () => {
    const link = up()
    expect(link.tick(PING_MS - 1)).toEqual([])
    expect(link.tick(PING_MS)).toEqual(['ping'])
    link.heard(PING_MS + 10)
    expect(link.tick(2 * PING_MS)).toEqual(['ping'])
    // Half-open: nothing answers any more, though the socket never closes.
    expect(link.tick(PING_MS + 10 + DEAD_MS - 1)).toEqual(['ping'])
    expect(link.tick(PING_MS + 10 + DEAD_MS)).toEqual(['drop', 'connect'])
    expect(link.up).toBe(false)
  })

  it('backs off and never gives up', () => {
    const link = up()
    let now = 0
    const waits: number[] = []
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const actions = link.lost(now)
      const begun = now
      if (!actions.includes('connect')) {
        while (!link.tick(now).includes('connect')) now += 50
      }
      waits.push(now - begun)
    }
    expect(waits.slice(0, BACKOFF_MS.length)).toEqual([...BACKOFF_MS])
    expect(new Set(waits.slice(BACKOFF_MS.length))).toEqual(new Set([BACKOFF_MS.at(-1)]))
  })

  it('tries at once when the network or the page comes back', () => {
    const link = up()
    link.lost(0)
    link.lost(1)
    link.lost(2)
    expect(link.tick(3)).toEqual([])
    expect(link.nudge(4)).toEqual(['connect'])
    link.welcomed(5)
    expect(link.lost(6)).toEqual(['drop', 'connect'])
  })

  it('probes a socket that claims to live', () => {
    const link = up()
    expect(link.nudge(1_000)).toEqual(['ping'])
    expect(link.nudge(1_100)).toEqual([])
    expect(link.tick(1_000 + PROBE_MS - 1)).toEqual([])
    expect(link.tick(1_000 + PROBE_MS)).toEqual(['drop', 'connect'])

    const alive = up()
    alive.nudge(1_000)
    alive.heard(1_200)
    expect(alive.tick(1_000 + PROBE_MS)).toEqual([])
  })

  it('does not wait for a socket that never opens', () => {
    const link = new Link()
    link.start(0)
    expect(link.tick(OPEN_MS - 1)).toEqual([])
    expect(link.tick(OPEN_MS)).toEqual(['drop', 'connect'])
  })

  it('stops', () => {
    const link = up()
    expect(link.stop()).toEqual(['drop'])
    expect(link.tick(1e9)).toEqual([])
    expect(link.nudge(1e9)).toEqual([])
    expect(link.lost(1e9)).toEqual([])
  })
})
