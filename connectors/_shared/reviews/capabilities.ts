// What a review can take as an answer, as data: one, in public, as text; each store brings its own length.
import type { Capabilities } from '../../../core/ports/channel.ts'

/** Counted in UTF-16 units, the larger of the counts in question, so that nothing longer reaches a store. */
export const reviewOfUpTo = (max: number): Capabilities => ({
  live: false,
  visibility: 'public',
  text: { max, unit: 'utf16', format: 'plain' },
  attachments: 'none',
  parts: [],
  windows: [],
  replies: 'one-editable',
  resend: 'when-missing',
})
