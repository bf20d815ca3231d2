// Reports about what we sent: bounces, complaints and read receipts, with or without their machine-readable part (sheet section 2).
import { lowerAddress } from '../address.ts'
import { enhancedCodesIn } from '../enhanced-codes.ts'
import type { Mail } from '../mime/mail.ts'
import { isNullSender } from './automatic.ts'
import { certifiedReceipt } from './certified.ts'
import { header, idsIn, referredIn } from './headers.ts'

export interface Outcome {
  readonly recipient: string | null
  /** `accepted`: taken to be delivered, which proves that it went out. */
  readonly is: 'failed' | 'delayed' | 'delivered' | 'accepted'
  /** x.y.z */
  readonly status: string
  readonly why: string
}
export type Report =
  | { readonly is: 'dsn'; readonly outcomes: readonly Outcome[] }
  | { readonly is: 'receipt'; readonly displayed: boolean }
  | { readonly is: 'complaint'; readonly recipient: string | null }

const typed = (mail: Mail, ending: string): string | null =>
  mail.reports.find((it) => it.type.endsWith(ending))?.text ?? null

export function reportIn(mail: Mail): Report | null {
  const feedback = typed(mail, 'feedback-report')
  if (feedback !== null) return { is: 'complaint', recipient: bare(field(feedback, 'original-rcpt-to')) }
  const receipt = typed(mail, 'disposition-notification')
  if (
    receipt !== null ||
    /report-type\s*=\s*"?disposition-notification/i.test(header(mail.headers, 'content-type') ?? '')
  )
    return { is: 'receipt', displayed: /displayed/i.test(field(receipt ?? '', 'disposition') ?? '') }
  const dsn = typed(mail, 'delivery-status')
  if (dsn !== null) return { is: 'dsn', outcomes: outcomesIn(dsn, mail.text) }
  const certified = certifiedReceipt(mail)
  if (certified !== null) return { is: 'dsn', outcomes: [certified] }
  return isProse(mail) ? { is: 'dsn', outcomes: proseOutcomes(mail) } : null
}

/** Blocks as they really come: a new recipient begins where a recipient's field comes again, blank lines or not. */
function outcomesIn(dsn: string, prose: string): readonly Outcome[] {
  const blocks: Map<string, string>[] = []
  let block = new Map<string, string>()
  for (const line of dsn
    .replace(/\r\n?/g, '\n')
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .slice(0, 5_000)) {
    const [, name, value] = /^([A-Za-z-]{1,60}):\s*(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    const key = name.toLowerCase()
    if (key.endsWith('-recipient') && block.has(key)) {
      blocks.push(block)
      block = new Map()
    }
    block.set(key, value.slice(0, 1_000))
  }
  blocks.push(block)
  return blocks.map((it) => outcomeOf(it, prose)).slice(0, 100)
}

function outcomeOf(block: ReadonlyMap<string, string>, prose: string): Outcome {
  const diagnostic = block.get('diagnostic-code') ?? ''
  const status =
    statusIn(block.get('status') ?? '') ?? statusIn(diagnostic) ?? statusIn(prose.slice(0, 8_192)) ?? '5.0.0'
  const action = /^[a-z]+/i.exec(block.get('action') ?? '')?.[0].toLowerCase() ?? 'failed'
  const is = action === 'delayed' ? 'delayed' : /^(?:delivered|relayed|expanded)$/.test(action) ? 'delivered' : 'failed'
  // Whom we wrote to; the final one may be where they have their mail passed on to.
  const recipient = bare(block.get('original-recipient') ?? null) ?? bare(block.get('final-recipient') ?? null)
  return {
    recipient,
    is,
    status,
    why: (diagnostic || block.get('action') || prose).replace(/\s+/g, ' ').trim().slice(0, 500),
  }
}

/** `rfc822; <a@b>` → `a@b`. */
function bare(value: string | null): string | null {
  const found = /[^\s;<>]+@[^\s;<>]+/.exec(value?.slice(0, 500) ?? '')?.[0]
  return found === undefined ? null : lowerAddress(found)
}
const field = (text: string, name: string): string | null =>
  new RegExp(`^${name}:[ \\t]*(.{0,500})`, 'im').exec(text)?.[1]?.trim() ?? null

function statusIn(text: string): string | null {
  const [enhanced] = enhancedCodesIn(text)
  if (enhanced !== undefined) return enhanced
  const reply = /\b([45])\d\d(?=[ -])/.exec(text)?.[1]
  return reply === undefined ? null : `${reply}.0.0`
}

const words =
  /undeliver|delivery (?:status|failed|failure|has failed|to the following)|returned mail|mail (?:delivery|system) (?:failed|error)|failure notice|could not (?:be delivered|send)|not be delivered|returning message|mailbox (?:is )?full|user unknown|does not exist/i
const machines = /^(?:mailer-daemon|postmaster|mail-daemon)@?/i

/** People write from there too; their server puts an address on the envelope, and a report has none. */
const isPostmasters = ({ from: [from], headers }: Mail): boolean =>
  /^postmaster@/i.test(from?.address ?? '') && (header(headers, 'return-path') ?? '').includes('@')

/** Never by words alone: a customer may write that their mail came back. */
function isProse(mail: Mail): boolean {
  const [from] = mail.from
  const fromMachine =
    (machines.test(from?.address ?? '') && !isPostmasters(mail)) ||
    /mail (?:delivery|system|administrator)|mailer-daemon/i.test(from?.name ?? '')
  const text = mail.text.slice(0, 8_192)
  const isReturned = isNullSender(mail.headers) && (/multipart\/report/i.test(mail.type) || words.test(mail.subject))
  if (!fromMachine && !isReturned) return false
  return words.test(mail.subject) || words.test(text) || statusIn(text) !== null
}

function proseOutcomes(mail: Mail): readonly Outcome[] {
  const text = mail.text.slice(0, 8_192)
  const delayed = /^warning|delay|still being retried|will (?:be retried|keep trying)/i.test(mail.subject)
  const said = {
    is: delayed ? 'delayed' : 'failed',
    status: statusIn(text) ?? '5.0.0',
    why: text.replace(/\s+/g, ' ').slice(0, 500),
  } as const
  const named = namedAsFailed(mail)
  return (named.length > 0 ? named : [writtenOf(text)]).map((recipient) => ({ recipient, ...said }))
}

/** Exim and Gmail say it in a header. */
const namedAsFailed = ({ headers }: Mail): readonly string[] => [
  ...new Set(
    (header(headers, 'x-failed-recipients') ?? '')
      .split(',')
      .slice(0, 100)
      .flatMap((it) => bare(it) ?? []),
  ),
]

/** It stands at the beginning of a line; in a sentence above it may stand who is to be asked. */
function writtenOf(text: string): string | null {
  const found = /^[ \t]{0,20}<?[^\s<>@]+@[^\s<>@:]+>?:?/m.exec(text) ?? /(?:^|\s)<?[^\s<>@]+@[^\s<>@:]+>?:?/.exec(text)
  return bare(found?.[0] ?? null)
}

/** What we named the send by when it was handed over (RFC 3461): servers that keep to it give it back, whatever became of the Message-ID. */
export const envelopeIdIn = (mail: Mail): string | null =>
  mail.reports
    .map((it) => /^[0-9a-f]{32}$/.exec(field(it.text, 'original-envelope-id') ?? '')?.[0])
    .find((it) => it !== undefined) ?? null

/** Ids of the mail it speaks of, the surest first. */
export function reportedIds(mail: Mail): readonly string[] {
  const own = idsIn(header(mail.headers, 'message-id'))
  const certified = idsIn(header(mail.headers, 'x-riferimento-message-id'))
  const machine = mail.reports.flatMap((it) => idsIn(field(it.text, 'original-message-id')))
  const enclosed = idsIn(mail.enclosed.find(([name]) => name === 'message-id')?.[1] ?? null)
  const prose = idsIn(mail.text.slice(0, 64 * 1024))
  const linked = [...referredIn(mail, 'in-reply-to'), ...referredIn(mail, 'references')]
  return [...new Set([...certified, ...machine, ...enclosed, ...prose, ...linked])]
    .filter((it) => it.includes('@') && !own.includes(it))
    .slice(0, 50)
}
