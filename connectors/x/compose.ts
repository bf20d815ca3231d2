// Composes a call with `twitter-api-v2`: path, fields, body and the OAuth 1.0a signature are its; that it is sent, and how, is ours.
import type { TwitterApiv2 } from 'twitter-api-v2'
import type { VendorRequest } from '../../core/ports/edges.ts'

export type Credentials =
  | { readonly is: 'bearer'; readonly token: string }
  | {
      readonly is: 'oauth1'
      readonly appKey: string
      readonly appSecret: string
      readonly accessToken: string
      readonly accessSecret: string
    }
export type Ask = (v2: TwitterApiv2) => Promise<unknown>
export type Composed = Pick<VendorRequest, 'method' | 'url' | 'headers'> & {
  readonly body?: Readonly<Record<string, unknown>>
}

class Caught extends Error {
  readonly request: Composed
  constructor(request: Composed) {
    super('composed')
    this.request = request
  }
}

/**
 * The library sends by `https` alone, to addresses it chose itself, without a bound on the answer and without telling "never left" from
 * "perhaps arrived". So its hook before a request takes what it made, and the call goes through the same door as every vendor's.
 */
export async function composed(ask: Ask, as: Credentials, apiBase: string): Promise<Composed> {
  // Loaded by the first call: 50 ms and 10 MB that a gateway without this channel's accounts never pays.
  const { TwitterApi } = await import('twitter-api-v2')
  const plugins = [
    {
      onBeforeRequest: ({ computedParams: made }: { computedParams: Made }) => {
        const body = typeof made.body === 'string' ? (JSON.parse(made.body) as Record<string, unknown>) : undefined
        const headers = authorizationOf(made.headers)
        const method = made.method as Composed['method']
        throw new Caught({ method, url: made.url.href, headers, ...(body === undefined ? {} : { body }) })
      },
    },
  ]
  const client = as.is === 'bearer' ? new TwitterApi(as.token, { plugins }) : new TwitterApi(as, { plugins })
  // Protected in its types only; an OAuth 1.0a signature covers the address, so it must be right from the start.
  const v2 = client.v2 as unknown as { setPrefix(prefix: string): void }
  v2.setPrefix(`${apiBase.replace(/\/+$/, '')}/2/`)
  try {
    await ask(client.v2)
  } catch (error) {
    if (error instanceof Caught) return error.request
    throw error
  }
  throw new Error('twitter-api-v2 answered without asking; its hook before requests is not called any more')
}

interface Made {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}
/** Of its headers only the proof of who calls; content types are the transport's. */
const authorizationOf = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
  return given === undefined ? {} : { authorization: given }
}

/** The signature for an address that came with data (a file in a direct message). */
export async function signedHeaders(url: string, as: Credentials): Promise<Readonly<Record<string, string>>> {
  if (as.is === 'bearer') return { authorization: `Bearer ${as.token}` }
  const at = new URL(url)
  const query = Object.fromEntries(at.searchParams)
  const whole = `${at.origin}${at.pathname}`
  const { headers = {} } = await composed((v2) => v2.get(whole, query, { prefix: '' }), as, at.origin)
  return headers
}
