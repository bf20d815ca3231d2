// Says of an IP address whether it is out in the public internet, and if not, what it is (S8).
import ipaddr from 'ipaddr.js'

/** Public by their number, and yet a cloud's inside: the Azure host's wire server (learn.microsoft.com, "What is IP address 168.63.129.16", 2026-11). */
const insideClouds = new Set(['168.63.129.16'])
/** RFC 9637, younger than the table of ipaddr.js. */
const documentation6 = ipaddr.parseCIDR('3fff::/20')
const global6 = ipaddr.parseCIDR('2000::/3')

/** Null for a public address; else the reason to stay away. Takes what a resolver or a URL gives; what it cannot read is refused. */
export function whyNotPublic(address: string): string | null {
  const plain = address.replace(/^\[|\]$/g, '')
  if (plain.includes('%') || !ipaddr.isValid(plain)) return 'no plain IP address'
  const ip = ipaddr.parse(plain)
  return ip instanceof ipaddr.IPv6 ? why6(ip) : why4(ip)
}

function why4(ip: ipaddr.IPv4): string | null {
  if (insideClouds.has(ip.toString())) return 'metadata'
  const range = ip.range()
  return range === 'unicast' ? null : range
}

/** An address that carries a v4 address is as good as that one; everything outside 2000::/3 is nobody's public address. */
function why6(ip: ipaddr.IPv6): string | null {
  const range = ip.range()
  const bytes = ip.toByteArray()
  if (range === 'ipv4Mapped' || range === 'rfc6052') return why4(new ipaddr.IPv4(bytes.slice(12)))
  if (range !== 'unicast') return range
  if (!ip.match(global6)) return 'reserved'
  return ip.match(documentation6) ? 'documentation' : null
}
