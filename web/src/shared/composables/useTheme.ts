import { ref, watchEffect, type Ref } from 'vue'

export type Theme = 'light' | 'dark'

const STORED = 'cloudseat.theme'
const theme = ref<Theme>('light')

/** Day or night duty, set by hand and kept on this device. */
export function useTheme(): { theme: Ref<Theme>; toggle: () => void } {
  return {
    theme,
    toggle() {
      theme.value = theme.value === 'light' ? 'dark' : 'light'
      localStorage.setItem(STORED, theme.value)
    },
  }
}

/** Applies the kept theme; once, at the start. */
export function startTheme(): void {
  theme.value = localStorage.getItem(STORED) === 'dark' ? 'dark' : 'light'
  watchEffect(() => {
    document.documentElement.dataset.theme = theme.value
  })
}
