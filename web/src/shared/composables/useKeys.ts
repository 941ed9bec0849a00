import { onScopeDispose } from 'vue'

/** What a key does; `Shift+Enter`, `Space`, `s`, `[`, `?`… Letters are those printed on the keys. */
export type KeyBindings = Readonly<Record<string, ((event: KeyboardEvent) => void) | undefined>>

const BY_CODE: Readonly<Record<string, string>> = {
  Space: 'Space',
  BracketLeft: '[',
  BracketRight: ']',
  Comma: ',',
  Period: '.',
  Slash: '/',
}

/**
 * The name of a key. By the place on the keyboard where that is certain: with a Chinese input method on,
 * `event.key` is `Process` or `【`.
 */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey'>): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1]
  const digit = /^Digit(\d)$/.exec(event.code)?.[1]
  if (event.code === 'Slash' && event.shiftKey) return '?'
  const name = letter?.toLowerCase() ?? digit ?? BY_CODE[event.code] ?? event.key
  return event.shiftKey ? `Shift+${name}` : name
}

/** Whether keys rest: text is being written, or a dialog asks something. */
function resting(target: EventTarget | null, doc: Document): boolean {
  if (doc.querySelector('dialog[open]') !== null) return true
  return (
    target instanceof Element && target.closest('input, textarea, select, [contenteditable="true"]') !== null
  )
}

/** Space and Enter belong to a control that was reached by keyboard; one that was clicked has no claim. */
function claimed(name: string, target: EventTarget | null): boolean {
  if (!/(?:^|\+)(?:Space|Enter)$/.test(name)) return false
  const control =
    target instanceof Element ? target.closest('button, a[href], summary, [role="slider"]') : null
  return control?.matches(':focus-visible') ?? false
}

/** Keys of a view. They rest while a text field has the focus or a dialog is open. */
export function useKeys(bindings: () => KeyBindings, win: Window = window): void {
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    const name = keyName(event)
    const act = bindings()[name]
    if (act === undefined || resting(event.target, win.document) || claimed(name, event.target)) return
    event.preventDefault()
    act(event)
  }
  win.addEventListener('keydown', listen)
  onScopeDispose(() => win.removeEventListener('keydown', listen))
}
