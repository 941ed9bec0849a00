import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Consistency, PublicReceipt } from '@/api/schema.gen'
import { checkReceipt } from './checkReceipt'

const SID = '0198c0de5eed7000a000000000002187'
const sha = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const leaf = (text: string) => sha(Buffer.from([0]), text)
const node = (a: Buffer, b: Buffer) => sha(Buffer.from([1]), a, b)
const [a, b, c] = [leaf('a'), leaf('b'), leaf('c')]
const root2 = node(a, b)
const root3 = node(root2, c)

function site(over: { receipt?: Partial<PublicReceipt>; proof?: Partial<Consistency> } = {}) {
  return {
    publicReceipt: () =>
      Promise.resolve({
        sid: SID,
        site: 'test',
        known: true,
        state: 'live' as const,
        size: 3,
        root: root3.toString('hex'),
        vkey: '',
        ...over.receipt,
      }),
    consistency: () =>
      Promise.resolve({
        from: 2,
        to: 3,
        root_from: root2.toString('hex'),
        proof: [c.toString('hex')],
        ...over.proof,
      }),
  }
}
const claim = { sid: SID, size: 2, root: root2.toString('hex'), note: null }
const kind = async (...args: Parameters<typeof checkReceipt>) => (await checkReceipt(...args)).verdict.kind

describe('checkReceipt', () => {
  it('agrees when the proof leads from the receipt to the present log', async () => {
    const { verdict } = await checkReceipt(site(), SID, claim)
    expect(verdict).toMatchObject({ kind: 'agrees', grown: 1 })
    // The short form has half a root.
    expect(await kind(site(), SID, { ...claim, sid: null, root: claim.root.slice(0, 32) })).toBe('agrees')
  })

  it('does not agree when the operator shows another past', async () => {
    const forged = leaf('x')
    expect(await kind(site(), SID, { ...claim, root: forged.toString('hex') })).toBe('differs')
    expect(await kind(site({ proof: { root_from: forged.toString('hex') } }), SID, claim)).toBe('differs')
    expect(await kind(site({ proof: { proof: [a.toString('hex')] } }), SID, claim)).toBe('differs')
    expect(await kind(site({ proof: { from: 1 } }), SID, claim)).toBe('differs')
  })

  it('says when the log is shorter than the receipt', async () => {
    expect(await kind(site(), SID, { ...claim, size: 9 })).toBe('beyond')
  })

  it('knows nothing of another site’s session, and asks for the whole receipt', async () => {
    expect(await kind(site({ receipt: { known: false } }), SID, claim)).toBe('unknown')
    expect(await kind(site(), SID, null)).toBe('unreadable')
    expect(await kind(site(), SID, { ...claim, sid: '0'.repeat(32) })).toBe('differs')
  })
})
