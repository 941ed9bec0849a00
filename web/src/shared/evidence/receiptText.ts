/** What a citizen's receipt states, in whichever form it comes. */
export interface ReceiptClaim {
  /** The session; the short form printed on a decision has none. */
  sid: string | null
  size: number
  /** Root, hex: 64 digits, or the 32 that the short form has. */
  root: string
  /** The signed note, where the receipt is one. */
  note: string | null
}

function hexOf(binary: string): string {
  return Array.from(binary, (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

function fromBase64(text: string): string | null {
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return null
  }
}

/** A C2SP checkpoint: origin `<site>/session/<sid>`, size, base64 root, a blank line, signatures. */
function parseNote(note: string): ReceiptClaim | null {
  const [origin, size, root, blank] = note.replaceAll('\r\n', '\n').split('\n')
  const sid = /\/session\/([0-9a-f]{32})$/.exec(origin ?? '')?.[1]
  const binary = fromBase64(root ?? '')
  if (sid === undefined || !/^\d{1,15}$/.test(size ?? '') || binary?.length !== 32 || blank !== '')
    return null
  return { sid, size: Number(size), root: hexOf(binary), note }
}

/**
 * Reads a receipt from pasted text or a file's content: the note itself, the address in the QR code
 * (`…/receipt/<sid>#<size>.<root>` or `…#n.<note>`), or the short form `size/first 32 hex of root`.
 */
export function parseReceipt(input: string): ReceiptClaim | null {
  const text = input.trim()
  const url = /\/(?:receipt|v)\/([0-9a-f]{32})#(\S+)$/.exec(text)
  if (url?.[1] !== undefined && url[2] !== undefined) {
    if (url[2].startsWith('n.')) {
      const note = fromBase64(url[2].slice(2))
      // The note is UTF-8: its dash is not ASCII.
      const bytes = note === null ? null : Uint8Array.from(note, (character) => character.charCodeAt(0))
      return bytes === null ? null : parseNote(new TextDecoder().decode(bytes))
    }
    const [size, root] = url[2].split('.')
    const binary = fromBase64(root ?? '')
    if (!/^\d{1,15}$/.test(size ?? '') || binary?.length !== 32) return null
    return { sid: url[1], size: Number(size), root: hexOf(binary), note: null }
  }
  const short = /^(\d{1,15})\s*\/\s*([0-9a-f]{4}(?:\s?[0-9a-f]{4}){7,15})$/i.exec(text)
  if (short?.[1] !== undefined && short[2] !== undefined) {
    const root = short[2].replaceAll(/\s/g, '').toLowerCase()
    return root.length === 32 || root.length === 64
      ? { sid: null, size: Number(short[1]), root, note: null }
      : null
  }
  return parseNote(input.trimStart())
}

/** Whether a receipt's root is the given one; the short form compares as far as it goes. */
export function sameRoot(claim: ReceiptClaim, root: string): boolean {
  return root.toLowerCase().startsWith(claim.root)
}
