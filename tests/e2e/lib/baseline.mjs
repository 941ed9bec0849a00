import { flashes, offsets } from './media.mjs'

/** How long (ms) after its capture a picture or a sound may reach the page. */
const LATEST_MS = 1_000

/**
 * Begins what stopBaseline ends.
 *
 * What the browser itself makes of a page's own camera and microphone: the very tracks that go into the call, each
 * picture and sound with the time the browser gives its capture. Their offset is the browser's, and nothing of ours.
 * (Its recorder is no measure: it writes sound 47 ms later than it was captured.)
 */
export async function startBaseline(page) {
  await page.evaluate(() => {
    const live = window.__peers.flatMap((peer) => peer.getSenders().map(({ track }) => track)).filter((track) => track?.readyState === 'live')
    const taken = { pictures: [], sounds: [], tracks: [] }
    window.__baseline = taken
    const read = async (kind, take) => {
      const track = live.findLast((one) => one.kind === kind).clone()
      taken.tracks.push(track)
      const reader = new window.MediaStreamTrackProcessor({ track }).readable.getReader()
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return
        const now = performance.timeOrigin + performance.now()
        await take(value, now)
        value.close()
      }
    }
    void read('video', async (frame, now) => {
      const bytes = new Uint8Array(frame.allocationSize())
      const [luma] = await frame.copyTo(bytes)
      const { width, height } = frame.codedRect
      taken.pictures.push({ us: frame.timestamp, now, luma: bytes[luma.offset + luma.stride * (height >> 2) + (width >> 1)] })
    })
    void read('audio', (sound, now) => {
      const samples = new Float32Array(sound.numberOfFrames)
      sound.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
      const loud = samples.findIndex((sample) => Math.abs(sample) > 0.1)
      taken.sounds.push({ us: sound.timestamp, now, loud: loud < 0 ? null : loud / sound.sampleRate })
    })
  })
}

/** Ends it; answers the flashes, each with when it was (s since 1970) and the ms by which its beep comes after it. */
export async function stopBaseline(page) {
  const { pictures, sounds, origin } = await page.evaluate(() => {
    const { tracks, ...taken } = window.__baseline
    for (const track of tracks) track.stop()
    return { ...taken, origin: performance.timeOrigin }
  })
  // The browser counts pictures from the machine's start and sounds from the page's.
  const machine = Date.now() - Number(process.hrtime.bigint()) / 1e6
  const frames = dated('pictures', pictures, machine).map(({ at, luma }) => ({ at, luma }))
  const beeps = []
  let last = -Infinity
  for (const { at, loud } of dated('sounds', sounds, origin)) {
    if (loud === null) continue
    if (at - last > 0.2) beeps.push(at + loud)
    last = at
  }
  return offsets(flashes(frames), beeps)
}

function dated(what, list, base) {
  const found = list.map((one) => ({ ...one, at: (base + one.us / 1000) / 1000 }))
  const odd = found.find(({ at, now }) => Math.abs(now - at * 1000) > LATEST_MS)
  if (odd !== undefined) throw new Error(`the browser dates its ${what} otherwise than this test takes them: ${JSON.stringify(odd)}`)
  return found
}
