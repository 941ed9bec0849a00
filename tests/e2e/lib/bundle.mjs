// An exported bundle: where its tracks lie, and what the command line says of it.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, extname, join, relative } from 'node:path'
import { binary } from './binary.mjs'

/** An export, unpacked. */
export class Bundle {
  constructor(folder) {
    this.folder = folder
    this.entries = readFileSync(join(folder, 'data/log.jsonl'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line))
  }

  /** Unpacks an export. */
  static unzip(zip, into) {
    rmSync(into, { recursive: true, force: true })
    mkdirSync(into, { recursive: true })
    execFileSync('unzip', ['-q', zip, '-d', into])
    const top = readdirSync(into)
    return new Bundle(top.includes('bagit.txt') ? into : join(into, top[0]))
  }

  of(type) {
    return this.entries.filter((entry) => entry.type === type)
  }

  /** Tracks that have media, with their segments. */
  tracks() {
    return this.of('track.started')
      .map(({ body }) => ({ ...body, segments: this.of('segment.committed').map((entry) => entry.body).filter(({ track }) => track === body.track) }))
      .filter(({ segments }) => segments.length > 0)
  }

  /** A track's files one after the other, as anybody may put them together; answers the file. */
  concatenate(track, into) {
    const folder = join(this.folder, 'data/media', track)
    const files = readdirSync(folder).sort()
    const target = join(into, `${track}${extname(files[0])}`)
    rmSync(target, { force: true })
    mkdirSync(dirname(target), { recursive: true })
    for (const file of files) appendFileSync(target, readFileSync(join(folder, file)))
    return target
  }

  /** Every file, from the bundle's top. */
  files() {
    return readdirSync(this.folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.folder, join(entry.parentPath ?? entry.path, entry.name)))
      .filter((path) => statSync(join(this.folder, path)).size > 0)
      .sort()
  }

  verify(trust) {
    return verify(this.folder, trust)
  }
}

/** `cloudseat verify`: its exit code and what it says. */
export function verify(folder, trust) {
  const { status, stdout, stderr } = spawnSync(binary(), ['verify', folder, '--trust', trust, '--json'], { encoding: 'utf8', maxBuffer: 1 << 26 })
  let result = null
  try {
    result = JSON.parse(stdout)
  } catch {
    // What cannot be read is told by the exit code.
  }
  return { exit: status, result, stderr }
}

/** From the beginning of NTP's era to 1970, s. */
const NTP_TO_UNIX_S = 2_208_988_800

/**
 * When (s since 1970 by the sender's clock) a track's file begins: a segment says when its first packet was captured
 * (`ntp0`) and how far into the file that is (`rtp0` against the first segment's). The middle of what they say counts.
 */
export function captureStart(track) {
  const first = track.segments[0]
  const starts = track.segments
    .filter(({ ntp0 }) => ntp0 !== undefined)
    .map(({ ntp0, rtp0 }) => {
      const seconds = Number.parseInt(ntp0.slice(0, 8), 16) + Number.parseInt(ntp0.slice(8), 16) / 2 ** 32
      return seconds - NTP_TO_UNIX_S - ((rtp0 - first.rtp0) >>> 0) / track.clock_hz
    })
  if (starts.length === 0) throw new Error(`${track.track} never learned its sender's clock`)
  return starts.sort((a, b) => a - b)[starts.length >> 1]
}
