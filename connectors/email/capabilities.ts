// What conversations of this channel can do, as data. Decisions read this and never ask for a channel's name.
import type { Capabilities } from '../../core/ports/channel.ts'

const megabyte = 1_000_000
/** D25: five files of 20 MB each; what is too large to attach goes as a link. */
const files = { maxCount: 5, types: [{ type: '*', maxBytes: 20 * megabyte }] } as const

/** A repeat carries the same Message-ID, but most readers show it a second time all the same. */
const mail: Capabilities = {
  live: false,
  visibility: 'private',
  text: { max: 500_000, unit: 'codePoints', format: 'html' },
  attachments: files,
  parts: [],
  windows: [],
  replies: 'many',
  copies: true,
  threads: 'message',
  machinesHeed: 'automatic_mail',
  resend: 'may-duplicate',
}
export const can = { mail } as const
