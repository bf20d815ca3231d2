// What our own receiving hop found out about the sender; what anybody else says of it is not believed (RFC 8601, sheet section 6).
import type { Mail } from '../mime/mail.ts'

export interface Authentication {
  readonly spf: string
  readonly dkim: string
  readonly dmarc: string
}
export const unknown: Authentication = { spf: 'unknown', dkim: 'unknown', dmarc: 'unknown' }

const isOurs = (host: string, trusted: readonly string[]): boolean =>
  trusted.some((it) => host === it.toLowerCase() || host.endsWith(`.${it.toLowerCase()}`))

/** The topmost result of a trusted name, above the first hop that is not ours. */
export function authenticationOf({ headers, anomalies }: Mail, trusted: readonly string[]): Authentication {
  if (trusted.length === 0 || anomalies.includes('duplicate-header:from')) return unknown
  for (const [name, value] of headers) {
    if (name === 'received') {
      const by = /\bby\s+([^\s;()]+)/i.exec(value)?.[1]?.toLowerCase() ?? ''
      if (!isOurs(by, trusted)) return unknown
    }
    if (name !== 'authentication-results') continue
    const host = /^\s*([^\s;]+)/.exec(value)?.[1]?.toLowerCase() ?? ''
    if (isOurs(host, trusted))
      return { spf: said(value, 'spf'), dkim: said(value, 'dkim'), dmarc: said(value, 'dmarc') }
  }
  return unknown
}
const said = (value: string, method: string): string =>
  new RegExp(`(?:^|[;\\s])${method}\\s*=\\s*([a-z]+)`, 'i').exec(value)?.[1]?.toLowerCase() ?? 'none'
