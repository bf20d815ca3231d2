// What the vendor takes and how fast, as numbers with their source; capabilities and sending read the same ones.
import type { DmRules } from '../_shared/meta-dm/outgoing.ts'

const megabytes = (count: number): number => count * 1_024 * 1_024
const size = megabytes(25)
/** Sheet section 6 and 7, page of March 2026 (checked 2026-11). Text is “below 2000 characters”; UTF-16 units are never fewer than what the vendor counts. */
export const dmRules: DmRules = {
  name: 'Messenger',
  text: { max: 1_999, unit: 'utf16' },
  quickReplies: { count: 13, title: 20, payload: 1_000 },
  quotes: true,
  metadata: true,
  reactions: false,
  files: [
    ...['image/jpeg', 'image/png', 'image/gif', 'image/webp'].map((type) => ({ type, maxBytes: size, as: 'image' })),
    ...['audio/aac', 'audio/mp4', 'audio/mpeg', 'audio/ogg', 'audio/wav'].map((type) => ({
      type,
      maxBytes: size,
      as: 'audio',
    })),
    ...['video/mp4', 'video/quicktime', 'video/webm'].map((type) => ({ type, maxBytes: size, as: 'video' })),
    { type: '*', maxBytes: size, as: 'file' },
  ],
}
/** Of a public comment; the vendor names none for replies (unconfirmed), and this is what its own page takes. */
export const commentMax = 8_000
/** Calls of text a second for a page (sheet section 7). */
export const sendLimits = [{ scope: 'account', max: 300, perSeconds: 1 }] as const
