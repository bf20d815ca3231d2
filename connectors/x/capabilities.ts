// What conversations of this channel can do, as data: a direct message is private, an answer to a post is read by everybody.
import type { Capabilities } from '../../core/ports/channel.ts'

const megabyte = 1_000_000
/** Sheet section 6 and the vendor's media page (read 2026-11): one file a message. A film may have 512 MB there, more than a file of a reply may have here. */
const files = [
  { type: 'image/jpeg', maxBytes: 5 * megabyte },
  { type: 'image/png', maxBytes: 5 * megabyte },
  { type: 'image/webp', maxBytes: 5 * megabyte },
  { type: 'image/gif', maxBytes: 15 * megabyte },
  { type: 'video/mp4', maxBytes: 512 * megabyte },
] as const

/** About 10,000 characters (unconfirmed, sheet section 6). There is no key that would make a repeat one message. */
const dm: Capabilities = {
  live: false,
  visibility: 'private',
  text: { max: 10_000, unit: 'codePoints', format: 'plain' },
  attachments: { maxCount: 1, types: [...files] },
  parts: [],
  windows: [],
  replies: 'many',
  resend: 'may-duplicate',
}

/** Weighted: an address counts 23, what is not Latin and emoji 2. */
const post: Capabilities = {
  ...dm,
  visibility: 'public',
  text: { max: 280, unit: 'weighted', format: 'plain' },
}

export const can = { dm, group: dm, post } as const
