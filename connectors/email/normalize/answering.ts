// May a machine answer this mail, and what is odd about who sent it? Facts for rules, and for whoever reads it (sheet sections 4 and 6).
import { domainOf } from '../address.ts'
import type { Address, Mail } from '../mime/mail.ts'
import { automaticBy, bulkBy } from './automatic.ts'
import { header, headersNamed } from './headers.ts'
import { deliveryHeaders } from './ids.ts'

export interface Answering {
  readonly mayAnswerByMachine: boolean
  readonly mayNotBecause?: string
  /** `bcc`: none of our addresses stands where everybody sees it. `forwarded`: a server passed it on. */
  readonly via: 'direct' | 'forwarded' | 'bcc'
}
export interface Asked {
  readonly mail: Mail
  readonly envelopeTo: string | undefined
  readonly isOwn: (address: string | null | undefined) => boolean
  /** What a trusted header says; undefined: nothing. */
  readonly trusted: boolean | undefined
}

export function answeringOf(asked: Asked): Answering {
  const via = viaOf(asked)
  if (asked.trusted !== undefined) return { mayAnswerByMachine: asked.trusted, via }
  const why = whyNot(asked, via)
  return why === null ? { mayAnswerByMachine: true, via } : { mayAnswerByMachine: false, mayNotBecause: why, via }
}

function viaOf({ mail, isOwn, envelopeTo }: Asked): Answering['via'] {
  if ([...mail.to, ...mail.cc].some((it) => isOwn(it.address))) return 'direct'
  const passed = ['x-forwarded-to', 'x-forwarded-for', 'resent-from', 'x-gm-original-to']
  if (passed.some((it) => header(mail.headers, it) !== null)) return 'forwarded'
  const traced = deliveryHeaders.flatMap((it) => headersNamed(mail.headers, it))
  return isOwn(envelopeTo) || traced.some((it) => isOwn(it.replace(/[<>\s]/g, ''))) ? 'bcc' : 'direct'
}

const nobodys = /^(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounce|owner-|[^@]{0,64}-request@)/i

function whyNot({ mail, isOwn }: Asked, via: Answering['via']): string | null {
  const address = mail.from[0]?.address ?? null
  if (address === null) return 'its sender has no address'
  if (isOwn(address)) return 'it is from ourselves'
  if (nobodys.test(address)) return 'nobody reads the address of its sender'
  if (automaticBy(mail) !== null) return 'a machine wrote it'
  if (wentToMany(mail, isOwn)) return 'it went to many'
  if (via === 'bcc') return 'we got it in blind copy'
  const asks = /\b(?:all|oof|autoreply)\b/i.test(header(mail.headers, 'x-auto-response-suppress') ?? '')
  return asks ? 'its sender asks for no automatic answers' : null
}

/**
 * `Precedence` alone proves nothing: shops' own programs write it on what one customer got. With it, or a list's own header, there is a list.
 * A mail that names none of our addresses went through somebody else's.
 */
function wentToMany(mail: Mail, isOwn: Asked['isOwn']): boolean {
  const by = bulkBy(mail)
  if (by === null || !by.startsWith('precedence')) return by !== null
  const marks = ['list-id', 'list-post', 'list-unsubscribe', 'feedback-id', 'x-mailing-list', 'x-campaign-id']
  return (
    marks.some((it) => header(mail.headers, it) !== null) || ![...mail.to, ...mail.cc].some((it) => isOwn(it.address))
  )
}

/** A name that shows another address than the one it stands beside; answers that shall go to somebody else’s domain. */
export function oddSender({ from: [from], replyTo: [replyTo] }: Pick<Mail, 'from' | 'replyTo'>): readonly string[] {
  if (from === undefined) return []
  const imitates = from.name.includes('@') && from.name.toLowerCase() !== from.address?.toLowerCase()
  const differs = replyTo !== undefined && organisation(replyTo) !== organisation(from)
  return [...(imitates ? ['name-is-address'] : []), ...(differs ? ['reply-to-differs'] : [])]
}

/** `mail.shop.com.tr` → `shop.com.tr`: near enough for a hint. */
function organisation({ address }: Address): string {
  const labels = domainOf(address).split('.')
  const isShared = labels.length > 2 && /^(?:com?|net|org|gov|edu|ac|gen|web|bel|k12)$/.test(labels.at(-2)!)
  return labels.slice(isShared ? -3 : -2).join('.')
}
