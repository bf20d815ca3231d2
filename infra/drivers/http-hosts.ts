// Which Host headers this process answers (S29): its own address, the public one, and those that were allowed by name.
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

export interface HostRules {
  readonly host: string
  readonly publicUrl: string | null
  readonly allowedHosts: readonly string[]
}

/**
 * A page of a stranger can point its own name at our address (DNS rebinding) and have a browser call us: the name gives it away. An
 * address that the connection really came to, and `localhost` where that is a loopback one, cannot be such a name.
 */
export function makeHostCheck(rules: HostRules): (request: FastifyRequest) => boolean {
  const named = new Set([rules.host, ...rules.allowedHosts, ...publicHosts(rules.publicUrl)].map(normal))
  return (request) => {
    // `host` is the forwarded one where the connection came from a trusted proxy.
    const asked = normal(request.host)
    const name = withoutPort(asked)
    if (asked === '') return false
    if (named.has(asked) || named.has(name)) return true
    // On every interface nobody knows by which address a caller came (a container's port is mapped); a number is no stranger's name.
    if (isEverywhere(rules.host) && (name === 'localhost' || isNumber(name))) return true
    const { localAddress = '' } = request.socket
    const local = localAddress.replace(/^::ffff:/, '')
    return name === bracketed(local) || (name === 'localhost' && isLoopback(local))
  }
}

const publicHosts = (url: string | null): readonly string[] =>
  url === null ? [] : [new URL(url).host, new URL(url).hostname]
const normal = (host: string): string =>
  host
    .trim()
    .toLowerCase()
    .replace(/\.(?=$|:)/, '')
const withoutPort = (host: string): string => host.replace(/:\d{1,5}$/, '')
const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)
const isEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::' || host === '[::]'
const isNumber = (name: string): boolean => isIP(name.replace(/^\[|\]$/g, '')) !== 0
const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')
