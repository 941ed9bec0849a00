import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import type { Place, Violation } from '@/api/schema.gen'
import type { PlateKind } from '@/shared/ui/plates'

/** A case that was begun on this phone and not called for yet. */
export interface Draft {
  procedure: string
  place: Place
  plate: string
  plateKind: PlateKind
  violation: Violation | null
  /** The case on the server, once it was made but its call failed. */
  caseId: string | null
  /** Wall-clock ms of the newest change. */
  savedAt: number
}

export interface DraftStore {
  draft: Ref<Draft>
  /** Something was filled in. */
  begun: ComputedRef<boolean>
  clear: () => void
}

const STORED = 'cloudseat.draft'

function empty(procedure: string): Draft {
  return {
    procedure,
    place: { lon: null, lat: null, accuracy_m: null, text: '' },
    plate: '',
    plateKind: 'small',
    violation: null,
    caseId: null,
    savedAt: 0,
  }
}

function isDraft(value: unknown): value is Draft {
  return (
    typeof value === 'object' &&
    value !== null &&
    'plate' in value &&
    typeof value.plate === 'string' &&
    'place' in value &&
    typeof value.place === 'object' &&
    'savedAt' in value
  )
}

function load(storage: Storage): Draft | null {
  const text = storage.getItem(STORED)
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return isDraft(value) ? value : null
  } catch {
    return null
  }
}

/** The draft on this phone, kept at every keystroke so that a reload or a dead battery costs nothing. */
export function useDraft(
  options: { procedure?: string; storage?: Storage; now?: () => number } = {},
): DraftStore {
  const storage = options.storage ?? localStorage
  const now = options.now ?? Date.now
  const procedure = options.procedure ?? 'traffic_simple'
  const draft = ref<Draft>(load(storage) ?? empty(procedure))
  let quiet = false

  watch(
    draft,
    (value) => {
      if (quiet) return
      quiet = true
      value.savedAt = now()
      storage.setItem(STORED, JSON.stringify(value))
      quiet = false
    },
    { deep: true, flush: 'sync' },
  )
  return {
    draft,
    begun: computed(
      () =>
        draft.value.plate !== '' || draft.value.violation !== null || draft.value.place.text.trim() !== '',
    ),
    clear() {
      quiet = true
      draft.value = empty(procedure)
      storage.removeItem(STORED)
      quiet = false
    },
  }
}
