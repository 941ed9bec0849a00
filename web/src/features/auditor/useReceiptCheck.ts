import { computed, ref } from 'vue'
import type { Api } from '@/api/api'
import { useTask } from '@/shared/composables/useTask'
import type { Head } from './verification'
import { consistent } from '@/shared/evidence/consistency'
import { parseReceipt, sameRoot, type ReceiptClaim } from '@/shared/evidence/receiptText'

/** What comparing a receipt with the log found. */
export type ReceiptFinding =
  | { kind: 'agrees'; claim: ReceiptClaim; size: number }
  | { kind: 'differs'; claim: ReceiptClaim }
  | { kind: 'beyond'; claim: ReceiptClaim; size: number }
  | { kind: 'other_session'; claim: ReceiptClaim }
  | { kind: 'unreadable' }

/**
 * Compares a citizen's receipt with the session's verified head. The proof that the receipt's state is the
 * beginning of the log is recomputed here; the server only supplies the hashes.
 */
export function useReceiptCheck(options: {
  api: Pick<Api, 'consistency'>
  sid: string
  head: () => Head | null
}) {
  const { api, sid } = options
  const text = ref('')
  const finding = ref<ReceiptFinding | null>(null)

  const check = useTask(async () => {
    finding.value = null
    finding.value = await compare(text.value)
  })

  async function compare(input: string): Promise<ReceiptFinding> {
    const claim = parseReceipt(input)
    if (claim === null) return { kind: 'unreadable' }
    if (claim.sid !== null && claim.sid !== sid) return { kind: 'other_session', claim }
    const head = options.head()
    if (head === null) return { kind: 'unreadable' }
    if (claim.size > head.size) return { kind: 'beyond', claim, size: head.size }
    const proof = await api.consistency(sid, claim.size)
    const proven = await consistent({
      first: claim.size,
      firstRoot: proof.root_from,
      second: proof.to,
      secondRoot: head.root,
      proof: proof.proof,
    })
    const agrees = proof.to === head.size && proven && sameRoot(claim, proof.root_from)
    return agrees ? { kind: 'agrees', claim, size: head.size } : { kind: 'differs', claim }
  }

  return {
    text,
    finding,
    check,
    ready: computed(() => text.value.trim() !== '' && options.head() !== null),
    async read(file: File) {
      text.value = await file.text()
      await check.run()
    },
    clear() {
      text.value = ''
      finding.value = null
      check.problem.value = null
    },
  }
}
