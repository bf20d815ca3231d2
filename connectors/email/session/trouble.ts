// What went wrong with a mail server, and what it means for us (sheet section 7): wait, ask a person, or put one mail aside.
import type { ImapFlowError } from 'imapflow'
import { messageOf } from '../../../core/errors.ts'
import { isOfTls, otherWay, whyNotTrusted } from '../unsafe.ts'

export type Trouble = {
  readonly why: string
} & (
  | { readonly is: 'auth' } // somebody must act; trying on may lock the mailbox
  | { readonly is: 'setup' } // certificate, folder, encryption: it works when somebody changes something, here or there
  | { readonly is: 'later'; readonly afterMs: number; readonly reached: boolean } // the server, or the way to it
  | { readonly is: 'mail' } // what it said cannot be read: perhaps the fault of the mail that was asked for
)

const minute = 60_000
/** Answers that are no judgement of the password, whatever they are given for. */
const busy =
  /too many (?:simultaneous )?connections|authenticated but not connected|try again|temporar|unavailable|rate limit/i
const busyCodes = ['UNAVAILABLE', 'LIMIT', 'OVERQUOTA', 'THROTTLED', 'INUSE', 'SERVERBUG', 'CONTACTADMIN']
const certificate = /^(?:CERT_|ERR_TLS|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|ERR_SSL)/
const unreadable =
  /^(?:LineTooLarge|LiteralTooLarge|ResponseTooLarge|ParserError|MAX_IMAP_NESTING|InvalidResponse|UnexpectedTag|ResponseProcessing|MailDeadline)/
const notReached = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CONNECT_TIMEOUT',
  'GREETING_TIMEOUT',
  'ETIMEDOUT',
  'ECONNRESET',
]

/** `hide`: what must not stand in a sentence that people read. */
export function troubleOf(error: unknown, hide: readonly string[] = []): Trouble {
  const it = (error instanceof Error ? error : new Error(String(error))) as ImapFlowError
  const code = it.code ?? ''
  const why = said(it, hide)
  if (code === 'ETHROTTLE') return { is: 'later', afterMs: bounded(it.throttleReset ?? 5 * minute), reached: true, why }
  if (isBusy(it)) return { is: 'later', afterMs: 5 * minute, reached: true, why }
  if (it.authenticationFailed === true) return { is: 'auth', why }
  if (isGone(error)) return { is: 'setup', why }
  if (it.tlsFailed === true || certificate.test(code) || /certificate|altnames/i.test(it.message))
    return { is: 'setup', why: unsafe(why, it) }
  if (unreadable.test(code)) return { is: 'mail', why }
  return { is: 'later', afterMs: 0, reached: !notReached.includes(code), why }
}

function unsafe(why: string, { code = '', tlsFailed }: ImapFlowError): string {
  const certificate = whyNotTrusted(code, 'imap')
  if (certificate !== null) return `${why}: ${certificate}`
  return tlsFailed === true || isOfTls(code) ? `${why}: there is no safe connection. ${otherWay('imap')}` : why
}

/** The folder that was asked for is not there: renamed, or deleted. */
export const isGone = (error: unknown): boolean => {
  const it = error as Partial<ImapFlowError> | null
  return it?.mailboxMissing === true || it?.serverResponseCode === 'NONEXISTENT'
}

const isBusy = (it: ImapFlowError): boolean =>
  busyCodes.includes(it.serverResponseCode ?? '') || busy.test(it.responseText ?? '') || busy.test(it.reason ?? '')

/** A server may ask for any pause; longer than this nobody believes. */
const bounded = (ms: number): number => Math.min(Math.max(ms, 1_000), 15 * minute)

function said(it: ImapFlowError, hide: readonly string[]): string {
  const words =
    [it.responseText, it.reason, messageOf(it)].find((text) => text !== undefined && text !== '') ?? 'no words'
  const code = it.serverResponseCode ?? it.code
  const text = `${words}${code === undefined || words.includes(code) ? '' : ` (${code})`}`
  return hide
    .reduce((masked, secret) => (secret === '' ? masked : masked.replaceAll(secret, '[secret]')), text)
    .slice(0, 300)
}
