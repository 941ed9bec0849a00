import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import common from './common'
import type { Messages, Texts } from './index'

const features = import.meta.glob<Messages>('../../features/*/messages.ts', {
  eager: true,
  import: 'default',
})
const app = import.meta.glob<Messages>('../../app/messages.ts', { eager: true, import: 'default' })
const parts: [string, Messages][] = [['common', common], ...Object.entries({ ...app, ...features })]

function leaves(texts: Texts, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [inner, text] of leaves(value, `${prefix}${key}.`)) found.set(inner, text)
  }
  return found
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.(vue|ts)$/u.test(entry.name) && !/\.test\.ts$|messages\.ts$/u.test(entry.name) ? [path] : []
  })
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name).sort()
const known = new Set(parts.flatMap(([, messages]) => [...leaves(messages['zh-CN']).keys()]))

describe.each(parts)('%s', (_, messages) => {
  const zh = leaves(messages['zh-CN'])
  const en = leaves(messages.en)

  it('has the same keys in both languages', () => {
    expect([...en.keys()].sort()).toEqual([...zh.keys()].sort())
  })

  it('has the same placeholders in both languages and no empty text', () => {
    for (const [key, text] of zh) {
      expect(text, key).not.toBe('')
      expect(placeholders(en.get(key) ?? ''), key).toEqual(placeholders(text))
    }
  })
})

it('knows every key that the code asks for', () => {
  const missing: string[] = []
  for (const file of sources('src')) {
    const text = readFileSync(file, 'utf8')
    for (const [, key = ''] of text.matchAll(/\bt\(\s*'([a-z0-9_.-]+)'/giu)) {
      if (!known.has(key)) missing.push(`${file}: ${key}`)
    }
    // Keys with a part that is only known at run time: something must begin and end so.
    for (const [, head = '', tail = ''] of text.matchAll(
      /\bt\(\s*`([a-z0-9_.-]*)\$\{[^}]+\}([a-z0-9_.-]*)`/giu,
    )) {
      const found = [...known].some((key) => key.startsWith(head) && key.endsWith(tail))
      if (!found) missing.push(`${file}: ${head}…${tail}`)
    }
  }
  expect(missing).toEqual([])
})
