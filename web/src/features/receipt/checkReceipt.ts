import type { Api } from '@/api/api'
import type { PublicReceipt } from '@/api/schema.gen'
import { consistent } from '@/shared/evidence/consistency'
import { sameRoot, type ReceiptClaim } from '@/shared/evidence/receiptText'

/** What comparing a receipt with the public state of its session found. */
export type ReceiptVerdict =
  | { kind: 'agrees'; claim: ReceiptClaim; grown: number }
  | { kind: 'differs'; claim: ReceiptClaim }
  | { kind: 'beyond'; claim: ReceiptClaim; size: number }
  | { kind: 'unknown' }
  | { kind: 'unreadable' }

export interface CheckedReceipt {
  verdict: ReceiptVerdict
  receipt: PublicReceipt
}

/**
 * Compares a receipt with the log as the site shows it now. The server supplies hashes; that they lead from the
 * receipt's root to the present one is recomputed here.
 */
export async function checkReceipt(
  api: Pick<Api, 'publicReceipt' | 'consistency'>,
  sid: string,
  claim: ReceiptClaim | null,
): Promise<CheckedReceipt> {
  const receipt = await api.publicReceipt(sid)
  const answer = (verdict: ReceiptVerdict): CheckedReceipt => ({ verdict, receipt })
  if (!receipt.known || receipt.size == null || receipt.root == null) return answer({ kind: 'unknown' })
  if (claim === null) return answer({ kind: 'unreadable' })
  if (claim.sid !== null && claim.sid !== sid) return answer({ kind: 'differs', claim })
  if (claim.size > receipt.size) return answer({ kind: 'beyond', claim, size: receipt.size })

  const proof = await api.consistency(sid, claim.size)
  // The log may have grown between the two requests; the proof says up to where it leads.
  const now = proof.to === receipt.size ? receipt : await api.publicReceipt(sid)
  const proven =
    proof.from === claim.size &&
    proof.to === now.size &&
    sameRoot(claim, proof.root_from) &&
    (await consistent({
      first: claim.size,
      firstRoot: proof.root_from,
      second: proof.to,
      secondRoot: now.root ?? '',
      proof: proof.proof,
    }))
  return {
    receipt: now,
    verdict: proven ? { kind: 'agrees', claim, grown: proof.to - claim.size } : { kind: 'differs', claim },
  }
}
