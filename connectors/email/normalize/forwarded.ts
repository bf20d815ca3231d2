// A customer's mail that an agent passed on: whose it is, what they wrote, and what the agent said above it (sheet section 6).
import type { Address, Mail } from '../mime/mail.ts'
import { cutQuoted, nameOf } from '../quoted/cut.ts'
import { headerNames, isSeparator } from '../quoted/patterns.ts'
import { lowerAddress } from '../address.ts'
import type { Authentication } from './authentication.ts'
import { answeredIds, replyOfId, tokensIn } from './ids.ts'

export interface PassedOn {
  readonly mail: Mail
  /** The agent. */
  readonly by: Address
  /** What stands above the customer's words. */
  readonly note: string
  /** The customer's own mail lies here, or only its words: then nobody knows its Message-ID. */
  readonly whole: boolean
}
export interface Passing {
  readonly mail: Mail
  readonly envelopeTo: string | undefined
  readonly authentication: Authentication
  /** Whose forwards are believed. */
  readonly agents: readonly string[]
}

/** Only of an agent whom our own receiving server knows, who begins something: an answer of theirs with a quote below is an answer. */
export function mayPassOn({ mail, envelopeTo, authentication, agents }: Passing): boolean {
  const address = mail.from[0]?.address
  if (address === null || address === undefined || mail.anomalies.includes('duplicate-header:from')) return false
  const isAgent = agents.some((it) => lowerAddress(it) === lowerAddress(address))
  const isAnswer = tokensIn(mail, envelopeTo).length > 0 || answeredIds(mail).some((it) => replyOfId(it) !== null)
  return isAgent && authentication.dmarc === 'pass' && !isAnswer
}

/** The bytes of the customer's own mail, where the agent attached it. */
export const attachedMail = (mail: Mail): Uint8Array | null =>
  mail.files.find((it) => it.type === 'message/rfc822')?.bytes ?? null

/** Null: nobody wrote it, so it is the agent's own. */
export function passedOnWhole(mail: Mail, inner: Mail): PassedOn | null {
  const [by] = mail.from
  return by === undefined || !inner.from[0]?.address ? null : { mail: inner, by, note: mail.text.trim(), whole: true }
}

/** Null: there is no mail of somebody else in its text. */
export function passedOnAsText(mail: Mail): PassedOn | null {
  const [by] = mail.from
  const found = belowTheLine(mail.text)
  if (by === undefined || found === null) return null
  const { visible, inlineReply } = cutQuoted(found.text)
  const state = { ...mail.state, inlineReply }
  // How it was sent is the agent's; who wrote it is not. The HTML holds both: it stays in the raw.
  const headers = mail.headers.filter(([name]) => !['in-reply-to', 'references', 'reply-to'].includes(name))
  const inner = {
    ...mail,
    headers,
    from: [found.from],
    replyTo: [],
    subject: found.subject ?? mail.subject,
    html: null,
  }
  return { mail: { ...inner, text: found.text, visible, state }, by, note: found.note, whole: false }
}

const fromNames = ['from', 'kimden', 'gönderen', 'von', 'de', 'da', 'van', 'från', 'od', 'от', '发件人', '差出人', 'من']
const subjectNames = [
  'subject',
  'konu',
  'betreff',
  'objet',
  'asunto',
  'assunto',
  'oggetto',
  'onderwerp',
  'ämne',
  'temat',
  'тема',
  '主题',
  '件名',
  'الموضوع',
]
const known = new Set(headerNames.flat())
const mostLines = 2_000

/** A line that says "forwarded", then at least two lines of a header, then a line without words. */
function belowTheLine(text: string) {
  const lines = text.slice(0, 256 * 1024).split(/\r\n|[\n\r]/)
  const at = lines.slice(0, mostLines).findIndex((it) => it.length <= 200 && isSeparator(it.trim()))
  const start = at < 0 ? -1 : lines.findIndex((it, n) => n > at && it.trim() !== '')
  if (start < 0) return null
  const fields = new Map<string, string>()
  let end = start
  for (; end < Math.min(lines.length, start + 20) && lines[end]!.trim() !== ''; end += 1) {
    const line = lines[end]!.slice(0, 1_000)
    const name = nameOf(line)
    if (name !== null && known.has(name) && !fields.has(name))
      fields.set(name, line.slice(line.search(/[:：]/) + 1).trim())
  }
  const from = addressIn(fromNames.flatMap((it) => fields.get(it) ?? [])[0])
  if (from === null || fields.size < 2) return null
  const subject = subjectNames.flatMap((it) => fields.get(it) ?? [])[0]
  return {
    from,
    note: lines.slice(0, at).join('\n').trim(),
    text: lines.slice(end).join('\n').trim(),
    ...(subject === undefined || subject === '' ? {} : { subject: subject.replace(/^\*+\s*/, '') }),
  }
}

/** `Ana <ana@a.example>`, `Ana [mailto:ana@a.example]`, or the address alone. */
function addressIn(value: string | undefined): Address | null {
  const address = /[^\s<>()[\]:;,"*]{1,64}@[^\s<>()[\]:;,"*]{1,253}/.exec(value?.slice(0, 500) ?? '')?.[0]
  if (value === undefined || address === undefined) return null
  const name = value
    .slice(0, value.indexOf(address))
    .replace(/mailto:/i, '')
    .replace(/[<>[\]"*(]+/g, ' ')
    .trim()
  return { name, address }
}
