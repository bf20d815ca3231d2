// The rules an address must pass before anything is fetched from it (S8, S10); each refusal names its rule.
import { GatewayError } from '../../core/errors.ts'
import { whyNotPublic } from './public-address.ts'

export type FetchRule =
  'url' | 'scheme' | 'credentials' | 'port' | 'host' | 'address' | 'redirects' | 'bytes' | 'encoding'

/** An `event.invalid`: the same address will be refused again, so whoever holds it sets it aside. `rule` is in `about` as well. */
export class FetchRefused extends GatewayError {
  readonly rule: FetchRule
  constructor(rule: FetchRule, host: string, found: string) {
    super('event.invalid', `Fetching from ${host} is refused by the rule "${rule}": ${found}.`, {
      about: { rule, host },
    })
    this.name = 'FetchRefused'
    this.rule = rule
  }
}

export interface Target {
  readonly url: URL
  /** Without brackets and final dot, as certificates and lists spell it. */
  readonly host: string
  /** An administrator typed this origin: http, any port and any address are then as written. */
  readonly isTrusted: boolean
}

/** `hosts`: exact names, `.suffix`, or a whole origin (`http://127.0.0.1:4010`) that an administrator typed. */
export function checkUrl(text: string, hosts: readonly string[], trusts: (origin: string) => boolean): Target {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url) throw new FetchRefused('url', 'an unreadable address', `${text.length} characters that are no URL`)
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (url.username !== '' || url.password !== '')
    throw new FetchRefused('credentials', host, 'the address carries a user or a password')
  const isTyped = hosts.some((one) => one.includes('://') && originOf(one) === url.origin)
  const isTrusted = isTyped || trusts(url.origin)
  if (url.protocol !== 'https:' && !(isTrusted && url.protocol === 'http:'))
    throw new FetchRefused('scheme', host, `${url.protocol.slice(0, 20)} where https is asked`)
  if (!isTrusted && url.port !== '') throw new FetchRefused('port', host, `port ${url.port} where 443 is allowed`)
  if (!isTrusted && !hosts.some((one) => isHost(host, one)))
    throw new FetchRefused('host', host, 'the host is none of those that serve this')
  return { url, host, isTrusted }
}

const originOf = (text: string): string | null => (URL.canParse(text) ? new URL(text).origin : null)

function isHost(host: string, pattern: string): boolean {
  const wanted = pattern.toLowerCase()
  return wanted.startsWith('.') ? host.endsWith(wanted) && host.length > wanted.length : host === wanted
}

/** Every address the name has, not only the one that would be used: one bad among them is a trap or a mistake. */
export function checkAddresses(target: Target, addresses: readonly string[]): readonly string[] {
  if (target.isTrusted) return addresses
  for (const address of addresses) {
    const why = whyNotPublic(address)
    if (why !== null) throw new FetchRefused('address', target.host, `it leads to a ${why} address`)
  }
  return addresses
}
