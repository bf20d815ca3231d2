// Certified mail (PEC, RFC 6109): the mail inside a provider's envelope, and the receipts providers give of what we sent.
import type { Address, Mail } from '../mime/mail.ts'
import type { Settings } from '../settings.ts'
import { asInDns, domainOf } from '../address.ts'
import { enhancedCodesIn } from '../enhanced-codes.ts'
import { isProven, type Authentication } from './authentication.ts'
import { header } from './headers.ts'
import type { Outcome } from './report.ts'

/** Whose envelope it came in; the raw holds the envelope, which is the proof. */
export interface Certified {
  readonly by: Address
  readonly envelope: string | null
}

/** Anybody can write what such a provider writes: it is believed of those the account names, proven by a trusted host. */
export function isOfCertifier(mail: Mail, authentication: Authentication, { certifiers = [] }: Settings): boolean {
  const domain = domainOf(mail.from[0]?.address)
  return isProven(authentication) && certifiers.some((it) => asInDns(it) === domain)
}

/** The bytes of the mail inside an envelope that is believed. */
export function certifiedMail(mail: Mail, authentication: Authentication, settings: Settings): Uint8Array | null {
  if (!/^posta-certificata$/i.test((header(mail.headers, 'x-trasporto') ?? '').trim())) return null
  return isOfCertifier(mail, authentication, settings) ? mail.certified : null
}

/** Null: nobody is named inside, so it stays the envelope's. */
export function openedEnvelope(mail: Mail, inner: Mail): { readonly mail: Mail; readonly certified: Certified } | null {
  const [by] = mail.from
  if (by === undefined || !inner.from[0]?.address) return null
  return { mail: inner, certified: { by, envelope: header(mail.headers, 'message-id') } }
}

const receipts: Readonly<Record<string, Pick<Outcome, 'is' | 'status'>>> = {
  accettazione: { is: 'accepted', status: '2.0.0' },
  'presa-in-carico': { is: 'accepted', status: '2.0.0' },
  'avvenuta-consegna': { is: 'delivered', status: '2.0.0' },
  'preavviso-errore-consegna': { is: 'delayed', status: '4.4.7' },
  'errore-consegna': { is: 'failed', status: '5.0.0' },
  'non-accettazione': { is: 'failed', status: '5.7.1' },
  'rilevazione-virus': { is: 'failed', status: '5.7.1' },
}

/** Null: it is no receipt, or one of a kind that says nothing of what became of our mail. */
export function certifiedReceipt(mail: Mail): Outcome | null {
  const kind = (header(mail.headers, 'x-ricevuta') ?? '').trim().toLowerCase()
  const found = Object.hasOwn(receipts, kind) ? receipts[kind] : undefined
  if (found === undefined || header(mail.headers, 'x-riferimento-message-id') === null) return null
  const data = dataOf(mail)
  const said = tagged(data, 'errore-esteso')[0]
  const status =
    found.is === 'failed'
      ? (enhancedCodesIn(said ?? '').find((it) => it.startsWith('5.')) ?? found.status)
      : found.status
  return { ...found, status, recipient: recipientIn(data), why: `certified mail: ${kind}${said ? `, ${said}` : ''}` }
}

/** What the provider says in a form machines read; small, and never longer than a receipt needs. */
const dataOf = (mail: Mail): string =>
  Buffer.from(mail.files.find((it) => /^daticert\.xml$/i.test(it.name))?.bytes.subarray(0, 64 * 1024) ?? []).toString()
const tagged = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?:\\s[^<>]{0,200})?>([^<>]{1,500})</${name}>`, 'gi'))]
    .slice(0, 100)
    .map(([, value]) => value!.replace(/\s+/g, ' ').trim())

/** Whom it reached, else whom it went to where that is one. */
function recipientIn(xml: string): string | null {
  const [reached] = tagged(xml, 'consegna')
  const all = tagged(xml, 'destinatari')
  const one = reached ?? (all.length === 1 ? all[0] : undefined)
  return one !== undefined && /^[^\s@]{1,64}@[^\s@]{1,253}$/.test(one) ? one.toLowerCase() : null
}
