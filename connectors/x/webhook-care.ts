// Looks whether X still calls: a webhook that failed its challenge gets nothing until it is checked again, and nobody is told.
import type { Account, Edges, Page, Poll } from '../../core/ports/channel.ts'
import { isGatewayError } from '../../core/errors.ts'
import type { VendorRequest } from '../../core/ports/edges.ts'
import type { Instant } from '../../schemas/ids.ts'
import { idAt, listAt, type Json } from '../_shared/read-json.ts'
import { failureOf, jsonOf } from './errors.ts'
import { defaultApi, type SecretName, type Settings } from './settings.ts'

const everySeconds = 300
const limits = { timeoutMs: 20_000, maxBytes: 500_000 } as const
/** As far back as X repeats what it did not get across (sheet section 3.2), less a margin. */
const furthestMs = 23.5 * 3_600_000
/** It may have been ended at any moment since the last look. */
const slackMs = 2 * everySeconds * 1000

/** Only for the account that says which webhook is its own and has the app's bearer. */
export const webhookCare: Poll<Settings, SecretName> = {
  kind: 'poll',
  name: 'webhook',
  everySeconds: () => everySeconds,
  async *pages(account, keep, edges, signal) {
    const app = await appOf(account, { edges, signal })
    if (app === null) return
    const now = edges.clock.now()
    const seen: Page = { raws: [], keep: { validAt: now } }
    if (await isValid(app)) return yield seen
    account.health(
      'degraded',
      'X has ended the webhook because its challenge was not answered; it is being checked again.',
    )
    await app.call('PUT', `webhooks/${app.id}`)
    if (!(await isValid(app)))
      throw new Error(
        'X checked the webhook again and does not take its answer; see that the address is reached from outside, and consumerSecret',
      )
    const from = await askAgain(app, (await keep.get('validAt')) as Instant | null, now)
    account.health('connected', `X calls again. It was asked to repeat everything since ${from}.`)
    yield seen
  },
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
        throw new Error(why)
      }
      return (answer.is === 'answer' ? jsonOf(answer.body) : null) ?? {}
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

/** What it would have told meanwhile comes again to the same address, and is taken once. */
async function askAgain(app: App, validAt: Instant | null, now: Instant): Promise<string> {
  const nowMs = Date.parse(now)
  const fromMs = Math.max(nowMs - furthestMs, validAt === null ? 0 : Date.parse(validAt) - slackMs)
  const from = new Date(fromMs).toISOString()
  await app.call('POST', 'webhooks/replay', { webhook_id: app.id, from_date: minute(from), to_date: minute(now) })
  return from
}
/** `202611101200`, UTC. */
const minute = (at: string): string => at.replaceAll(/[-:T]/g, '').slice(0, 12)
