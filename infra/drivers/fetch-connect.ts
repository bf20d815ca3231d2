// One request to addresses that were checked: no second look-up, no proxy, TLS verified, no redirect followed (S9, S21).
import * as http from 'node:http'
import * as https from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'
import { FetchRefused } from './fetch-rules.ts'
import type { Target } from './fetch-rules.ts'

export interface Connect {
  readonly addresses: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** Certificates to trust besides the well-known ones (an administrator's private authority). */
  readonly ca: readonly string[] | null
  readonly signal: AbortSignal
}

/** Resolves with the head of the answer; its body is still to come. */
export function requestFrom(
  target: Target,
  { addresses, headers, ca, signal }: Connect,
): Promise<http.IncomingMessage> {
  const isTls = target.url.protocol === 'https:'
  const options: https.RequestOptions = {
    method: 'GET',
    headers: { 'accept-encoding': 'identity', 'user-agent': 'inlet', ...headers, host: target.url.host },
    lookup: onlyThese(addresses),
    // Of its own, so that no proxy of the environment and no kept connection to an address checked for somebody else is used.
    agent: isTls ? new https.Agent({ keepAlive: false }) : new http.Agent({ keepAlive: false }),
    maxHeaderSize: 16_384,
    signal,
    ...(isTls ? tlsFor(target, ca) : {}),
  }
  return new Promise((resolve, reject) => {
    const request = (isTls ? https : http).request(target.url, options)
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    request.on('response', (answer) => {
      const peer = answer.socket.remoteAddress ?? ''
      if (addresses.some((one) => sameAddress(one, peer))) return resolve(answer)
      answer.destroy()
      reject(new FetchRefused('address', target.host, 'the connection went to another address than the one checked'))
    })
    request.end()
  })
}

const tlsFor = (target: Target, ca: readonly string[] | null): https.RequestOptions => ({
  rejectUnauthorized: true,
  minVersion: 'TLSv1.2',
  ...(isIP(target.host) ? {} : { servername: target.host }),
  ...(ca ? { ca: [...getCACertificates('default'), ...ca] } : {}),
})

/** Whatever name Node asks for, the checked addresses are the answer. */
const onlyThese =
  (addresses: readonly string[]): LookupFunction =>
  (_name, options, done) => {
    const all = addresses.map((address) => ({ address, family: isIP(address) }))
    const first = all[0]
    if (options.all) return done(null, all)
    return done(first ? null : new Error('no address to connect to'), first?.address ?? '', first?.family ?? 0)
  }

const sameAddress = (one: string, other: string): boolean => plain(one) === plain(other)
const plain = (address: string): string => (isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : address)
