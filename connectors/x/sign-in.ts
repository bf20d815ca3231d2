// With what an account calls the vendor: an OAuth 2.0 token that is renewed near its end, or an OAuth 1.0a token that does not end.
import { createHash } from 'node:crypto'
import { messageOf } from '../../core/errors.ts'
import type { Account, Edges } from '../../core/ports/channel.ts'
import type { VendorAnswer } from '../../core/ports/edges.ts'
import type { Instant } from '../../schemas/ids.ts'
import { NoToken } from '../_shared/no-token.ts'
import { numberAt, textAt } from '../_shared/read-json.ts'
import { secretOr } from '../_shared/secret-or.ts'
import type { Credentials } from './compose.ts'
import { jsonOf } from './errors.ts'
import { defaultApi, type SecretName, type Settings } from './settings.ts'

export type Ours = Account<Settings, SecretName>
export interface Way {
  readonly account: Ours
  readonly edges: Edges
  readonly signal: AbortSignal
}
export type SignedIn =
  | Credentials
  /** `auth`: somebody must act. `later`: the token endpoint did not answer, or the new tokens could not be stored. */
  | { readonly is: 'none'; readonly cause: 'auth' | 'later'; readonly why: string }

/** Renewed when less than this is left, and never sooner: vendors take back a grant that is renewed all the time (P8). */
const nearEndMs = 5 * 60_000
const usualSeconds = 7_200
const limits = { timeoutMs: 20_000, maxBytes: 100_000 } as const

/** `refused`: the vendor did not take this one, so it is renewed whatever its end says. */
export async function signIn(way: Way, refused?: string): Promise<SignedIn> {
  const { account } = way
  const held = await pairOf(account)
  if (held === null) return (await userToken(account)) ?? nothingSet(account)
  if (held.access !== null && held.access !== refused && !isNearEnd(held.until, way)) return bearer(held.access)
  if (held.refresh === null) {
    if (refused === undefined && held.access !== null) return bearer(held.access)
    return none(
      'auth',
      `${account.id}: X does not take the access token any more and there is no refreshToken; connect the account again`,
    )
  }
  try {
    return bearer(await renewed(way, held.seed))
  } catch (error) {
    if (error instanceof NoToken) return none(error.because, error.message)
    if (way.signal.aborted) throw error
    return none('later', `${account.id}: the token could not be renewed: ${messageOf(error)}`)
  }
}
const bearer = (token: string): Credentials => ({ is: 'bearer', token })
const none = (cause: 'auth' | 'later', why: string): SignedIn => ({ is: 'none', cause, why })
const nothingSet = (account: Ours): SignedIn =>
  none(
    'auth',
    `${account.id}: no access token is set; give the account accessToken and refreshToken, or userToken and userTokenSecret`,
  )

const isNearEnd = (until: Instant | null, { edges }: Way): boolean =>
  until !== null && Date.parse(until) - Date.parse(edges.clock.now()) < nearEndMs

/** The pair as it is kept. `seed` tells which refresh token, given by a person, it descends from. */
interface Kept {
  readonly access: string
  readonly refresh: string
  readonly seed: string
}
const fingerprint = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 16)
function keptIn(text: string | null): Kept | null {
  const value = text === null ? null : jsonOf(Buffer.from(text))
  const [access, refresh, seed] = ['access', 'refresh', 'seed'].map((name) => textAt(value, name))
  return access === undefined || refresh === undefined || seed === undefined ? null : { access, refresh, seed }
}

/** A refresh token that a person gave since goes before what descends from an older one. Null: no token of OAuth 2.0 at all. */
async function pairOf(account: Ours) {
  const [access, refresh] = [await secretOf(account, 'accessToken'), await secretOf(account, 'refreshToken')]
  const seed = fingerprint(refresh ?? '')
  const kept = keptIn(await secretOf(account, 'tokens'))
  if (kept !== null && kept.seed === seed) return { ...kept, until: account.expiresAt('tokens') }
  return access === null && refresh === null ? null : { access, refresh, seed, until: null }
}

/**
 * A refresh token works once. Under the account's lease the pair as it is stored now is read, used, and its successor stored as one
 * value before anybody calls with it; whoever waited meanwhile gets that one.
 */
async function renewed(way: Way, seed: string): Promise<string> {
  const { account } = way
  let used: string | null = null
  const value = await account.renew('tokens', async (old) => {
    const kept = keptIn(old)
    const refresh = kept !== null && kept.seed === seed ? kept.refresh : await secretOf(account, 'refreshToken')
    if (refresh === null) throw new NoToken('auth', `${account.id}: the secret refreshToken is not set`)
    used = fingerprint(refresh)
    const granted = unstored.get(used) ?? (await asked(refresh, way))
    unstored.set(used, granted)
    const { access, refresh: next, until } = granted
    return { value: JSON.stringify({ access, refresh: next, seed }), expiresAt: until }
  })
  if (used !== null) unstored.delete(used)
  const pair = keptIn(value)
  if (pair === null) throw new NoToken('later', `${account.id}: what is kept as tokens cannot be read; clear it`)
  return pair.access
}

interface Granted {
  readonly access: string
  readonly refresh: string
  readonly until: Instant
}
/** Got and not stored, because the database went away in that moment: the old one is burnt, so the next try stores these. */
const unstored = new Map<string, Granted>()

/** `twitter-api-v2` has the token endpoint's address fixed in its code; this one follows `apiBase`. */
async function asked(refresh: string, { account, edges, signal }: Way): Promise<Granted> {
  const { apiBase = defaultApi, clientId } = account.settings
  if (clientId === undefined)
    throw new NoToken('auth', `${account.id}: the setting clientId is needed to renew the access token`)
  const secret = await secretOf(account, 'clientSecret')
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret ?? '')}`).toString('base64')
  const headers = secret === null ? {} : { authorization: `Basic ${basic}` }
  const form = { grant_type: 'refresh_token', refresh_token: refresh, client_id: clientId }
  const url = `${apiBase.replace(/\/+$/, '')}/2/oauth2/token`
  const answer = await edges.http.call(
    { method: 'POST', url, headers, body: new URLSearchParams(form), ...limits },
    signal,
  )
  return grantedIn(answer, { account, edges, refresh })
}

/** RFC 6749 section 5.2: 400 and 401 judge what we showed; anything else is the endpoint's own trouble. */
function grantedIn(
  answer: VendorAnswer,
  { account, edges, refresh }: Pick<Way, 'account' | 'edges'> & { readonly refresh: string },
): Granted {
  if (answer.is !== 'answer')
    throw new NoToken('later', `${account.id}: the token endpoint did not answer: ${answer.why}`)
  const body = jsonOf(answer.body)
  if (answer.status !== 200) {
    const isJudged = answer.status === 400 || answer.status === 401
    const said = (textAt(body, 'error') ?? `HTTP ${answer.status}`).replaceAll(refresh, '[secret]').slice(0, 100)
    const then = isJudged ? '; connect the account again and set refreshToken' : ''
    throw new NoToken(isJudged ? 'auth' : 'later', `${account.id}: the token endpoint refused: ${said}${then}`)
  }
  const access = textAt(body, 'access_token')
  if (access === undefined) throw new NoToken('later', `${account.id}: the token endpoint answered without a token`)
  const until = Date.parse(edges.clock.now()) + (numberAt(body, 'expires_in') ?? usualSeconds) * 1000
  return { access, refresh: textAt(body, 'refresh_token') ?? refresh, until: new Date(until).toISOString() as Instant }
}

/** OAuth 1.0a: null where the account has none. Its signature needs the app's key and secret beside the account's. */
export async function userToken(account: Ours): Promise<Credentials | null> {
  const [accessToken, accessSecret] = [await secretOf(account, 'userToken'), await secretOf(account, 'userTokenSecret')]
  const appSecret = (await secretOf(account, 'appSecret')) ?? (await secretOf(account, 'consumerSecret'))
  const appKey = account.settings.consumerKey
  if (accessToken === null || accessSecret === null || appSecret === null || appKey === undefined) return null
  return { is: 'oauth1', appKey, appSecret, accessToken, accessSecret }
}

/** Pasted with a line end behind it, it is the same. */
const secretOf = async (account: Ours, name: SecretName): Promise<string | null> =>
  (await secretOr(account, name))?.trim() ?? null
