// What the vendor takes and how fast, as numbers with their source; capabilities and sending read the same ones.
import type { DmRules } from '../_shared/meta-dm/outgoing.ts'

const megabytes = (count: number): number => count * 1_024 * 1_024
const each = (as: string, maxBytes: number, ...types: readonly string[]) =>
  types.map((type) => ({ type, maxBytes, as }))
/** Sheet section 6 (checked 2026-11): bytes, not characters; files by an address of ours. */
export const dmRules: DmRules = {
  name: 'Instagram',
  text: { max: 1_000, unit: 'bytes' },
  quickReplies: { count: 13, title: 20, payload: 1_000 },
  quotes: false,
  metadata: false,
  reactions: true,
  files: [
    ...each('image', megabytes(8), 'image/png', 'image/jpeg', 'image/gif'),
    ...each('audio', megabytes(25), 'audio/aac', 'audio/mp4', 'audio/x-m4a', 'audio/wav'),
    ...each('video', megabytes(25), 'video/mp4', 'video/ogg', 'video/x-msvideo', 'video/quicktime', 'video/webm'),
    ...each('file', megabytes(25), 'application/pdf'),
  ],
}
/** Of a public comment (unconfirmed for answers through the API; what the app takes). */
export const commentMax = 2_200
/** The vendor fetches a file within minutes; after this its address is over. */
export const linkHours = 1
/** Calls of text a second for an account; older pages say 100 (sheet section 7). */
export const sendLimits = [{ scope: 'account', max: 300, perSeconds: 1 }] as const
