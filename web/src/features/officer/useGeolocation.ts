import { onScopeDispose, ref, type Ref } from 'vue'

export interface Position {
  lon: number
  lat: number
  accuracy_m: number
}

/** Where the phone is: the best fix of a short watch, since the first ones are often coarse. */
export function useGeolocation(options: { window?: Window } = {}): {
  position: Ref<Position | null>
  state: Ref<'idle' | 'locating' | 'located' | 'failed'>
  locate: () => void
} {
  const { geolocation } = (options.window ?? window).navigator
  const position = ref<Position | null>(null)
  const state = ref<'idle' | 'locating' | 'located' | 'failed'>('idle')
  const WATCH_MS = 12_000
  let watching: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  function stop(): void {
    if (watching !== null) geolocation.clearWatch(watching)
    watching = null
    clearTimeout(timer)
    if (state.value === 'locating') state.value = position.value === null ? 'failed' : 'located'
  }
  function locate(): void {
    stop()
    state.value = 'locating'
    position.value = null
    timer = setTimeout(stop, WATCH_MS)
    watching = geolocation.watchPosition(
      ({ coords }) => {
        const accuracy = Math.round(coords.accuracy)
        if (position.value !== null && accuracy >= position.value.accuracy_m) return
        position.value = { lon: coords.longitude, lat: coords.latitude, accuracy_m: accuracy }
        state.value = 'located'
      },
      () => {
        if (position.value === null) {
          state.value = 'failed'
          stop()
        }
      },
      { enableHighAccuracy: true, timeout: WATCH_MS, maximumAge: 10_000 },
    )
  }
  onScopeDispose(stop)
  return { position, state, locate }
}
