// Brings a customer's file: public ones as anybody may fetch them, those of direct messages with the account's own signature.
import { isGatewayError, messageOf } from '../../core/errors.ts'
import type { AnyChannel, Edges } from '../../core/ports/channel.ts'
import { signedHeaders, type Credentials } from './compose.ts'
import { speakable } from './errors.ts'
import { defaultApi, privateFileHosts, publicFileHosts } from './settings.ts'
import { signIn, userToken, type Ours, type Way } from './sign-in.ts'

type Fetched = Awaited<ReturnType<NonNullable<AnyChannel['fetchFile']>>>
/** The largest film of a post is 512 MB; what a customer shows a shop is not. */
const limits = { maxBytes: 100_000_000, timeoutMs: 100_000 } as const

export async function fetchFile(atVendor: string, account: Ours, edges: Edges, signal: AbortSignal): Promise<Fetched> {
  const url = URL.parse(atVendor)
  if (url === null) return { is: 'gone', why: 'There is no address to fetch the file from' }
  const way = { account, edges, signal }
  const api = new URL(account.settings.apiBase ?? defaultApi).origin
  const isPrivate = url.origin === api || privateFileHosts.some((host) => host === url.hostname)
  const as = isPrivate ? await whoFetches(way) : null
  if (as !== null && 'why' in as) return { is: 'try-later', why: as.why }
  // The account's proof goes to the vendor's hosts for private files and to the administrator's own address, nowhere else (S8–S10).
  const hosts = isPrivate ? [...privateFileHosts, api] : [...publicFileHosts]
  try {
    const headers = as === null ? {} : await signedHeaders(url.href, as)
    return await fetched(await edges.http.fetch(url.href, { hosts, headers, ...limits }, signal), account)
  } catch (error) {
    const why = speakable(messageOf(error), as === null ? [] : secretsOf(as))
    return isGatewayError(error, 'event.invalid')
      ? { is: 'blocked', why }
      : { is: 'try-later', why: `The file could not be read to its end: ${why}` }
  }
}

/** Files of direct messages are given to OAuth 1.0a (sheet section 3.4); whether a bearer token would do is unconfirmed, and it is tried where there is no other. */
async function whoFetches(way: Way): Promise<Credentials | { readonly why: string }> {
  const own = await userToken(way.account)
  if (own !== null) return own
  const signed = await signIn(way)
  return signed.is === 'none' ? { why: signed.why } : signed
}
const secretsOf = (as: Credentials): readonly string[] =>
  as.is === 'bearer' ? [as.token] : [as.accessToken, as.accessSecret, as.appSecret]

async function fetched(answer: Awaited<ReturnType<Edges['http']['fetch']>>, account: Ours): Promise<Fetched> {
  if (answer.status === 200) return { is: 'file', bytes: answer.bytes, type: answer.type }
  for await (const _ of answer.bytes) break
  if (answer.status === 404 || answer.status === 410)
    return { is: 'gone', why: `X does not have the file any more (HTTP ${answer.status})` }
  if (answer.status !== 401 && answer.status !== 403)
    return { is: 'try-later', why: `X answered HTTP ${answer.status} for the file` }
  const why = `X does not give the file (HTTP ${answer.status}): files of direct messages want userToken and userTokenSecret (OAuth 1.0a) and the setting consumerKey`
  account.health('degraded', why)
  return { is: 'try-later', why }
}
