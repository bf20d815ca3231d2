// What conversations of this channel can do, as data. Decisions read this and never ask for a channel's name.
import type { Capabilities } from '../../core/ports/channel.ts'

const dm: Capabilities = {
  live: true,
  visibility: 'private',
  text: { max: 2_000, unit: 'codePoints', format: 'plain' },
  attachments: 'none',
  parts: [],
  windows: [],
  replies: 'many',
  resend: 'may-duplicate',
}
export const can = { dm } as const
