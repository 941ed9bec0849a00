import { describe, expect, it } from 'vitest'
import {
  CONNECT_MS,
  Recovery,
  REPLACE_AFTER_MS,
  REPLACE_BACKOFF_MS,
  RESTART_AFTER_MS,
  RESTART_GRACE_MS,
} from './recovery'

function flowing(): Recovery {
  const recovery = new Recovery()
  recovery.connecting(0)
  recovery.flowing()
  return recovery
}

/** Ticks every 100 ms up to `to`; what was asked for and when. */
function run(recovery: Recovery, from: number, to: number, signalling = true): [string, number][] {
  const asked: [string, number][] = []
  for (let now = from; now <= to; now += 100) {
    for (const action of recovery.tick(now, signalling)) asked.push([action, now])
  }
  return asked
}

describe('Recovery', () => {
  it('leaves a short doubt alone', () => {
    const recovery = flowing()
    recovery.doubt(1_000)
    expect(recovery.level).toBe('suspect')
    expect(run(recovery, 1_000, 1_000 + RESTART_AFTER_MS - 100)).toEqual([])
    recovery.flowing()
    expect(recovery.level).toBe('ok')
    expect(run(recovery, 4_000, 30_000)).toEqual([])
  })

  it('restarts ICE after 2 s of doubt and replaces the connection after 10 s', () => {
    const recovery = flowing()
    recovery.doubt(0)
    expect(run(recovery, 0, 20_000)).toEqual([
      ['restart', RESTART_AFTER_MS],
      ['replace', REPLACE_AFTER_MS + 100],
    ])
  })

  it('replaces at the second failure', () => {
    const recovery = flowing()
    recovery.failed(0)
    expect(recovery.tick(0, true)).toEqual(['restart'])
    recovery.failed(500)
    expect(recovery.tick(500, true)).toEqual(['replace'])
  })

  it('asks for nothing while there is no signalling, and for a restart first when it is back', () => {
    const recovery = flowing()
    recovery.doubt(0)
    expect(run(recovery, 0, 60_000, false)).toEqual([])
    expect(recovery.tick(60_100, true)).toEqual(['restart'])
    expect(run(recovery, 60_200, 60_100 + RESTART_GRACE_MS - 100)).toEqual([])
    expect(run(recovery, 60_100 + RESTART_GRACE_MS, 65_000)).toEqual([
      ['replace', 60_100 + RESTART_GRACE_MS + 100],
    ])
  })

  it('says that the path is lost although nothing can be asked for', () => {
    const recovery = flowing()
    recovery.doubt(0)
    run(recovery, 0, RESTART_AFTER_MS - 100, false)
    expect(recovery.level).toBe('suspect')
    run(recovery, RESTART_AFTER_MS, RESTART_AFTER_MS + 1_000, false)
    expect(recovery.level).toBe('lost')
    recovery.flowing()
    expect(recovery.level).toBe('ok')
  })

  it('makes new connections for ever, waiting longer each time', () => {
    const recovery = new Recovery()
    recovery.connecting(0)
    const times = run(recovery, 0, 300_000).map(([action, at]) => {
      expect(action).toBe('replace')
      return at
    })
    const waits = times.map((at, index) => at - (times[index - 1] ?? 0) - CONNECT_MS)
    expect(times.length).toBeGreaterThan(15)
    for (const [index, wait] of waits.entries()) {
      const planned = REPLACE_BACKOFF_MS[Math.min(index, REPLACE_BACKOFF_MS.length - 1)] ?? 0
      expect(wait).toBeGreaterThanOrEqual(planned)
      expect(wait).toBeLessThanOrEqual(planned + 200)
    }
    expect(recovery.level).toBe('lost')
  })

  it('does not wait out its back-off when the network returns', () => {
    const recovery = new Recovery()
    recovery.connecting(0)
    for (let round = 0; round < 6; round += 1) recovery.failed(round)
    run(recovery, 0, 60_000)
    recovery.failed(60_000)
    expect(recovery.tick(60_001, true)).toEqual([])
    recovery.nudge(60_002)
    expect(recovery.tick(60_002, true)).toEqual(['replace'])
  })

  it('is silent after it was stopped', () => {
    const recovery = flowing()
    recovery.doubt(0)
    recovery.stop()
    expect(run(recovery, 0, 60_000)).toEqual([])
    recovery.flowing()
    expect(recovery.failed(60_000)).toEqual([])
  })
})
