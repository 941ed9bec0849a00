import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Wall-clock milliseconds, renewed every `everyMs`, for ages and countdowns on screen. */
export function useClock(everyMs = 1_000): Readonly<Ref<number>> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
