// What conversations of this channel can do, as data; the numbers are those of limits.ts.
import type { Capabilities } from '../../core/ports/channel.ts'
import { fileRules, filesInOneReply, partsOut, textMax } from './limits.ts'

/** A template may be sent at any time; the contract wants an end, and nobody waits a hundred years. */
const foreverHours = 24 * 365 * 100

/** Free for 24 hours after the customer's last message, templates for ever (sheet section 7, checked 2026-11). No idempotency key: a repeat is seen twice. */
const dm: Capabilities = {
  live: true,
  visibility: 'private',
  text: { max: textMax, unit: 'codePoints', format: 'plain' },
  attachments: { maxCount: filesInOneReply, types: fileRules.map(({ type, maxBytes }) => ({ type, maxBytes })) },
  parts: [...partsOut],
  windows: [
    { untilHours: 24, for: 'anyone', as: 'free' },
    { untilHours: foreverHours, for: 'anyone', as: 'template' },
  ],
  replies: 'many',
  resend: 'may-duplicate',
}

/** Which parts a group takes the sheet does not say (unconfirmed): text and files only, until somebody tries. */
const group: Capabilities = { ...dm, parts: [] }

export const can = { dm, group } as const
