import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Keeps the screen on; asks again each time the page becomes visible (iOS may refuse the first attempt). */
export function useWakeLock(win: Window = window): Readonly<Ref<boolean>> {
  const held = ref(false)
  const navigator = win.navigator as Partial<Pick<Navigator, 'wakeLock'>>
  let lock: WakeLockSentinel | null = null
  let timers: number[] = []
  let over = false

  async function ask() {
    if (over || held.value || navigator.wakeLock === undefined || win.document.visibilityState !== 'visible')
      return
    try {
      const fresh = await navigator.wakeLock.request('screen')
      if (over) {
        await fresh.release()
        return
      }
      lock = fresh
      held.value = true
      fresh.addEventListener('release', () => (held.value = false))
    } catch (thrown) {
      // Refused (battery saver, page just hidden): the next attempt or the next time visible decides.
      if (!(thrown instanceof DOMException)) throw thrown
    }
  }
  function begin() {
    for (const timer of timers) win.clearTimeout(timer)
    timers = [0, 250, 1_000].map((wait) => win.setTimeout(() => void ask(), wait))
  }
  win.document.addEventListener('visibilitychange', begin)
  begin()
  onScopeDispose(() => {
    over = true
    win.document.removeEventListener('visibilitychange', begin)
    for (const timer of timers) win.clearTimeout(timer)
    void lock?.release()
  })
  return readonly(held)
}
