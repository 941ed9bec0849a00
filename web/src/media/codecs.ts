/** The part of `RTCRtpCodec` that decides the order. */
export interface CodecLike {
  mimeType: string
  sdpFmtpLine?: string | undefined
}

function rank(codec: CodecLike, first: 'H264' | 'VP8'): number {
  const mime = codec.mimeType.toLowerCase()
  if (mime === `video/${first.toLowerCase()}`) {
    // Constrained baseline with packetization mode 1 is what every browser and the recorder understand.
    const usual = mime !== 'video/h264' || /profile-level-id=42e01f/iu.test(codec.sdpFmtpLine ?? '')
    const packets = mime !== 'video/h264' || (codec.sdpFmtpLine ?? '').includes('packetization-mode=1')
    return usual && packets ? 0 : 1
  }
  if (mime === 'video/h264' || mime === 'video/vp8') return 2
  return 3
}

/** The codecs a browser has, in the order to offer them: the wished one, the other one, the rest unchanged. */
export function orderCodecs<T extends CodecLike>(codecs: readonly T[], first: 'H264' | 'VP8'): T[] {
  return codecs
    .map((codec, index) => ({ codec, index, rank: rank(codec, first) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ codec }) => codec)
}
