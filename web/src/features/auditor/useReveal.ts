import { computed, ref } from 'vue'
import { maskDecision, maskName } from './mask'
import type { DecisionText } from '@/api/schema.gen'

/** Whether personal values are shown, and the reason given for it. */
export function useReveal() {
  const reason = ref<string | null>(null)
  const asking = ref(false)
  const shown = computed(() => reason.value !== null)

  return {
    shown,
    asking,
    reason,
    /** Shows them; a reason of at least four characters. */
    reveal(text: string): boolean {
      const given = text.trim()
      if (Array.from(given).length < 4) return false
      reason.value = given
      asking.value = false
      return true
    },
    ask() {
      asking.value = true
    },
    stop() {
      asking.value = false
    },
    cover() {
      reason.value = null
    },
    name: (role: string, name: string) => (shown.value || role !== 'party' ? name : maskName(name)),
    text: (text: DecisionText) => (shown.value ? text : maskDecision(text)),
  }
}

/** What [`useReveal`] returns. */
export type Reveal = ReturnType<typeof useReveal>
