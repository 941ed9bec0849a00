// @vitest-environment happy-dom
import { effectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyName, useKeys } from './useKeys'

let pressed: string[] = []
let scope = effectScope()

function press(target: EventTarget, init: KeyboardEventInit): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })
  target.dispatchEvent(event)
  return event
}

beforeEach(() => {
  pressed = []
  scope = effectScope()
  scope.run(() =>
    useKeys(() => ({
      s: () => pressed.push('s'),
      Space: () => pressed.push('Space'),
      Enter: () => pressed.push('Enter'),
      'Shift+Enter': () => pressed.push('Shift+Enter'),
    })),
  )
})

afterEach(() => {
  scope.stop()
  document.body.innerHTML = ''
})

describe('useKeys', () => {
  it('acts and keeps the browser from acting too', () => {
    expect(press(document.body, { key: ' ', code: 'Space' }).defaultPrevented).toBe(true)
    press(document.body, { key: 'Enter', code: 'Enter', shiftKey: true })
    expect(pressed).toEqual(['Space', 'Shift+Enter'])
  })

  it('rests while text is written, while an input method composes, and with a modifier', () => {
    const field = document.body.appendChild(document.createElement('textarea'))
    press(field, { key: 's', code: 'KeyS' })
    press(document.body, { key: 's', code: 'KeyS', ctrlKey: true })
    press(document.body, { key: 's', code: 'KeyS', isComposing: true })
    expect(pressed).toEqual([])
  })

  it('rests while a dialog is open', () => {
    const dialog = document.body.appendChild(document.createElement('dialog'))
    dialog.setAttribute('open', '')
    press(document.body, { key: 's', code: 'KeyS' })
    expect(pressed).toEqual([])
    dialog.removeAttribute('open')
    press(document.body, { key: 's', code: 'KeyS' })
    expect(pressed).toEqual(['s'])
  })

  it('ends with its scope', () => {
    scope.stop()
    press(document.body, { key: 's', code: 'KeyS' })
    expect(pressed).toEqual([])
  })
})

describe('keyName', () => {
  it('goes by the place on the keyboard under an input method', () => {
    expect(keyName({ key: 'Process', code: 'KeyC', shiftKey: false })).toBe('c')
    expect(keyName({ key: '【', code: 'BracketLeft', shiftKey: false })).toBe('[')
    expect(keyName({ key: '？', code: 'Slash', shiftKey: true })).toBe('?')
    expect(keyName({ key: 'ArrowLeft', code: 'ArrowLeft', shiftKey: false })).toBe('ArrowLeft')
  })
})
