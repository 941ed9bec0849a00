import { effectScope } from 'vue'
import { expect, it } from 'vitest'
import { useDraft } from './useDraft'

function memory(): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    clear: () => kept.clear(),
    getItem: (key) => kept.get(key) ?? null,
    key: (index) => [...kept.keys()][index] ?? null,
    removeItem: (key) => kept.delete(key),
    setItem: (key, value) => kept.set(key, value),
  }
}

it('keeps every keystroke and gives it back after a reload', () => {
  const storage = memory()
  const scope = effectScope()
  scope.run(() => {
    const { draft, begun } = useDraft({ storage, now: () => 77 })
    expect(begun.value).toBe(false)
    draft.value.plate = '蒙'
    draft.value.plate += 'D'
    draft.value.place.text = '东环路'
    expect(begun.value).toBe(true)
  })
  scope.stop()
  const again = useDraft({ storage, now: () => 99 })
  expect(again.draft.value).toMatchObject({ plate: '蒙D', place: { text: '东环路' }, savedAt: 77 })
  again.clear()
  expect(useDraft({ storage }).begun.value).toBe(false)
})

it('starts afresh from something unreadable', () => {
  const storage = memory()
  storage.setItem('cloudseat.draft', '{"plate":')
  expect(useDraft({ storage }).draft.value.plate).toBe('')
  storage.setItem('cloudseat.draft', '{"plate":3}')
  expect(useDraft({ storage }).draft.value.plate).toBe('')
})
