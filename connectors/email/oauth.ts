// Tokens of OAuth2: used while they hold, renewed near their end and never sooner, one process at a time (P8).
import { messageOf } from '../../core/errors.ts'
import type { Account, Edges } from '../../core/ports/channel.ts'
import type { VendorAnswer } from '../../core/ports/edges.ts'
import type { Instant } from '../../schemas/ids.ts'
import { NoToken } from '../_shared/no-token.ts'
import { isObject, textAt } from '../_shared/read-json.ts'
import { heldSecret } from './held-secret.ts'
import { presetOf } from './providers.ts'
import type { SecretName, Settings } from './settings.ts'

type Ours = Account<Settings, SecretName>
export type Token =
  | { readonly is: 'token'; readonly accessToken: string }
  | { readonly is: 'none'; readonly cause: 'auth' | 'later'; readonly why: string }

/** Renewed when less than this is left: a log-in and a mail must fit in. */
const nearEndMs = 5 * 60_000
/** Where the endpoint does not say how long its token holds. */
const usualSeconds = 3_600
const limits = { timeoutMs: 20_000, maxBytes: 100_000 } as const

/** `refused`: the server did not take this one, so it is renewed whatever its end says. */
export async function accessToken(
  account: Ours,
  refused: string | undefined,
  edges: Edges,
  signal: AbortSignal,
): Promise<Token> {
  try {
    // One that cannot be opened any more is made anew.
    const held = await heldSecret(account, 'accessToken')
    if (held !== null && 'is' in held && held.is !== refused && !isNearEnd(account, edges))
      return { is: 'token', accessToken: held.is }
    return { is: 'token', accessToken: await renewed(account, edges, signal) }
  } catch (error) {
    if (error instanceof NoToken) return { is: 'none', cause: error.because, why: error.message }
    if (signal.aborted) throw error
    return { is: 'none', cause: 'later', why: `${account.id}: the token could not be renewed: ${messageOf(error)}` }
  }
}

/** Null where it is not set. */
async function secretOf(account: Ours, name: SecretName): Promise<string | null> {
  const held = await heldSecret(account, name)
  if (held !== null && 'why' in held) throw new NoToken('auth', held.why)
  return held?.is ?? null
}

/** One whose end nobody knows is used until it is refused. */
function isNearEnd(account: Ours, { clock }: Edges): boolean {
  const until = account.expiresAt('accessToken')
  return until !== null && Date.parse(until) - Date.parse(clock.now()) < nearEndMs
}

/** Under the lease of the access token; a refresh token that turns is stored before the access token it came with. */
function renewed(account: Ours, edges: Edges, signal: AbortSignal): Promise<string> {
  return account.renew('accessToken', async () => {
    const ours = await asked(account, edges, signal)
    if (ours.refreshToken !== undefined) {
      const { refreshToken } = ours
      await account.renew('refreshToken', () => Promise.resolve({ value: refreshToken, expiresAt: null }))
    }
    const until = Date.parse(edges.clock.now()) + ours.seconds * 1000
    return { value: ours.accessToken, expiresAt: new Date(until).toISOString() as Instant }
  })
}

interface Granted {
  readonly accessToken: string
  readonly seconds: number
  /** Another one than before. */
  readonly refreshToken?: string
}
async function asked(account: Ours, edges: Edges, signal: AbortSignal): Promise<Granted> {
  const { settings } = account
  const url = settings.oauth?.tokenUrl ?? presetOf(settings)?.tokenUrl
  if (url === undefined) throw new NoToken('auth', `${account.id}: the setting oauth names no tokenUrl`)
  const [form, refresh] = await formOf(account)
  const answer = await edges.http.call(
    { method: 'POST', url, body: new URLSearchParams(form), headers: { accept: 'application/json' }, ...limits },
    signal,
  )
  return grantedIn(answer, account, refresh)
}

async function formOf(account: Ours): Promise<readonly [Record<string, string>, string | null]> {
  const { oauth } = account.settings
  const scope = oauth?.scope ?? presetOf(account.settings)?.scope
  const secret = await secretOf(account, 'clientSecret')
  const head = {
    client_id: oauth?.clientId ?? '',
    ...(secret === null ? {} : { client_secret: secret }),
    ...(scope === undefined ? {} : { scope }),
  }
  if (oauth?.grant === 'client_credentials') return [{ ...head, grant_type: 'client_credentials' }, null]
  const refresh = await secretOf(account, 'refreshToken')
  if (refresh === null)
    throw new NoToken(
      'auth',
      `${account.id}: the secret refreshToken is not set; give the account one by signing in at the provider`,
    )
  return [{ ...head, grant_type: 'refresh_token', refresh_token: refresh }, refresh]
}

/** RFC 6749 section 5.2: 400 and 401 judge what we showed; anything else is the endpoint's own trouble. */
function grantedIn(answer: VendorAnswer, account: Ours, refresh: string | null): Granted {
  if (answer.is !== 'answer')
    throw new NoToken('later', `${account.id}: the token endpoint did not answer: ${answer.why}`)
  const body = jsonOf(answer.body)
  if (answer.status !== 200) {
    const said = textAt(body, 'error') ?? `HTTP ${answer.status}`
    const isJudged = [400, 401].includes(answer.status) && said !== 'temporarily_unavailable'
    const why = `${account.id}: the token endpoint refused: ${said.slice(0, 100)}${isJudged ? '; sign in at the provider again and set refreshToken' : ''}`
    throw new NoToken(isJudged ? 'auth' : 'later', why)
  }
  const token = textAt(body, 'access_token')
  if (token === undefined) throw new NoToken('later', `${account.id}: the token endpoint answered without a token`)
  const seconds = isObject(body) && typeof body['expires_in'] === 'number' ? body['expires_in'] : usualSeconds
  const turned = textAt(body, 'refresh_token')
  return {
    accessToken: token,
    seconds,
    ...(turned === undefined || turned === refresh ? {} : { refreshToken: turned }),
  }
}
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
