import { writeFileSync } from 'node:fs'

/**
 * Begins what stopBaseline ends; answers when it began, s since 1970.
 *
 * What the browser itself makes of a page's own camera and microphone: a recording of the very tracks that go into the
 * call, by the browser's recorder. Its offset of sound against picture is the browser's, and nothing of ours.
 */
export async function startBaseline(page) {
  return page.evaluate(async () => {
    const live = window.__peers.flatMap((peer) => peer.getSenders().map(({ track }) => track)).filter((track) => track?.readyState === 'live')
    const stream = new MediaStream([live.findLast(({ kind }) => kind === 'video'), live.findLast(({ kind }) => kind === 'audio')])
    const recorder = new MediaRecorder(stream, { mimeType: 'video/webm;codecs=vp8,opus', videoBitsPerSecond: 300_000 })
    const parts = []
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
    window.__baseline = { recorder, parts }
    const started = new Promise((resolve) => recorder.addEventListener('start', () => resolve(Date.now() / 1000)))
    recorder.start(1_000)
    return started
  })
}

/** Ends it and keeps it as a file. */
export async function stopBaseline(page, file) {
  const base64 = await page.evaluate(async () => {
    const { recorder, parts } = window.__baseline
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve))
    recorder.stop()
    await stopped
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
    let text = ''
    for (let i = 0; i < bytes.length; i += 32_768) text += String.fromCharCode(...bytes.subarray(i, i + 32_768))
    return btoa(text)
  })
  writeFileSync(file, Buffer.from(base64, 'base64'))
  return file
}
