import { describe, expect, it } from 'vitest'
import { decodedFrames, readPulse, Stillness } from './pulse'

const report = (stats: Record<string, unknown>[]) =>
  stats.map((stat, index): [string, unknown] => [String(index), { id: String(index), ...stat }])

describe('readPulse', () => {
  it('adds up whatever counts what came in', () => {
    const one = readPulse(report([{ type: 'transport', bytesReceived: 100, packetsReceived: 2 }])).inbound
    const two = readPulse(
      report([
        { type: 'transport', bytesReceived: 100, packetsReceived: 2 },
        { type: 'remote-inbound-rtp', kind: 'video', roundTripTimeMeasurements: 1 },
      ]),
    ).inbound
    expect(two).toBeGreaterThan(one)
  })

  it('finds the codec and frames of what is sent', () => {
    const pulse = readPulse(
      report([
        { type: 'codec', id: 'c', mimeType: 'video/H264' },
        { type: 'outbound-rtp', kind: 'video', codecId: 'c', framesEncoded: 40 },
        { type: 'outbound-rtp', kind: 'audio', packetsSent: 9 },
        { type: 'media-source', kind: 'video', frames: 50 },
      ]),
    )
    expect(pulse).toMatchObject({ encoded: 40, captured: 50, codec: 'video/H264' })
  })

  it('counts decoded frames of video only', () => {
    expect(
      decodedFrames(
        report([
          { type: 'inbound-rtp', kind: 'video', framesDecoded: 12 },
          { type: 'inbound-rtp', kind: 'audio', framesDecoded: 99 },
        ]),
      ),
    ).toBe(12)
  })
})

it('Stillness measures how long a counter stood', () => {
  const still = new Stillness()
  expect(still.note(5, 0)).toBe(0)
  expect(still.note(5, 2_000)).toBe(2_000)
  expect(still.peek(2_500)).toBe(2_500)
  expect(still.note(6, 3_000)).toBe(0)
  still.reset()
  expect(still.peek(9_000)).toBe(0)
})
