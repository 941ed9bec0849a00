import { inject, ref, type InjectionKey, type Ref } from 'vue'

export interface Toast {
  id: number
  text: string
  kind: 'plain' | 'ok' | 'stop'
}

export interface Toasts {
  list: Ref<Toast[]>
  show: (text: string, kind?: Toast['kind']) => void
  close: (id: number) => void
}

/** How long a short message stays. */
const SHOWN_MS = 4_000

export function createToasts(): Toasts {
  const list = ref<Toast[]>([])
  let next = 1
  const close = (id: number) => {
    list.value = list.value.filter((toast) => toast.id !== id)
  }
  return {
    list,
    close,
    show(text, kind = 'plain') {
      const id = next++
      list.value = [...list.value.slice(-2), { id, text, kind }]
      setTimeout(() => close(id), SHOWN_MS)
    },
  }
}

export const ToastsKey: InjectionKey<Toasts> = Symbol('toasts')

export function useToasts(): Toasts {
  const toasts = inject(ToastsKey)
  if (toasts === undefined) throw new Error('useToasts needs provide(ToastsKey)')
  return toasts
}
