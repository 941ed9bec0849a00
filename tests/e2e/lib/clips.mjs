import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { OUT } from './out.mjs'

/** Frames a second of what the cameras show. */
export const FPS = 15
const SECONDS = 20
const SIZE = '320x240'
/** How long a flash and a beep last, of each second. */
const MARK_S = 0.1

/**
 * What the browser's camera and microphone take in: on every full second the upper half flashes white and a 1 kHz
 * tone beeps, 0.1 s both. The lower half holds colour bars, so that a picture can be told from none.
 */
export function clips() {
  const folder = join(OUT, 'clips')
  const video = join(folder, 'flash.y4m')
  const audio = join(folder, 'beep.wav')
  if (existsSync(video) && existsSync(audio)) return { video, audio }
  mkdirSync(folder, { recursive: true })
  const [width, height] = SIZE.split('x').map(Number)
  const on = `lt(mod(T+0.0001,1),${MARK_S})`
  const flash = `color=black:s=${width}x${height / 2}:r=${FPS},format=yuv420p,geq=lum='if(${on},235,16)':cb=128:cr=128`
  const bars = `smptebars=s=${width}x${height / 2}:r=${FPS},format=yuv420p`
  const make = (args, path) => {
    const fresh = `${path.slice(0, -4)}.part${path.slice(-4)}`
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, fresh])
    renameSync(fresh, path)
  }
  make(
    ['-f', 'lavfi', '-i', flash, '-f', 'lavfi', '-i', bars, '-filter_complex', '[0][1]vstack', '-t', `${SECONDS}`, '-pix_fmt', 'yuv420p'],
    video,
  )
  const beep = `aevalsrc='if(lt(mod(t,1),${MARK_S}),0.7*sin(2*PI*1000*t),0)':s=48000:c=mono`
  make(['-f', 'lavfi', '-i', beep, '-t', `${SECONDS}`, '-c:a', 'pcm_s16le'], audio)
  return { video, audio }
}
