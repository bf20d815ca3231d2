// What our own receiving hop found out about the sender; what anybody else says of it is not believed (RFC 8601, sheet section 6).
import { BlockList, isIP } from 'node:net'
import { asInDns, domainOf } from '../address.ts'
import type { Mail } from '../mime/mail.ts'
import type { MailMeta } from '../raw-mail.ts'
import type { Settings } from '../settings.ts'

export interface Authentication {
  readonly spf: string
  readonly dkim: string
  readonly dmarc: string
  readonly arc: string
  /** Of several signatures the one that counts: made by the sender's own domain, or the one above it. */
  readonly aligned?: string
  /** The envelope's sender is of that domain too, and came from a server of it (SPF). */
  readonly envelope?: string
}
export const unknown: Authentication = { spf: 'unknown', dkim: 'unknown', dmarc: 'unknown', arc: 'unknown' }

const isOurs = (host: string, trusted: readonly string[]): boolean =>
  trusted.some((it) => host === it.toLowerCase() || host.endsWith(`.${it.toLowerCase()}`))

/**
 * A mailbox's server writes its own words on top. At our own port whoever brings a mail has written all of it: results under our name are ours
 * only where one of our own servers brought them.
 */
export function believedHosts(
  { envelopeFrom, peer }: Pick<MailMeta, 'envelopeFrom' | 'peer'>,
  { trustedHosts = [], trustedRelays = [] }: Pick<Settings, 'trustedHosts' | 'trustedRelays'>,
): readonly string[] {
  return envelopeFrom === undefined || isAmong(peer ?? '', trustedRelays) ? trustedHosts : []
}

function isAmong(address: string, networks: readonly string[]): boolean {
  const kindOf = (it: string) => (isIP(it) === 6 ? 'ipv6' : 'ipv4')
  const list = new BlockList()
  for (const network of networks) {
    const [of = '', bits] = network.split('/')
    const most = isIP(of) === 6 ? 128 : 32
    if (isIP(of) !== 0 && Number(bits ?? most) <= most) list.addSubnet(of, Number(bits ?? most), kindOf(of))
  }
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(plain) !== 0 && list.check(plain, kindOf(plain))
}

/** The topmost result of a trusted name, above the first hop that is not ours. */
export function authenticationOf({ headers, anomalies, from }: Mail, trusted: readonly string[]): Authentication {
  if (trusted.length === 0 || anomalies.includes('duplicate-header:from')) return unknown
  for (const [name, value] of headers) {
    if (name === 'received') {
      const by = /\bby\s+([^\s;()]+)/i.exec(value)?.[1]?.toLowerCase() ?? ''
      if (!isOurs(by, trusted)) return unknown
    }
    if (name !== 'authentication-results') continue
    const host = /^\s*([^\s;]+)/.exec(value)?.[1]?.toLowerCase() ?? ''
    if (isOurs(host, trusted)) return readResults(value, domainOf(from[0]?.address))
  }
  return unknown
}

function readResults(value: string, sender: string): Authentication {
  const found = resultsIn(value)
  const said = (method: string): string => found.find((it) => it.method === method)?.result ?? 'none'
  const aligned = (method: string) =>
    found.find((it) => it.method === method && it.result === 'pass' && isAligned(it.domain, sender))?.domain
  const [signer, envelope] = [aligned('dkim'), aligned('spf')]
  return {
    spf: said('spf'),
    dkim: said('dkim'),
    dmarc: said('dmarc'),
    arc: said('arc'),
    ...(signer === undefined ? {} : { aligned: signer }),
    ...(envelope === undefined ? {} : { envelope }),
  }
}

/** They may stand in one another; what follows one that does not end is its words too. */
function withoutComments(text: string): string {
  let depth = 0
  return [...text]
    .filter((it) => {
      if (it === '(') depth += 1
      const isOutside = depth === 0
      if (it === ')') depth = Math.max(0, depth - 1)
      return isOutside
    })
    .join('')
}

/**
 * Each method with its result, and who signed. What stands in quotes or brackets is left out: it may be the sender's own words, such as an
 * envelope address that reads like a result.
 */
function resultsIn(value: string) {
  const bare = withoutComments(
    value
      .slice(0, 8_000)
      .replace(/"(?:[^"\\]|\\.){0,998}"/g, '""')
      .replace(/\\./gs, ''),
  ).replace(/"[^"].*$/s, '')
  return bare.split(';').flatMap((part) => {
    const [, method, result] = /^\s{0,100}([a-z]{1,20})\s{0,20}=\s{0,20}([a-z]{1,20})/i.exec(part) ?? []
    if (method === undefined || result === undefined) return []
    const [, domain = ''] =
      /\s(?:header\.d|smtp\.mailfrom)\s{0,20}=\s{0,20}(?:[^\s;"@]{0,64}@)?([^\s;"@]{1,253})/i.exec(part) ?? []
    return [{ method: method.toLowerCase(), result: result.toLowerCase(), domain: asInDns(domain) }]
  })
}

/** Nobody but its owner has the key of a domain, or of the one above it; a domain below is not asked: it may be let to somebody else. */
const isAligned = (signer: string, sender: string): boolean =>
  sender !== '' && signer.includes('.') && (sender === signer || sender.endsWith(`.${signer}`))

/** Our own receiving hop vouches that the mail is from whom it says: alignment counts, no bare pass. */
export const isProven = ({ dmarc, aligned }: Authentication): boolean => dmarc === 'pass' || aligned !== undefined

/** It came in from outside under an address of ours, and nothing shows that we sent it. Where nobody looked, nothing is said against it. */
export const isForeignAsOurs = (found: Authentication): boolean =>
  found.spf !== 'unknown' && !isProven(found) && found.envelope === undefined

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
