import type { Kind, Slot } from '@/realtime/protocol.gen'
import type { Capture } from './capture'
import { orderCodecs } from './codecs'

/** One layer at this rate; a plate must stay readable when the link weakens. */
export const VIDEO_BITRATE_MAX = 1_500_000

export interface PeerOptions {
  create: (config: RTCConfiguration) => RTCPeerConnection
  capture: Capture | null
  first: 'H264' | 'VP8'
  videoCodecs: () => readonly RTCRtpCodec[]
  onState: (state: RTCPeerConnectionState) => void
  onTrack: () => void
}

/** One `RTCPeerConnection` of the call: own tracks out, slots in. Only this side offers. */
export class Peer {
  readonly pc: RTCPeerConnection
  private readonly senders = new Map<Kind, RTCRtpTransceiver>()
  private slots: readonly Slot[] = []

  constructor(private readonly options: PeerOptions) {
    this.pc = options.create({ iceCandidatePoolSize: 0, bundlePolicy: 'max-bundle' })
    this.pc.onconnectionstatechange = () => options.onState(this.pc.connectionState)
    this.pc.ontrack = () => options.onTrack()
    const { capture } = options
    if (capture === null) return
    this.senders.set(
      'audio',
      this.pc.addTransceiver(capture.audio.value ?? 'audio', { direction: 'sendonly' }),
    )
    this.senders.set(
      'video',
      this.pc.addTransceiver(capture.video.value ?? 'video', {
        direction: 'sendonly',
        sendEncodings: [{ maxBitrate: VIDEO_BITRATE_MAX }],
      }),
    )
    this.prefer(options.first)
    capture.connect((kind, track) => this.replaceTrack(kind, track))
  }

  /** The video codec to put first in the next offer. */
  prefer(first: 'H264' | 'VP8'): void {
    const transceiver = this.senders.get('video')
    if (transceiver === undefined) return
    try {
      transceiver.setCodecPreferences(orderCodecs(this.options.videoCodecs(), first))
    } catch (thrown) {
      // Some browsers accept no preference; then the server's answer decides.
      if (!(thrown instanceof DOMException)) throw thrown
    }
  }

  /** At least so many receiving m-lines in all. */
  expect(kind: Kind, count: number): void {
    const receiving = this.receivers(kind).length
    for (let index = receiving; index < count; index += 1) {
      this.pc.addTransceiver(kind, { direction: 'recvonly' })
    }
  }

  async offer(restart: boolean): Promise<string> {
    await this.pc.setLocalDescription(await this.pc.createOffer({ iceRestart: restart }))
    // Not trickled: the server is ICE-lite and learns our addresses from our checks.
    return this.pc.localDescription?.sdp ?? ''
  }

  async answer(sdp: string): Promise<void> {
    if (this.pc.signalingState !== 'have-local-offer') return
    await this.pc.setRemoteDescription({ type: 'answer', sdp })
    await this.keepResolution()
  }

  async rollback(): Promise<void> {
    if (this.pc.signalingState === 'have-local-offer') {
      await this.pc.setLocalDescription({ type: 'rollback' })
    }
  }

  setSlots(slots: readonly Slot[]): void {
    this.slots = slots
  }

  /** The tracks of each participant as the slots say. */
  tracks(): Map<string, MediaStreamTrack[]> {
    const byMid = new Map(this.pc.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]))
    const found = new Map<string, MediaStreamTrack[]>()
    for (const { mid, participant } of this.slots) {
      const track = byMid.get(mid)?.receiver.track
      if (participant == null || track === undefined) continue
      found.set(participant, [...(found.get(participant) ?? []), track])
    }
    return found
  }

  /** Receivers by participant, for their statistics. */
  receiversOf(kind: Kind): Map<string, RTCRtpReceiver> {
    const byMid = new Map(this.pc.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]))
    const found = new Map<string, RTCRtpReceiver>()
    for (const slot of this.slots) {
      const receiver = byMid.get(slot.mid)?.receiver
      if (slot.kind === kind && slot.participant != null && receiver !== undefined) {
        found.set(slot.participant, receiver)
      }
    }
    return found
  }

  close(): void {
    this.pc.onconnectionstatechange = null
    this.pc.ontrack = null
    this.pc.close()
  }

  private receivers(kind: Kind): RTCRtpTransceiver[] {
    return this.pc
      .getTransceivers()
      .filter(
        (transceiver) => transceiver.direction === 'recvonly' && transceiver.receiver.track.kind === kind,
      )
  }

  private async replaceTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    if (this.pc.signalingState === 'closed') return
    await this.senders.get(kind)?.sender.replaceTrack(track)
  }

  /** Under load frames go, not pixels. Parameters exist only after the first answer. */
  private async keepResolution(): Promise<void> {
    const sender = this.senders.get('video')?.sender
    if (sender === undefined) return
    const parameters = sender.getParameters()
    const encoding = parameters.encodings[0]
    if (encoding === undefined) return
    encoding.maxBitrate = VIDEO_BITRATE_MAX
    parameters.degradationPreference = 'maintain-resolution'
    try {
      await sender.setParameters(parameters)
    } catch (thrown) {
      // Firefox before 138 and others without the preference keep their own.
      if (!(thrown instanceof DOMException || thrown instanceof TypeError)) throw thrown
    }
  }
}
