/** Statistics of one connection, reduced to what the call acts on. */
export interface PulseSample {
  /** Bytes or packets that came in by any counter; grows while the path lives. */
  inbound: number
  /** Frames encoded for sending, null while nothing is sent. */
  encoded: number | null
  /** Frames the camera delivered. */
  captured: number | null
  /** MIME type of the codec in use for sending video. */
  codec: string | null
}

type Stat = Readonly<Record<string, unknown>> & { type: string; id: string }

function number(stat: Stat, name: string): number {
  const value = stat[name]
  return typeof value === 'number' ? value : 0
}

/** Reads a statistics report. Counters differ between browsers, so every inbound one is added up. */
export function readPulse(report: Iterable<[string, unknown]>): PulseSample {
  const stats = [...report].map(([, stat]) => stat as Stat)
  const codecs = new Map<unknown, string>()
  for (const { type, id, mimeType } of stats) {
    if (type === 'codec' && typeof mimeType === 'string') codecs.set(id, mimeType)
  }
  const sample: PulseSample = { inbound: 0, encoded: null, captured: null, codec: null }
  for (const stat of stats) {
    switch (stat.type) {
      case 'transport':
      case 'candidate-pair':
        sample.inbound += number(stat, 'bytesReceived') + number(stat, 'packetsReceived')
        break
      case 'inbound-rtp':
        sample.inbound += number(stat, 'packetsReceived')
        break
      case 'remote-inbound-rtp':
        sample.inbound += number(stat, 'roundTripTimeMeasurements')
        break
      case 'outbound-rtp':
        if (stat.kind !== 'video') break
        sample.encoded = (sample.encoded ?? 0) + number(stat, 'framesEncoded')
        sample.codec = codecs.get(stat.codecId) ?? sample.codec
        break
      case 'media-source':
        if (stat.kind === 'video') sample.captured = (sample.captured ?? 0) + number(stat, 'frames')
        break
      default:
        break
    }
  }
  return sample
}

/** Frames that a receiver has decoded so far. */
export function decodedFrames(report: Iterable<[string, unknown]>): number {
  let frames = 0
  for (const [, value] of report) {
    const stat = value as Stat
    if (stat.type === 'inbound-rtp' && stat.kind === 'video') frames += number(stat, 'framesDecoded')
  }
  return frames
}

/** How long a counter has stood still. */
export class Stillness {
  private value = -1
  private since: number | null = null

  /** Notes the counter; how long it hasn't grown, ms. The first note counts as growth. */
  note(value: number, now: number): number {
    if (value !== this.value || this.since === null) {
      this.value = value
      this.since = now
    }
    return now - this.since
  }

  /** How long it hasn't grown by now, without a new note. */
  peek(now: number): number {
    return this.since === null ? 0 : now - this.since
  }

  reset(): void {
    this.value = -1
    this.since = null
  }
}
