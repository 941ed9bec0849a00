import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'

const FOLDER = 'node_modules/.cache/mock-media'
const FRAGMENTS = '+frag_keyframe+empty_moov+default_base_moof+skip_trailer'
const SECONDS = '462'

/**
 * A track as the recorder writes it: fragmented, without an index. Made by ffmpeg at first use; a picture
 * `officer.png`, `party.png` or `seat.png` in the folder is shown instead of the test picture.
 */
export function mediaFile(picture: string, kind: 'video' | 'audio'): string | null {
  mkdirSync(FOLDER, { recursive: true })
  const file = `${FOLDER}/${picture}.${kind}.mp4`
  if (existsSync(file)) return file
  const still = `${FOLDER}/${picture}.png`
  const pitch = { officer: 180, party: 140, seat: 230 }[picture] ?? 200
  const talk =
    { officer: 'gt(sin(t/9),0.35)', party: 'gt(sin(t/31+4),0.9)', seat: 'gt(sin(t/13+2),0.2)' }[picture] ??
    '1'
  const video = existsSync(still)
    ? ['-loop', '1', '-framerate', '10', '-i', still]
    : ['-f', 'lavfi', '-i', 'testsrc2=size=640x400:rate=10']
  const sound = `aevalsrc=0.4*sin(2*PI*${pitch}*t)*${talk}*abs(sin(t*7))*abs(sin(t*1.7)):s=16000`
  // A comma would end the filter.
  const escaped = sound.replaceAll(',', '\\,')
  const args =
    kind === 'video'
      ? [
          ...video,
          '-vf',
          'scale=640:400,format=yuv420p',
          '-t',
          SECONDS,
          '-c:v',
          'libx264',
          '-preset',
          'ultrafast',
          '-g',
          '20',
        ]
      : ['-f', 'lavfi', '-i', escaped, '-t', SECONDS, '-c:a', 'libopus', '-b:a', '24k', '-strict', '-2']
  try {
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      ...args,
      '-frag_duration',
      '500000',
      '-movflags',
      FRAGMENTS,
      file,
    ])
    return file
  } catch {
    console.error(`mock: no ffmpeg, ${picture} has no ${kind}`)
    return null
  }
}
