/**
 * The other end of the screens' peer connections while there is no server: answers each offer, sends a drawn
 * seat into the first receiving m-lines, and asks for them when the client offered none.
 */
import type { Slot } from '../src/realtime/protocol.gen'

const SEAT = '0198c0de-5eed-7000-a000-000000000002'

interface Offer {
  device: string
  sid: string
  request: number
  connection: number
  sdp: string
}

const scheme = location.protocol === 'http:' ? 'ws' : 'wss'
const socket = new WebSocket(`${scheme}://${location.host}/mock/sfu`)
const peers = new Map<string, { connection: number; pc: RTCPeerConnection }>()

const canvas = document.createElement('canvas')
canvas.width = 480
canvas.height = 600
document.body.append(canvas)
const picture = new URLSearchParams(location.search).get('picture')
const image = new Image()
if (picture !== null) image.src = picture
setInterval(() => {
  const context = canvas.getContext('2d')
  if (context === null) return
  if (image.complete && image.naturalWidth > 0) {
    context.drawImage(image, 0, 0, canvas.width, canvas.height)
  } else {
    context.fillStyle = '#a3aeb4'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.fillStyle = '#26345a'
    context.fillRect(120, 380, 240, 220)
    context.fillStyle = '#cda384'
    context.beginPath()
    context.arc(240, 270, 100, 0, 7)
    context.fill()
  }
  context.fillStyle = '#fff'
  context.fillRect(8, 8, 1 + (Date.now() % 40), 3)
}, 200)
const seat = canvas.captureStream(5)
const audio = new AudioContext()
const tone = audio.createOscillator()
const quiet = audio.createGain()
quiet.gain.value = 0.05
const out = audio.createMediaStreamDestination()
tone.connect(quiet).connect(out)
tone.start()

async function answer(offer: Offer): Promise<void> {
  let known = peers.get(offer.device)
  if (known?.connection !== offer.connection) {
    known?.pc.close()
    known = { connection: offer.connection, pc: new RTCPeerConnection() }
    peers.set(offer.device, known)
  }
  const { pc } = known
  await pc.setRemoteDescription({ type: 'offer', sdp: offer.sdp })
  const slots: Slot[] = []
  for (const transceiver of pc.getTransceivers()) {
    const kind = transceiver.receiver.track.kind === 'audio' ? 'audio' : 'video'
    const wants = new RegExp(
      `a=mid:${transceiver.mid ?? ''}\\r\\n(?:a=(?!mid).*\\r\\n)*?a=recvonly`,
      'u',
    ).test(offer.sdp)
    if (!wants) continue
    transceiver.direction = 'sendonly'
    const track = (kind === 'audio' ? out.stream : seat).getTracks()[0] ?? null
    await transceiver.sender.replaceTrack(track)
    slots.push({ mid: transceiver.mid ?? '', kind, participant: SEAT })
  }
  await pc.setLocalDescription()
  await new Promise<void>((resolve) => {
    if (pc.iceGatheringState === 'complete') resolve()
    pc.addEventListener('icegatheringstatechange', () => {
      if (pc.iceGatheringState === 'complete') resolve()
    })
  })
  const { device, sid, request } = offer
  socket.send(
    JSON.stringify({ device, type: 'media.answer', sid, request, sdp: pc.localDescription?.sdp, slots }),
  )
  if (slots.length === 0) {
    socket.send(JSON.stringify({ device, type: 'media.please_offer', sid, audio: 1, video: 1, prefer: null }))
  }
}

let queue = Promise.resolve()
socket.onmessage = (event: MessageEvent<string>) => {
  queue = queue.then(() => answer(JSON.parse(event.data) as Offer))
}
