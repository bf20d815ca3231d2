// What the words of a mail server mean for one answer (sheet section 7): 4xx later, 5xx never, silence after the data unknown.
import type { SendOutcome } from '../../core/ports/channel.ts'
import { enhancedCodesIn } from './enhanced-codes.ts'
import { isOfTls, otherWay, whyNotTrusted } from './unsafe.ts'

export type Failed = Exclude<SendOutcome, { is: 'sent' }>
export interface SmtpFault {
  readonly code?: string
  /** Of the system or of TLS, where `code` is the library's. */
  readonly originalCode?: string
  readonly command?: string
  readonly responseCode?: number
  readonly response?: string
  readonly message: string
}

/** After the end of the data was written nobody but the server knows whether it took the mail. */
export function outcomeOfFault(fault: SmtpFault, isDataOut: boolean): Failed {
  const said = saidBy(fault)
  const status = fault.responseCode
  if (isAuthFault(fault))
    return status !== undefined && status < 500
      ? later(60, 'account', `The mail server does not let us log in for now: ${said}`)
      : { is: 'account-down', why: `The mail server refuses the log-in: ${said}` }
  const unsafe = whyUnsafe(fault)
  if (unsafe !== null) return later(60, 'account', unsafe)
  if (status !== undefined && status >= 400) return answered(fault, status, said)
  if (fault.code === 'EMESSAGE' && /larger than allowed/.test(said))
    return { is: 'refused', code: 'too_large', why: `The mail server takes no mail of this size: ${said}` }
  if (isDataOut) return { is: 'unknown', why: `The connection was lost after the mail was handed over: ${said}` }
  return later(30, 'account', `The mail server cannot be reached: ${said}`)
}

const saidBy = ({ response, message }: SmtpFault): string => (response ?? message).replace(/\s+/g, ' ').slice(0, 300)

export const isAuthFault = (fault: SmtpFault): boolean =>
  ['EAUTH', 'EOAUTH2', 'ENOAUTH'].includes(fault.code ?? '') ||
  fault.responseCode === 530 ||
  fault.responseCode === 535 ||
  / 5\.7\.30 /.test(` ${fault.response ?? fault.message} `)

/** Tried again by itself, since it may be mended over there; never less safely (S21). */
export function whyUnsafe(fault: SmtpFault): string | null {
  const { code, originalCode = '', command } = fault
  const certificate = whyNotTrusted(originalCode, 'smtp')
  if (certificate !== null)
    return `The mail server cannot be trusted, and nothing was sent: ${certificate} (${originalCode}).`
  if (code !== 'ETLS' && command !== 'STARTTLS' && !isOfTls(originalCode)) return null
  return `There is no safe connection to the mail server, and none other is used: ${saidBy(fault)}. ${otherWay('smtp')}`
}

const later = (afterSeconds: number, scope: 'message' | 'account', why: string): Failed => ({
  is: 'try-later',
  afterSeconds,
  scope,
  why,
})

function answered({ command }: SmtpFault, status: number, said: string): Failed {
  // The day's quota of the mailbox, whatever digit it comes with: nothing is wrong with this mail.
  if (enhancedCodesIn(said).some((it) => it.endsWith('.4.5')) || /sending (?:limit|quota) exceeded/i.test(said))
    return later(3_600, 'account', `The mail server takes no more from this mailbox today: ${said}`)
  if (status >= 500)
    return {
      is: 'refused',
      code: refusalCode(status, said, command),
      why: `The mail server refuses this mail: ${said}`,
    }
  const scope = status === 421 || status === 432 || / 4\.3\.2 /.test(` ${said} `) ? 'account' : 'message'
  return later(status === 451 ? 300 : 60, scope, `The mail server says later: ${said}`)
}

/** Of an address that is gone the house takes note: what is said of the sender's does not count as one. */
function refusalCode(status: number, said: string, command: string | undefined): string {
  if (isGone(said) && command !== 'MAIL FROM') return 'address_unknown'
  // 552 is also said of a mailbox that is full (5.2.2): no smaller mail would fit.
  const codes = enhancedCodesIn(said)
  if ((status === 552 && !codes.includes('5.2.2')) || codes.some((it) => /^5\.(?:3\.4|2\.3)$/.test(it)))
    return 'too_large'
  if (codes.some((it) => it.startsWith('5.7.'))) return 'policy'
  return `smtp_${status}`
}

/** Enhanced codes (RFC 3463) that say of an address that it takes no mail, today or ever. */
export const isGone = (said: string): boolean =>
  enhancedCodesIn(said).some((it) => /^5\.(?:1\.(?:1|2|3|6|10)|2\.1)$/.test(it))
