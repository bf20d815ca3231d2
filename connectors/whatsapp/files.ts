// Brings a customer's file: asks the vendor for an address that lives five minutes, fetches it there, and checks its hash.
import { createHash } from 'node:crypto'
import { isGatewayError, messageOf } from '../../core/errors.ts'
import type { AnyChannel, Edges } from '../../core/ports/channel.ts'
import { callGraph, jsonObject, speakable, type Graph } from '../_shared/meta-graph.ts'
import { graphOf, type SendAccount } from './account-graph.ts'
import { incomingFileMaxBytes } from './limits.ts'
import { mediaHosts } from './settings.ts'

type Fetched = Awaited<ReturnType<NonNullable<AnyChannel['fetchFile']>>>
type Ended = Exclude<Fetched, { is: 'file' }>
/** What normalize put into `atVendor`. */
interface Wanted {
  readonly id: string
  readonly sha256: string | null
  readonly type: string | null
}
interface Found {
  readonly url: string
  readonly sha256: string | null
  readonly type: string | null
}

const fetchTimeoutMs = 100_000
const ended = (is: Ended['is'], why: string): Ended => ({ is, why })

/**
 * The address a webhook carries is not used: it lives five minutes as well and may be absent. The token goes to the vendor's media
 * hosts and to the administrator's `apiBase`, nowhere else (S8–S10). A file is held whole until its hash is known, so what is kept was
 * checked; its largest size is the vendor's own, 100 MB.
 */
export async function fetchFile(
  atVendor: string,
  account: SendAccount,
  edges: Edges,
  signal: AbortSignal,
): Promise<Fetched> {
  const wanted = wantedOf(atVendor)
  if (wanted === null) return ended('gone', 'There is no media id to ask the vendor for')
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return ended('try-later', graph.outcome.why)
  const way = { wanted, account, edges, graph }
  const first = await fetchOnce(way)
  // An address may end between its making and its use; a second one that is not found either means that the file is not there.
  return first.is === 'expired' ? orGone(await fetchOnce(way)) : first
}

interface Way {
  readonly wanted: Wanted
  readonly account: SendAccount
  readonly edges: Edges
  readonly graph: Graph
}
type Once = Fetched | { readonly is: 'expired'; readonly why: string }
const orGone = (it: Once): Fetched => (it.is === 'expired' ? ended('gone', it.why) : it)

async function fetchOnce(way: Way): Promise<Once> {
  const found = await addressOf(way)
  if ('is' in found) return found
  const { edges, graph, wanted } = way
  const hosts = [...mediaHosts, new URL(graph.apiBase).origin]
  const headers = { authorization: `Bearer ${graph.token.trim()}`, 'user-agent': 'Inlet/1' }
  const limits = { hosts, headers, maxBytes: incomingFileMaxBytes, timeoutMs: fetchTimeoutMs }
  try {
    const answer = await edges.http.fetch(found.url, limits, graph.signal)
    if (answer.status !== 200) return await notServed(answer, wanted)
    return await checked(answer.bytes, { ...wanted, type: wanted.type ?? found.type }, found)
  } catch (error) {
    const why = speakable(messageOf(error), graph.token)
    if (isGatewayError(error, 'event.invalid')) return ended('blocked', why)
    return ended('try-later', `The file could not be read to its end: ${why}`)
  }
}

/** A refused token is the account's trouble, not the file's: said once, and the file waits. */
async function addressOf({ wanted, account, graph }: Way): Promise<Found | Ended> {
  const query = { phone_number_id: account.settings.phoneNumberId }
  const answer = await callGraph({ method: 'GET', path: encodeURIComponent(wanted.id), query }, graph)
  if (answer.is === 'failed') {
    const { why } = answer.outcome
    if (answer.outcome.is === 'account-down') account.health('auth_failed', why)
    const isMissing = answer.status === 404 || answer.outcome.is === 'refused'
    return answer.health === null && isMissing ? ended('gone', why) : ended('try-later', why)
  }
  const { url, sha256, mime_type: type } = answer.body
  if (typeof url !== 'string') return ended('try-later', 'The vendor gave no address for the file')
  return { url, sha256: textOf(sha256), type: textOf(type) }
}

async function notServed(
  answer: { readonly status: number; readonly bytes: AsyncIterable<Uint8Array> },
  wanted: Wanted,
): Promise<Once> {
  const why = `The vendor’s address of file ${wanted.id} answered HTTP ${answer.status}`
  for await (const _ of answer.bytes) break
  if (answer.status === 404 || answer.status === 410) return { is: 'expired', why }
  return ended('try-later', why)
}

/** The vendor writes base64 in webhooks, base64 or hex in its record (sheet section 6); both must hold where both are there. */
async function checked(bytes: AsyncIterable<Uint8Array>, wanted: Wanted, found: Found): Promise<Fetched> {
  const hash = createHash('sha256')
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) {
    hash.update(chunk)
    chunks.push(chunk)
  }
  const hex = hash.digest('hex')
  const differs = [wanted.sha256, found.sha256].some((it) => it !== null && hexOf(it) !== hex)
  if (differs) return ended('blocked', `The bytes of file ${wanted.id} are not those the vendor announced (sha256)`)
  return { is: 'file', bytes: inOrder(chunks), type: wanted.type ?? 'application/octet-stream', sha256: hex }
}
async function* inOrder(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}
const hexOf = (hash: string): string =>
  /^[0-9a-f]{64}$/i.test(hash) ? hash.toLowerCase() : Buffer.from(hash, 'base64').toString('hex')

function wantedOf(atVendor: string): Wanted | null {
  const it = jsonObject(new TextEncoder().encode(atVendor))
  const id = textOf(it?.['id'])
  return id === null ? null : { id, sha256: textOf(it?.['sha256']), type: textOf(it?.['type']) }
}
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
