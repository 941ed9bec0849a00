import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Frequencies of the ring, Hz: a fifth, soft, twice every two seconds. */
const RING = [587.33, 880] as const
/** The tone when recording breaks: one falling third. */
const BREAK = [523.25, 415.3] as const
const RING_EVERY_MS = 2_000
const VOLUME = 'cloudseat.volume'

/** One soft note that begins `at` seconds from now. */
function note(context: AudioContext, frequency: number, at: number, length: number, volume: number) {
  const oscillator = context.createOscillator()
  const gain = context.createGain()
  const start = context.currentTime + at
  oscillator.type = 'sine'
  oscillator.frequency.value = frequency
  gain.gain.setValueAtTime(0, start)
  gain.gain.linearRampToValueAtTime(volume, start + 0.02)
  gain.gain.exponentialRampToValueAtTime(0.001, start + length)
  oscillator.connect(gain).connect(context.destination)
  oscillator.start(start)
  oscillator.stop(start + length)
}

/**
 * The two sounds of a desk: the ring while a call rings, and one soft tone when recording breaks. The ring
 * can be turned down to nothing; the break never below half.
 */
export function useTones(options: {
  ringing: () => boolean
  broken: () => boolean
  window?: Window & typeof globalThis
}): { volume: Ref<number>; blocked: Readonly<Ref<boolean>>; test: () => void } {
  const win = options.window ?? window
  const kept = Number(win.localStorage.getItem(VOLUME) ?? '0.7')
  const volume = ref(Number.isFinite(kept) ? Math.min(1, Math.max(0, kept)) : 0.7)
  const blocked = ref(false)
  let context: AudioContext | null = null
  let timer: ReturnType<typeof setInterval> | undefined

  function ready(): AudioContext {
    context ??= new win.AudioContext()
    if (context.state === 'suspended') {
      void context.resume().then(() => (blocked.value = context?.state !== 'running'))
      blocked.value = true
    }
    return context
  }
  function ring() {
    if (volume.value === 0) return
    const audio = ready()
    for (const [index, frequency] of RING.entries())
      note(audio, frequency, index * 0.22, 0.5, volume.value * 0.16)
  }
  function unlock() {
    ready()
  }

  watch(
    options.ringing,
    (ringing) => {
      clearInterval(timer)
      if (!ringing) return
      ring()
      timer = setInterval(ring, RING_EVERY_MS)
    },
    { immediate: true },
  )
  watch(options.broken, (broken) => {
    if (!broken) return
    const audio = ready()
    const loud = Math.max(0.5, volume.value) * 0.2
    for (const [index, frequency] of BREAK.entries()) note(audio, frequency, index * 0.28, 0.7, loud)
  })
  watch(volume, (next) => win.localStorage.setItem(VOLUME, String(next)))

  // Browsers allow sound only after a gesture; the first one opens it for the whole shift.
  win.addEventListener('pointerdown', unlock, { once: true })
  win.addEventListener('keydown', unlock, { once: true })
  onScopeDispose(() => {
    clearInterval(timer)
    win.removeEventListener('pointerdown', unlock)
    win.removeEventListener('keydown', unlock)
    void context?.close()
  })
  return { volume, blocked, test: ring }
}
