// What a picture and sound contain: frames, flashes, beeps, and how they lie against each other.
import { spawn } from 'node:child_process'

async function run(program, args, onChunk) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors = []
  child.stdout.on('data', onChunk)
  child.stderr.on('data', (chunk) => errors.push(chunk))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const said = Buffer.concat(errors).toString('utf8')
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said.slice(-500)}`)
  return said
}

/** Times (s, as the container has them) and brightness (0–255) of the upper half of every frame. */
export async function frames(file) {
  let text = ''
  const filter = 'crop=iw:ih/2:0:0,scale=32:-2,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-'
  const said = await run('ffmpeg', ['-v', 'error', '-copyts', '-i', file, '-map', '0:v:0', '-vf', filter, '-fps_mode', 'passthrough', '-enc_time_base', '1:1000000', '-f', 'null', '-'], (chunk) => (text += chunk))
  const found = [...text.matchAll(/pts_time:(\S+)\s+lavfi\.signalstats\.YAVG=(\S+)/gu)].map(([, at, luma]) => ({ at: Number(at), luma: Number(luma) }))
  return { frames: found, errors: said.trim() }
}

/** When the flashes begin (s). */
export function flashes(list) {
  const levels = list.map(({ luma }) => luma)
  const low = Math.min(...levels)
  const high = Math.max(...levels)
  if (list.length === 0 || high - low < 60) throw new Error(`no flash among ${list.length} frames: brightness ${low} to ${high}`)
  const middle = (low + high) / 2
  return list.filter(({ luma }, i) => i > 0 && luma >= middle && list[i - 1].luma < middle).map(({ at }) => at)
}

const RATE = 48_000
/** Window in which loudness is measured. */
const BIN = RATE / 1000

/** When the beeps begin (s); holes in the container's time are silence. */
export async function beeps(file) {
  const parts = []
  const said = await run(
    'ffmpeg',
    ['-v', 'error', '-copyts', '-i', file, '-map', '0:a:0', '-ac', '1', '-af', `aresample=${RATE}:async=1:min_hard_comp=0.01:first_pts=0`, '-f', 's16le', '-'],
    (chunk) => parts.push(chunk),
  )
  const bytes = Buffer.concat(parts)
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 2))
  const loud = []
  for (let i = 0; i + BIN <= samples.length; i += BIN) {
    let sum = 0
    for (let j = i; j < i + BIN; j += 1) sum += samples[j] * samples[j]
    loud.push(Math.sqrt(sum / BIN))
  }
  const peak = [...loud].sort((a, b) => a - b)[Math.floor(loud.length * 0.97)] ?? 0
  if (peak < 300) throw new Error(`no beep in ${(loud.length / 1000).toFixed(1)} s of sound: loudness ${peak.toFixed(0)}`)
  const found = []
  let quiet = 1000
  for (const [i, level] of loud.entries()) {
    if (level >= peak * 0.3) {
      if (quiet >= 200) found.push(i / 1000)
      quiet = 0
    } else quiet += 1
  }
  return { beeps: found, seconds: samples.length / RATE, errors: said.trim() }
}

/** How often it flashes and beeps, ms. */
const EVERY_MS = 1000

/**
 * Sound against picture: the flashes, each with the ms by which the beep nearest to it comes after it. Both lists on
 * one clock, in s. Where a browser begins in either clip is its own affair, so that a beep may be anywhere in the second.
 */
export function offsets(flashTimes, beepTimes) {
  const found = []
  for (const at of flashTimes) {
    const near = beepTimes.reduce((best, beep) => (Math.abs(beep - at) < Math.abs(best - at) ? beep : best), Infinity)
    const late = (near - at) * 1000
    if (Math.abs(late) < EVERY_MS * 0.52) found.push({ at, late })
  }
  return found
}

/** By how much one offset differs from another, ms; the beep before a flash and the one after it are one to them. */
export function apart(late, other) {
  const ms = late - other
  return ms - EVERY_MS * Math.round(ms / EVERY_MS)
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted.length === 0 ? NaN : (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}
