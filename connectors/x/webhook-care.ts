// Looks whether X still calls: a webhook that failed its challenge gets nothing until it is checked again, and nobody is told.
import type { Account, Edges, Gap, Keep, Poll } from '../../core/ports/channel.ts'
import { isGatewayError } from '../../core/errors.ts'
import type { VendorRequest } from '../../core/ports/edges.ts'
import type { Instant } from '../../schemas/ids.ts'
import { idAt, listAt, type Json } from '../_shared/read-json.ts'
import { failureOf, jsonOf } from './errors.ts'
import { gapBetween, onlyToldOnce, shownUntil } from './gap.ts'
import { defaultApi, type SecretName, type Settings } from './settings.ts'

const everySeconds = 300
const limits = { timeoutMs: 20_000, maxBytes: 500_000 } as const
/** As far back as X repeats what it did not get across (sheet section 3.2), less a margin. */
const furthestMs = 23.5 * 3_600_000
/** It may have been ended at any moment since the last look. */
const slackMs = 2 * everySeconds * 1000
/** Who did not look for so long was away, and X called an address where nobody answered: it repeats nothing by itself. */
const awayMs = 2 * everySeconds * 1000

/** Only for the account that says which webhook is its own and has the app's bearer. */
export const webhookCare: Poll<Settings, SecretName> = {
  kind: 'poll',
  name: 'webhook',
  everySeconds: () => everySeconds,
  async *pages(account, keep, edges, signal) {
    const app = await appOf(account, { edges, signal })
    if (app === null) return
    const now = edges.clock.now()
    const [validAt, before] = [await instantIn(keep, 'validAt'), await instantIn(keep, 'gapUntil')]
    const wasValid = await isValid(app)
    if (!wasValid) await revive(app, account)
    const wasAway = validAt !== null && Date.parse(now) - Date.parse(validAt) > awayMs
    const gap = wasValid && !wasAway ? undefined : await askAgain(app, validAt, now)
    const gapUntil = shownUntil(before ?? undefined, gap, now)
    const isOver = before !== null && gapUntil === undefined && account.state === 'degraded'
    if (gapUntil === undefined && !wasValid)
      account.health('connected', 'X calls again. It was asked to repeat everything since the last look.')
    else if (isOver) account.health('connected', 'The webhook is valid.')
    yield { raws: [], keep: { validAt: now, gapUntil: gapUntil ?? null }, ...(gap === undefined ? {} : { gap }) }
  },
}
const instantIn = async (keep: Keep, name: string): Promise<Instant | null> => (await keep.get(name)) as Instant | null

async function revive(app: App, account: Ours): Promise<void> {
  account.health(
    'degraded',
    'X has ended the webhook because its challenge was not answered; it is being checked again.',
  )
  await app.call('PUT', `webhooks/${app.id}`)
  if (await isValid(app)) return
  throw new Error(
    'X checked the webhook again and does not take its answer; see that the address is reached from outside, and consumerSecret',
  )
}

interface App {
  readonly id: string
  call(method: VendorRequest['method'], path: string, body?: VendorRequest['body']): Promise<Json>
}
type Ours = Account<Settings, SecretName>

async function appOf(account: Ours, by: { readonly edges: Edges; readonly signal: AbortSignal }): Promise<App | null> {
  const { webhookId: id, apiBase = defaultApi } = account.settings
  const bearer = id === undefined ? null : await bearerOf(account)
  if (id === undefined || bearer === null) return null
  return {
    id,
    async call(method, path, body) {
      const url = `${apiBase.replace(/\/+$/, '')}/2/${path}`
      const headers = { authorization: `Bearer ${bearer}` }
      const asked = { method, url, headers, ...limits, ...(body === undefined ? {} : { body }) }
      const answer = await by.edges.http.call(asked, by.signal)
      const nowMs = Date.parse(by.edges.clock.now())
      const failure = failureOf(answer, { secrets: [bearer], nowMs, jitterSeconds: 0 })
      if (failure !== null) {
        const why = `Looking after the webhook: ${failure.outcome.why}`
        if (failure.outcome.is === 'account-down')
          account.health('degraded', `${why} It is the app’s bearer that is asked with.`)
        throw failure.outcome.is === 'refused' ? new CareRefused(why) : new Error(why)
      }
      const said = answer.is === 'answer' ? jsonOf(answer.body) : null
      if (said === null) throw new Error('Looking after the webhook: X answered with what is no JSON object')
      return said
    },
  }
}
async function bearerOf(account: Ours): Promise<string | null> {
  try {
    return (await account.secret('appBearer')).trim()
  } catch (error) {
    if (isGatewayError(error, 'settings.invalid')) return null
    throw error
  }
}

async function isValid(app: App): Promise<boolean> {
  const hooks = listAt(await app.call('GET', 'webhooks'), 'data')
  const ours = hooks.find((it) => idAt(it, 'id') === app.id) as Json | undefined
  if (ours === undefined) throw new Error(`X knows no webhook ${app.id}; make it anew and set webhookId`)
  return ours['valid'] === true
}

/** What it would have told meanwhile comes again to the same address, and is taken once. What it does not repeat any more is a gap. */
async function askAgain(app: App, validAt: Instant | null, now: Instant): Promise<Gap | undefined> {
  const furthest = instant(Date.parse(now) - furthestMs)
  const since = validAt === null ? furthest : instant(Date.parse(validAt) - slackMs)
  const from = since < furthest ? furthest : since
  try {
    await app.call('POST', 'webhooks/replay', { webhook_id: app.id, from_date: minute(from), to_date: minute(now) })
  } catch (error) {
    if (!(error instanceof CareRefused)) throw error
    return gapBetween(
      validAt ?? from,
      now,
      `X does not repeat what it told meanwhile: ${error.message} ${onlyToldOnce}`,
    )
  }
  if (validAt === null || validAt >= furthest) return undefined
  return gapBetween(validAt, furthest, `X repeats what its webhook did not get across for a day. ${onlyToldOnce}`)
}
const instant = (ms: number): Instant => new Date(ms).toISOString() as Instant
/** `202611101200`, UTC. */
const minute = (at: string): string => at.replaceAll(/[-:T]/g, '').slice(0, 12)

/** Asked again it would say the same. */
class CareRefused extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'CareRefused'
  }
}
