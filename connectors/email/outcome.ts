// What the words of a mail server mean for one answer (sheet section 7): 4xx later, 5xx never, silence after the data unknown.
import type { SendOutcome } from '../../core/ports/channel.ts'

export interface SmtpFault {
  readonly code?: string
  readonly command?: string
  readonly responseCode?: number
  readonly response?: string
  readonly message: string
}

/** After the end of the data was written nobody but the server knows whether it took the mail. */
export function outcomeOfFault(fault: SmtpFault, isDataOut: boolean): Exclude<SendOutcome, { is: 'sent' }> {
  const said = (fault.response ?? fault.message).replace(/\s+/g, ' ').slice(0, 300)
  const status = fault.responseCode
  if (
    fault.code === 'EAUTH' ||
    fault.code === 'EOAUTH2' ||
    fault.code === 'ENOAUTH' ||
    status === 530 ||
    status === 535 ||
    / 5\.7\.30 /.test(` ${said} `)
  )
    return status !== undefined && status < 500
      ? {
          is: 'try-later',
          afterSeconds: 60,
          scope: 'account',
          why: `The mail server does not let us log in for now: ${said}`,
        }
      : { is: 'account-down', why: `The mail server refuses the log-in: ${said}` }
  if (fault.code === 'ETLS')
    return { is: 'account-down', why: `No safe connection to the mail server, and none other is used: ${said}` }
  if (status !== undefined && status >= 400) return answered(status, said)
  if (isDataOut) return { is: 'unknown', why: `The connection was lost after the mail was handed over: ${said}` }
  return { is: 'try-later', afterSeconds: 30, scope: 'account', why: `The mail server cannot be reached: ${said}` }
}

function answered(status: number, said: string): Exclude<SendOutcome, { is: 'sent' }> {
  if (status >= 500)
    return { is: 'refused', code: refusalCode(status, said), why: `The mail server refuses this mail: ${said}` }
  const scope = status === 421 || status === 432 || / 4\.3\.2 /.test(` ${said} `) ? 'account' : 'message'
  return { is: 'try-later', afterSeconds: status === 451 ? 300 : 60, scope, why: `The mail server says later: ${said}` }
}

function refusalCode(status: number, said: string): string {
  if (/\b5\.1\.\d/.test(said)) return 'address_unknown'
  if (status === 552 || /\b5\.3\.4/.test(said)) return 'too_large'
  if (/\b5\.7\.\d/.test(said)) return 'policy'
  return `smtp_${status}`
}
