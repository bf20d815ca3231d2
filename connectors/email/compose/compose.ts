// One answer as one mail: whom it goes to, what it is called, how it finds back. The same answer gives the same Message-ID, on every try.
import type { OutboundMessage, SaidOut } from '../../../core/ports/channel.ts'
import type { Party } from '../../../schemas/message.ts'
import { asInDns, isAddress, lowerAddress } from '../address.ts'
import { bounceTagged } from '../providers.ts'
import type { Settings } from '../settings.ts'
import { cleanHtml } from '../html/clean.ts'
import { escaped } from './escaped.ts'
import { linksIn, type Links } from './links.ts'

export interface Composed {
  readonly messageId: string
  readonly from: { readonly name: string; readonly address: string }
  readonly to: readonly { readonly name: string; readonly address: string }[]
  readonly cc: readonly { readonly name: string; readonly address: string }[]
  /** Null: answers come to where this came from. */
  readonly replyTo: string | null
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  readonly subject: string
  readonly inReplyTo: string | null
  readonly references: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly html: string
}

/** `rep_<32 digits>` → its digits: made by chance, known to whoever got the mail, and to nobody else. */
export const digitsOf = (ours: string): string =>
  ours
    .replace(/^rep_/, '')
    .replace(/[^0-9a-z]/gi, '')
    .slice(0, 32)

const partsOf = (address: string): { readonly local: string; readonly domain: string } => {
  const at = address.lastIndexOf('@')
  return { local: address.slice(0, at), domain: address.slice(at + 1) }
}
/** `n-`: a notice to the team; whoever answers it is no customer. The domain as DNS has it: other letters are no header (RFC 5322). */
export const messageIdOf = (ours: string, settings: Settings, isNotice = false): string =>
  `<${isNotice ? 'n' : 'm'}-${digitsOf(ours)}.inlet@${asInDns(partsOf(settings.address).domain)}>`

/** A name before the @ has 64 units at most (RFC 5321 4.5.3.1.1). */
const longestLocal = 64
/**
 * With the token of this reply: `r`, where answers come back; `b`, where reports of servers do. Where it does not fit, or the server knows no
 * plus, as it is: answers then find home by what they refer to.
 */
function tagged(address: string, tag: 'r' | 'b', ours: string): string {
  const { local, domain } = partsOf(address)
  const name = `${local}+${tag}.${digitsOf(ours)}`
  return name.length > longestLocal ? address : `${name}@${domain}`
}

export function compose(
  message: OutboundMessage,
  settings: Settings,
  links: Links | null = null,
): Composed | { readonly refuse: string } {
  const { vendor } = message
  const to = addressed(message.to, vendor['replyToOf'] === message.to.id ? vendor['replyTo'] : undefined)
  if (to === null) return { refuse: 'The customer of this conversation has no mail address to answer to.' }
  // Who stands in it twice gets it once, and nobody takes the place of the requester by writing them in another way.
  const seen = new Set([lowerAddress(to.address)])
  const isNew = (it: { readonly address: string }): boolean => seen.size < seen.add(lowerAddress(it.address)).size
  const also = (message.also ?? []).flatMap((it) => addressed(it, undefined) ?? []).filter(isNew)
  const cc = (message.cc ?? []).flatMap((it) => addressed(it, undefined) ?? []).filter(isNew)
  const address = vendor['address'] ?? settings.address
  const answered = vendor['messageId'] ?? null
  const old = (vendor['references'] ?? '').split(' ').filter((it) => /^<[^<>\s]{1,900}>$/.test(it))
  const isSafe = answered !== null && /^<[^<>\s]{1,900}>$/.test(answered) && !answered.startsWith('<syn-')
  return {
    messageId: messageIdOf(message.ours, settings, message.notice),
    from: { name: oneLine(settings.name ?? ''), address },
    to: [to, ...also],
    cc,
    replyTo: settings.plusAddressing === false || message.notice === true ? null : tagged(address, 'r', message.ours),
    envelope: {
      from: bounceTagged(settings) ? tagged(address, 'b', message.ours) : message.author === 'person' ? address : '',
      to: [to, ...also, ...cc].map((it) => it.address),
    },
    subject: oneLine(subjectOf(message, vendor['subject'], settings)),
    inReplyTo: isSafe ? answered : null,
    references: (old.length > 21 ? [old[0]!, ...old.slice(-20)] : old).filter((it) => !it.startsWith('<syn-')),
    headers: message.author === 'person' ? {} : automatic(address, message.notice),
    ...bodyOf(message, settings, links),
  }
}

/** What keeps two machines from answering each other (G21). */
const automatic = (address: string, isNotice = false): Readonly<Record<string, string>> => ({
  'Auto-Submitted': isNotice ? 'auto-generated' : 'auto-replied',
  'X-Auto-Response-Suppress': 'All',
  Precedence: 'bulk',
  'X-Loop': lowerAddress(address),
})

/** The main recipient is who opened the conversation, at the address they asked to be answered at (D21, D28). */
function addressed(party: Party, replyTo: string | undefined) {
  // Where the one they asked for is none, the one they wrote from is the next best.
  const address = [replyTo, party.address].find((it) => typeof it === 'string' && isAddress(it))
  if (typeof address !== 'string') return null
  return { name: oneLine(party.name ?? ''), address }
}

/** I is no capital of ı to a pattern, whatever its flags. */
const isAnswer = /^(?:re|aw|ynt|yan[ıi]t|cevap|sv|antw|odp|回复)\s*(?:\[\d+\])?\s*[:：]/iu
function subjectOf(message: OutboundMessage, theirs: string | undefined, settings: Settings): string {
  const subject = message.subject ?? theirs ?? ''
  const answered = theirs === undefined || isAnswer.test(subject) ? subject : `Re: ${subject}`
  const mark = `[#${message.number}]`
  return settings.subjectNumber !== true || message.number === undefined || answered.includes(mark)
    ? answered
    : `${mark} ${answered}`
}
/** No line break, no control character: a header is one line (S12). */
const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 900)

/** Text and HTML from one source, in the layout of the customer's language (D26, D27). */
function bodyOf(message: OutboundMessage, settings: Settings, links: Links | null) {
  const language = message.language ?? settings.language ?? 'en'
  // What stands around an answer is for customers.
  const layout =
    message.notice === true ? undefined : (settings.layouts?.[language] ?? settings.layouts?.[language.split('-')[0]!])
  // Whoever writes an answer may have taken over what a stranger wrote; the layout is the administrator's.
  const html = message.html === undefined ? paragraphs(message.text) : cleanHtml(message.html, 'shown').html
  const below = links === null ? null : linksIn(links, language)
  return {
    text: laidOut(layout?.text, below === null ? message.text : `${message.text}\n\n${below.text}`),
    html: laidOut(layout?.html, below === null ? html : `${html}\n${below.html}`),
  }
}
/** As the customer got it, for whoever reads the ticket: by the same list as what they write. */
export const saidOut = ({ text, html }: Pick<Composed, 'text' | 'html'>): SaidOut => ({
  text,
  html: Buffer.from(cleanHtml(html).html),
})
const laidOut = (layout: string | undefined, body: string): string =>
  layout === undefined || !layout.includes('{{body}}') ? body : layout.split('{{body}}').join(body)
const paragraphs = (text: string): string =>
  text
    .split(/\n{2,}/)
    .map((it) => `<p>${escaped(it).replace(/\r?\n/g, '<br>')}</p>`)
    .join('\n')
