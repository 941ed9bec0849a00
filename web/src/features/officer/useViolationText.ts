import { useI18n } from 'vue-i18n'
import type { Violation } from '@/api/schema.gen'
import { joinClauses } from '@/shared/i18n'

/** What a violation costs, in one line. The usual amount is a reference, never filled in by itself. */
export function useViolationText(): { summary: (violation: Violation) => string } {
  const { t } = useI18n()
  return {
    summary(violation) {
      const { fine_min: min, fine_max: max, fine_usual: usual, points } = violation
      const parts = [
        min === max ? t('officer.form.fine', { yuan: max }) : t('officer.form.fine_range', { min, max }),
        usual != null && min !== max ? t('officer.form.fine_usual', { yuan: usual }) : '',
        points == null || points === 0
          ? t('officer.form.no_points')
          : t('officer.form.points', { n: points }),
        violation.on_spot ? t('officer.form.on_spot') : t('officer.form.not_on_spot'),
      ]
      return joinClauses(parts)
    },
  }
}
