import { watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'

/** The document title while this page is open. */
export function useTitle(title: () => string): void {
  const { t } = useI18n()
  watchEffect(() => {
    document.title = `${title()} · ${t('app.name')}`
  })
}
