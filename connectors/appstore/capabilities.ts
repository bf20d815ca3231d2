// What a review of this store can take as an answer, as data. Decisions read this and never ask for a channel's name.
import type { Capabilities } from '../../core/ports/channel.ts'

/**
 * 5,970 is what tools of the trade agree on; Apple's own text was not seen (2026-11). Counted in UTF-16 units, the larger of the two counts
 * in question, so that nothing longer reaches the store.
 */
const review: Capabilities = {
  live: false,
  visibility: 'public',
  text: { max: 5_970, unit: 'utf16', format: 'plain' },
  attachments: 'none',
  parts: [],
  windows: [],
  replies: 'one-editable',
  resend: 'when-missing',
}
export const can = { review } as const
