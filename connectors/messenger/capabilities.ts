// What conversations of this channel can do, as data; the numbers are those of limits.ts.
import type { Capabilities } from '../../core/ports/channel.ts'
import { commentMax, dmRules, privateReplyHours } from './limits.ts'

/** Free for 24 hours after the customer's last message, then a person may answer up to seven days (sheet section 6, checked 2026-11; D46). */
const dm: Capabilities = {
  live: true,
  visibility: 'private',
  text: { ...dmRules.text, format: 'plain' },
  attachments: { maxCount: 1, types: dmRules.files.map(({ type, maxBytes }) => ({ type, maxBytes })), alone: true },
  parts: ['interactive'],
  windows: [
    { untilHours: 24, for: 'anyone', as: 'free' },
    { untilHours: 7 * 24, for: 'person', as: 'tagged' },
  ],
  replies: 'many',
  resend: 'may-duplicate',
}

/** Comments, visitors' posts and mentions: answered in public at any time, or once in private by the part `private_reply`. */
const comment: Capabilities = {
  live: false,
  visibility: 'public',
  text: { max: commentMax, unit: 'utf16', format: 'plain' },
  attachments: 'none',
  parts: ['private_reply'],
  windows: [],
  replies: 'many',
  once: { part: 'private_reply', withinHours: privateReplyHours },
  threads: 'message',
  resend: 'may-duplicate',
}

export const can = { dm, comment } as const
