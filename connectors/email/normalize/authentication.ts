// What our own receiving hop found out about the sender; what anybody else says of it is not believed (RFC 8601, sheet section 6).
import type { Mail } from '../mime/mail.ts'

export interface Authentication {
  readonly spf: string
  readonly dkim: string
  readonly dmarc: string
  readonly arc: string
}
export const unknown: Authentication = { spf: 'unknown', dkim: 'unknown', dmarc: 'unknown', arc: 'unknown' }

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
      return {
        spf: said(value, 'spf'),
        dkim: said(value, 'dkim'),
        dmarc: said(value, 'dmarc'),
        arc: said(value, 'arc'),
      }
  }
  return unknown
}
const said = (value: string, method: string): string =>
  new RegExp(`(?:^|[;\\s])${method}\\s*=\\s*([a-z]+)`, 'i').exec(value)?.[1]?.toLowerCase() ?? 'none'

/**
 * Forwarding breaks what a sender vouched for. Where our hop found the chain of seals whole (ARC, RFC 8617) and the last one is of somebody
 * who is named as trusted, what they found before they passed it on stands.
 */
export function isForged({ dmarc, arc }: Authentication, mail: Mail, sealers: readonly string[]): boolean {
  if (dmarc !== 'fail') return false
  const sealer = lastSealer(mail)
  return !(arc === 'pass' && sealer !== null && sealers.some((it) => it.toLowerCase() === sealer))
}

function lastSealer({ headers }: Mail): string | null {
  let last: { readonly at: number; readonly domain: string | null } = { at: 0, domain: null }
  for (const [name, value] of headers) {
    const at = name === 'arc-seal' ? Number(/(?:^|[;\s])i\s*=\s*(\d{1,2})/i.exec(value)?.[1] ?? 0) : 0
    if (at > last.at)
      last = { at, domain: /(?:^|[;\s])d\s*=\s*([^;\s]{1,253})/i.exec(value)?.[1]?.toLowerCase() ?? null }
  }
  return last.domain
}
