// What private conversations and comments of this family can do, as data; each channel brings its own numbers.
import type { Capabilities } from '../../../core/ports/channel.ts'
import type { DmRules } from './outgoing.ts'

/** Free for 24 hours after the customer's last message, then a person may answer up to seven days (both sheets, section 6, checked 2026-11; D46). */
export const dmOf = (rules: DmRules, parts: readonly string[]): Capabilities => ({
  live: true,
  visibility: 'private',
  text: { ...rules.text, format: 'plain' },
  attachments: { maxCount: 1, types: rules.files.map(({ type, maxBytes }) => ({ type, maxBytes })), alone: true },
  parts,
  windows: [
    { untilHours: 24, for: 'anyone', as: 'free' },
    { untilHours: 7 * 24, for: 'person', as: 'tagged' },
  ],
  replies: 'many',
  resend: 'may-duplicate',
})

/** A private reply may be sent so long after the comment, once (both sheets, section 6). */
const privateReplyHours = 7 * 24

/** Answered in public at any time, or once in private by the part `private_reply`. */
export const commentOf = (max: number): Capabilities => ({
  live: false,
  visibility: 'public',
  text: { max, unit: 'utf16', format: 'plain' },
  attachments: 'none',
  parts: ['private_reply'],
  windows: [],
  replies: 'many',
  once: { part: 'private_reply', withinHours: privateReplyHours },
  threads: 'message',
  resend: 'may-duplicate',
})
