// What a review of this store can take as an answer, as data. Decisions read this and never ask for a channel's name.
import type { Capabilities } from '../../core/ports/channel.ts'

/** How long an answer may be is written nowhere (2026-11): 500 is the careful end of what others use. What is still too long Huawei refuses. */
const review: Capabilities = {
  live: false,
  visibility: 'public',
  text: { max: 500, unit: 'utf16', format: 'plain' },
  attachments: 'none',
  parts: [],
  windows: [],
  replies: 'one-editable',
  resend: 'when-missing',
}
export const can = { review } as const
