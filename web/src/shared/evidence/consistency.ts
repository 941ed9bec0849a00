/**
 * That a log only grew: RFC 9162, section 2.1.4.2. What a receipt showed is still the beginning of the log
 * exactly when the proof leads to both roots.
 */

function fromHex(hex: string): Uint8Array<ArrayBuffer> | null {
  if (!/^(?:[0-9a-f]{2}){32}$/i.test(hex)) return null
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

async function node(
  left: Uint8Array,
  right: Uint8Array,
  subtle: SubtleCrypto,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(65)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 33)
  return new Uint8Array(await subtle.digest('SHA-256', bytes))
}

/** Two heads of one log and the proof between them; roots and proof in hex. */
export interface ConsistencyClaim {
  first: number
  firstRoot: string
  second: number
  secondRoot: string
  proof: readonly string[]
}

/** Whether the tree with `second` leaves begins with the tree of `first` leaves. */
export async function consistent(
  claim: ConsistencyClaim,
  subtle: SubtleCrypto = crypto.subtle,
): Promise<boolean> {
  const { first, second } = claim
  const firstRoot = fromHex(claim.firstRoot)
  const secondRoot = fromHex(claim.secondRoot)
  if (firstRoot === null || secondRoot === null) return false
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 1 || second < first)
    return false
  if (first === second) return claim.proof.length === 0 && same(firstRoot, secondRoot)

  const path: Uint8Array<ArrayBuffer>[] = []
  for (const hex of claim.proof) {
    const hash = fromHex(hex)
    if (hash === null) return false
    path.push(hash)
  }
  // A whole subtree is its own first node.
  if (Number.isInteger(Math.log2(first))) path.unshift(firstRoot)
  const start = path.shift()
  if (start === undefined) return false

  let fn = first - 1
  let sn = second - 1
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  let fr = start
  let sr = start
  for (const hash of path) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = await node(hash, fr, subtle)
      sr = await node(hash, sr, subtle)
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2)
        sn = Math.floor(sn / 2)
      }
    } else {
      sr = await node(sr, hash, subtle)
    }
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 && same(fr, firstRoot) && same(sr, secondRoot)
}
