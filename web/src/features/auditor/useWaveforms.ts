import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Recording, Track as RecordedTrack } from '@/api/schema.gen'
import { louder, normalised, peaksAlong } from './waveform'

/** Strokes along the line. */
const BUCKETS = 800
/** Enough for a stroke; one hour takes 115 MB while it is decoded. */
const SAMPLE_RATE = 8000
/** Longer sessions are shown without: decoding would take more memory than a desk has to spare (µs). */
const LONGEST = 90 * 60 * 1_000_000

/** Turns a sound file into samples; injected in tests. */
export type Decode = (url: string, signal: AbortSignal) => Promise<{ samples: Float32Array; rate: number }>

async function decodeInBrowser(url: string, signal: AbortSignal) {
  const response = await fetch(url, { credentials: 'same-origin', signal })
  if (!response.ok) throw new Error(`${response.status}`)
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE)
  const buffer = await context.decodeAudioData(await response.arrayBuffer())
  return { samples: buffer.getChannelData(0), rate: buffer.sampleRate }
}

/** Loudness of each participant, one track after the other; a track that can't be decoded has none. */
export function useWaveforms(options: {
  recording: () => Recording | null
  decode?: Decode
}): ShallowRef<ReadonlyMap<string, readonly number[]>> {
  const decode = options.decode ?? decodeInBrowser
  const peaks = shallowRef<ReadonlyMap<string, readonly number[]>>(new Map())
  let running: AbortController | null = null

  async function work(recording: Recording, signal: AbortSignal) {
    const raw = new Map<string, number[]>()
    for (const track of recording.tracks.filter((one) => one.kind === 'audio')) {
      const found = await one(track, recording.duration_us, signal)
      if (signal.aborted) return
      if (found === null) continue
      raw.set(track.participant, louder(raw.get(track.participant) ?? [], found))
      peaks.value = new Map([...raw].map(([participant, levels]) => [participant, normalised(levels)]))
    }
  }

  async function one(track: RecordedTrack, duration: number, signal: AbortSignal): Promise<number[] | null> {
    try {
      const { samples, rate } = await decode(track.url, signal)
      return peaksAlong(samples, rate, track, duration, BUCKETS)
    } catch {
      // Loudness is an aid: without it the lane stays empty, and the player says what can't be played.
      return null
    }
  }

  watch(
    options.recording,
    (recording) => {
      running?.abort()
      peaks.value = new Map()
      if (recording === null || recording.duration_us > LONGEST) return
      running = new AbortController()
      void work(recording, running.signal)
    },
    { immediate: true },
  )
  onScopeDispose(() => running?.abort())
  return peaks
}
