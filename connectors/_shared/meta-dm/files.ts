// Brings a customer's file: the address came with the message, is signed, and ends; it is fetched as it is, without our token.
import { isGatewayError, messageOf } from '../../../core/errors.ts'
import type { AnyChannel, Account, Edges } from '../../../core/ports/channel.ts'
import type { MetaSettings } from '../meta-account.ts'
import { jsonObject } from '../meta-graph.ts'

type Fetched = Awaited<ReturnType<NonNullable<AnyChannel['fetchFile']>>>
type Ended = Exclude<Fetched, { is: 'file' }>
const ended = (is: Ended['is'], why: string): Ended => ({ is, why })
const fetchTimeoutMs = 100_000
/** Whatever people may send one another there is smaller (25 MB); comments carry nothing larger. */
const maxBytes = 100 * 1_024 * 1_024

/** `hosts`: where the vendor serves files of people. An administrator's `apiBase` is trusted as well. */
export async function fetchByAddress(
  atVendor: string,
  of: { readonly account: Account<MetaSettings, never>; readonly hosts: readonly string[]; readonly base: string },
  by: { readonly edges: Edges; readonly signal: AbortSignal },
): Promise<Fetched> {
  const wanted = jsonObject(new TextEncoder().encode(atVendor))
  const url = wanted?.['url']
  if (typeof url !== 'string') return ended('gone', 'There is no address to fetch the file by')
  const hosts = [...of.hosts, new URL(of.account.settings.apiBase ?? of.base).origin]
  try {
    const answer = await by.edges.http.fetch(url, { hosts, maxBytes, timeoutMs: fetchTimeoutMs }, by.signal)
    if (answer.status === 200) return { is: 'file', bytes: answer.bytes, type: answer.type }
    for await (const _ of answer.bytes) break
    const why = `The vendor’s address of the file answered HTTP ${answer.status}`
    return ended([403, 404, 410].includes(answer.status) ? 'gone' : 'try-later', why)
  } catch (error) {
    if (isGatewayError(error, 'event.invalid')) return ended('blocked', messageOf(error))
    return ended('try-later', `The file could not be read to its end: ${messageOf(error)}`)
  }
}
