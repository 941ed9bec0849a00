import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** What the browser says of the network; `true` may still be wrong, `false` is certain. */
export function useOnline(win: Window = window): Readonly<Ref<boolean>> {
  const online = ref(win.navigator.onLine)
  const update = () => (online.value = win.navigator.onLine)
  win.addEventListener('online', update)
  win.addEventListener('offline', update)
  onScopeDispose(() => {
    win.removeEventListener('online', update)
    win.removeEventListener('offline', update)
  })
  return readonly(online)
}
