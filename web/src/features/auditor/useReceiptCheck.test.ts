import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { useReceiptCheck } from './useReceiptCheck'

const SID = '7f3c9a52e1d84b067f3c9a52e1d84b06'
const sha = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
const leaves = [0, 1, 2].map((index) => sha(Buffer.from([0]), Buffer.from(`line ${index}\n`)))
const [a, b, c] = leaves as [Buffer, Buffer, Buffer]
const two = sha(Buffer.from([1]), a, b)
const three = sha(Buffer.from([1]), two, c)
const head = { size: 3, root: three.toString('hex') }
const honest = { from: 2, to: 3, root_from: two.toString('hex'), proof: [c.toString('hex')] }

const paper = (size: number, root: Buffer) =>
  `https://evd.example.gov/receipt/${SID}#${size}.${root.toString('base64url')}`

function checking(answer: typeof honest) {
  const consistency = vi.fn().mockResolvedValue(answer)
  return { check: useReceiptCheck({ api: { consistency }, sid: SID, head: () => head }), consistency }
}

async function found(text: string, answer = honest) {
  const { check } = checking(answer)
  check.text.value = text
  await check.check.run()
  return check.finding.value?.kind
}

describe('useReceiptCheck', () => {
  it('agrees with the beginning of the log, also by its short form', async () => {
    expect(await found(paper(2, two))).toBe('agrees')
    expect(await found(`2/${two.toString('hex').slice(0, 32)}`)).toBe('agrees')
  })

  it('finds a rewritten log although the server claims the receipt’s root', async () => {
    expect(await found(paper(2, a), { ...honest, root_from: a.toString('hex') })).toBe('differs')
    expect(await found(paper(2, a))).toBe('differs')
  })

  it('finds a truncated log without asking the server', async () => {
    const { check, consistency } = checking(honest)
    check.text.value = paper(9, two)
    await check.check.run()
    expect(check.finding.value?.kind).toBe('beyond')
    expect(consistency).not.toHaveBeenCalled()
  })

  it('does not accept a proof to another head than the verified one', async () => {
    expect(await found(paper(2, two), { ...honest, to: 4 })).toBe('differs')
  })

  it('tells another session’s receipt and what is none', async () => {
    expect(await found(paper(2, two).replace(SID, 'a'.repeat(32)))).toBe('other_session')
    expect(await found('hello')).toBe('unreadable')
  })
})
