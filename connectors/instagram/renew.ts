// The account's token lives 60 days: it is renewed in time, by one process, and one that cannot be renewed is said before it dies (P8).
import { messageOf } from '../../core/errors.ts'
import type { Edges, Keep } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { jsonObject, speakable } from '../_shared/meta-graph.ts'
import type { OurAccount } from './graph.ts'
import { baseOf } from './settings.ts'

const dayMs = 24 * 3_600_000
/** So long before its end it is renewed; a token nobody knows the end of is tried at once, as only its renewal tells. */
const aheadMs = 10 * dayMs
/** The vendor renews none that is younger than a day: a try that failed waits so long. */
const againMs = dayMs

/** `GET /refresh_access_token` (sheet section 2: unconfirmed this round), once a day at the most. */
export async function renewInTime(
  account: OurAccount,
  keep: Keep,
  by: { readonly edges: Edges; readonly signal: AbortSignal },
): Promise<Readonly<Record<string, string>>> {
  const now = Date.parse(by.edges.clock.now())
  const endsAt = account.expiresAt('accessToken')
  const tried = await keep.get('renewal')
  if (endsAt !== null && Date.parse(endsAt) - now > aheadMs) return {}
  if (tried !== null && now - Date.parse(tried) < againMs) return {}
  try {
    await account.renew('accessToken', (old) => renewed(old, account, by))
  } catch (error) {
    by.edges.log.warn('the access token could not be renewed; it is tried again in a day', { why: messageOf(error) })
    if (endsAt !== null)
      account.health('degraded', `The access token ends at ${endsAt} and could not be renewed: set a new one.`)
  }
  return { renewal: by.edges.clock.now() }
}

async function renewed(old: string, account: OurAccount, by: { readonly edges: Edges; readonly signal: AbortSignal }) {
  const { apiBase = baseOf(account.settings) } = account.settings
  const query = new URLSearchParams({ grant_type: 'ig_refresh_token', access_token: old.trim() })
  const url = `${apiBase.replace(/\/+$/, '')}/refresh_access_token?${query.toString()}`
  const answer = await by.edges.http.call({ method: 'GET', url, timeoutMs: 20_000, maxBytes: 100_000 }, by.signal)
  if (answer.is !== 'answer') throw new Error(answer.why)
  const body = jsonObject(answer.body)
  const { access_token: value, expires_in: seconds } = body ?? {}
  if (answer.status !== 200 || typeof value !== 'string' || value === '')
    throw new Error(speakable(`the vendor answered HTTP ${answer.status} and gave no token`, old))
  const lives = typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : null
  const expiresAt =
    lives === null ? null : (new Date(Date.parse(by.edges.clock.now()) + lives).toISOString() as Instant)
  return { value, expiresAt }
}
