// What a review of this store can take as an answer, as data. Decisions read this and never ask for a channel's name.
import type { Capabilities } from '../../core/ports/channel.ts'

/** "About 350 characters" (Google, read 2026-11): counted in UTF-16 units, the larger count, so that nothing longer reaches the store. */
const review: Capabilities = {
  live: false,
  visibility: 'public',
  text: { max: 350, unit: 'utf16', format: 'plain' },
  attachments: 'none',
  parts: [],
  windows: [],
  replies: 'one-editable',
  resend: 'when-missing',
}
export const can = { review } as const
