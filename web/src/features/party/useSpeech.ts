import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Reads sentences aloud with the phone's own voice; `available` false where there is none. */
export function useSpeech(options: { window?: Window & typeof globalThis } = {}): {
  available: boolean
  /** The key of what is being read. */
  reading: Readonly<Ref<string | null>>
  toggle: (key: string, text: string, lang: string) => void
} {
  const win = options.window ?? window
  const speech = (win as Partial<Pick<Window, 'speechSynthesis'>>).speechSynthesis
  const reading = ref<string | null>(null)

  function stop(): void {
    reading.value = null
    speech?.cancel()
  }
  onScopeDispose(stop)
  return {
    available: speech !== undefined,
    reading: readonly(reading),
    toggle(key, text, lang) {
      const same = reading.value === key
      stop()
      if (same || speech === undefined) return
      const utterance = new win.SpeechSynthesisUtterance(text)
      utterance.lang = lang
      utterance.rate = 0.95
      utterance.onend = utterance.onerror = () => {
        if (reading.value === key) reading.value = null
      }
      reading.value = key
      speech.speak(utterance)
    },
  }
}
