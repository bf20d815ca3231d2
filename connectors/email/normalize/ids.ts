// The words by which answers find their way back: tokens in addresses, Message-IDs of ours, and the keys of a conversation.
import type { Mail } from '../mime/mail.ts'
import { limits } from '../mime/limits.ts'
import { contactKey } from '../address.ts'
import { fitting, header, headersNamed, referredIn } from './headers.ts'

/**
 * `support+r.<token>@…`: the token is 32 digits made for one reply; nobody can guess it, and only one that is known leads anywhere. What is no
 * report and comes to `+b.`, where reports go, was written by a machine that answers the envelope's sender (RFC 3834, 4).
 */
const replyTag = /\+[rb]\.([0-9a-z.-]{8,60})@/gi
const bounceTag = /\+b\.([0-9a-f]{32})@/i
/** `m`: an answer to a customer; `n`: a notice to somebody of the team. */
const ourId = /^<[mn]-([0-9a-f]{32})\.[^@<>\s]{0,100}@/

/** For whom servers on the way took it. */
export const deliveryHeaders = [
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'x-forwarded-to',
  'x-gm-original-to',
] as const
/** What a server wrote is sure to be for us; what the sender wrote may name hundreds. */
const recipientHeaders = [...deliveryHeaders, 'to', 'cc'] as const

const recipientText = ({ headers }: Mail, envelopeTo: string | undefined): string =>
  [envelopeTo ?? '', ...recipientHeaders.flatMap((it) => headersNamed(headers, it))].join(' ').slice(0, 192 * 1024)

/** Leads to the conversation of the reply it was made for, and says nothing of who has it. */
export const tokenKey = (token: string): string => `token:${token.toLowerCase()}`
/** From somebody the reply went to. */
export const tokenOfKey = (token: string, sender: string): string => `${tokenKey(token)} ${contactKey(sender)}`
/** Who may join by a Message-ID is part of the key: the same id from a stranger is another key. */
export const idKey = (id: string, sender: string): string => `id:${withLowerDomain(id)} ${contactKey(sender)}`
/** For colleagues of whom it stands for: leads nobody in who is not proven to be one. */
export const tokenOfOrganisation = (token: string, organisation: string): string =>
  `${tokenKey(token)} org:${organisation}`
export const idOfOrganisation = (id: string, organisation: string): string =>
  `id:${withLowerDomain(id)} org:${organisation}`
/** Some servers on the way write domains in small letters. */
export const withLowerDomain = (id: string): string => id.replace(/@[^@]*$/, (domain) => domain.toLowerCase())
/** A ticket's number in a subject counts only from somebody who is in the conversation (P9). */
export const numberKey = (number: number | string, sender: string): string => `number:${number} ${contactKey(sender)}`

/** Several where it went to others who make such addresses too: only ours is known here. */
export const tokensIn = (mail: Mail, envelopeTo: string | undefined): readonly string[] =>
  [...new Set([...recipientText(mail, envelopeTo).matchAll(replyTag)].map(([, token]) => token!))].slice(0, mostTokens)
const mostTokens = 5

/** `rep_…`, where a bounce came to the address made for one send, or names the Message-ID of one. */
export const replyOfBounce = (mail: Mail, envelopeTo: string | undefined): string | null => {
  const digits = bounceTag.exec(recipientText(mail, envelopeTo))?.[1]
  return digits === undefined ? null : `rep_${digits.toLowerCase()}`
}
export const replyOfId = (id: string): string | null => {
  const digits = ourId.exec(id)?.[1]
  return digits === undefined ? null : `rep_${digits}`
}

/** It answers a notice to somebody of the team, and no customer's conversation (P11). */
export const answersNotice = (mail: Mail): boolean => /^<n-[0-9a-f]{32}\.inlet@/.test(answeredIds(mail)[0] ?? '')

/** Nearest first: what it answers, then the references backwards. */
export function answeredIds(mail: Mail): readonly string[] {
  const all = [...referredIn(mail, 'in-reply-to'), ...referredIn(mail, 'references').toReversed()]
  return fitting([...new Set(all)], limits.references)
}

/** JIRA and ServiceNow thread by their own numbers, which they sign by headers of theirs (B5). */
export function foreignTicketKey({ headers, subject }: Mail): string | null {
  const jira =
    header(headers, 'x-jira-fingerprint') === null ? null : /\(([A-Z][A-Z0-9]{1,15}-\d{1,10})\)/.exec(subject)?.[1]
  const now =
    header(headers, 'x-servicenow-generated') === null
      ? null
      : /\b((?:INC|REQ|RITM|CHG|PRB|TASK|CS)\d{5,12})\b/.exec(subject)?.[1]
  return jira ? `jira:${jira}` : now ? `servicenow:${now}` : null
}
export const subjectNumber = (subject: string): string | null =>
  /\[[^[\]]{0,60}#(\d{1,12})\]/.exec(subject.slice(0, 500))?.[1] ?? null
