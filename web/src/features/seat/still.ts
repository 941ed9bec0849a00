import { Problem } from '@/api/problem'

/** The frame that a video element shows now, as JPEG at the size it arrives in. */
export async function grab(video: HTMLVideoElement | null): Promise<Blob> {
  if (video === null || video.videoWidth === 0) throw new Problem({ code: 'no_picture' })
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext('2d')?.drawImage(video, 0, 0)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92))
  if (blob === null) throw new Problem({ code: 'no_picture' })
  return blob
}
