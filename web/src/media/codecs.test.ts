import { expect, it } from 'vitest'
import { orderCodecs } from './codecs'

const codecs = [
  { mimeType: 'video/VP8' },
  { mimeType: 'video/rtx' },
  { mimeType: 'video/VP9' },
  { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=0;profile-level-id=42e01f' },
  {
    mimeType: 'video/H264',
    sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  },
  { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=64001f' },
]

it('puts constrained-baseline H264 first, then VP8, and drops nothing', () => {
  const ordered = orderCodecs(codecs, 'H264')
  expect(ordered.map((codec) => codecs.indexOf(codec))).toEqual([4, 3, 5, 0, 1, 2])
})

it('puts VP8 first where it was asked for', () => {
  expect(orderCodecs(codecs, 'VP8').map((codec) => codecs.indexOf(codec))).toEqual([0, 3, 4, 5, 1, 2])
})
