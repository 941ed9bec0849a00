import type { Receipt } from '@/api/schema.gen'

/** The receipt as a text file: the signed note first, exactly as it was signed, so that a verifier reads it as it is. */
export function receiptFile(receipt: Pick<Receipt, 'note' | 'url' | 'short'>): string {
  const note = receipt.note.endsWith('\n') ? receipt.note : `${receipt.note}\n`
  return `${note}\n${receipt.url}\n${receipt.short}\n`
}
