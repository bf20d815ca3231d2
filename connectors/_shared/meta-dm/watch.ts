// Looks at an account that is only called: a token that died, a permission or a subscription that is gone are silence otherwise (P8).
import type { Account, Edges, Keep, Page, Poll } from '../../../core/ports/channel.ts'
import type { Failed, MetaSettings } from '../meta-account.ts'
import { callGraph, objectOf, type Graph } from '../meta-graph.ts'

/** Often enough that nobody waits an hour for a dead token, seldom enough that no limit is felt. */
const everySeconds = 300

export interface Watching<S> {
  graphOf(account: Account<S, 'accessToken'>, edges: Edges, signal: AbortSignal): Promise<Graph | Failed>
  /** `…/subscribed_apps` of this account. */
  path(settings: S): string
  /** Without these the vendor keeps to itself what customers say. */
  readonly fields: readonly string[]
  /** Done first: a token that is to be renewed; gives what is to be kept of it. */
  before?(account: Account<S, 'accessToken'>, keep: Keep, edges: Edges, signal: AbortSignal): Promise<Page['keep']>
}

/** Brings no raws: it only finds out how the account is, and says "connected" again only after it said that it was not. */
export function watchOver<S extends MetaSettings, Name extends string>(it: Watching<S>): Poll<S, Name | 'accessToken'> {
  return {
    kind: 'poll',
    name: 'health',
    everySeconds: () => everySeconds,
    async *pages(account, keep, edges, signal) {
      const ours = account as Account<S, 'accessToken'>
      const kept = (await it.before?.(ours, keep, edges, signal)) ?? {}
      if (Object.keys(kept).length > 0) yield { raws: [], keep: kept } satisfies Page
      const found = await look(it, ours, { edges, signal })
      if (found === null) return
      const before = await keep.get('said')
      if (found.state !== 'connected' || before !== null) account.health(found.state, found.why)
      const said = found.state === 'connected' ? null : found.state
      if (said !== before) yield { raws: [], keep: { said } } satisfies Page
    },
  }
}

interface Finding {
  readonly state: 'connected' | 'degraded' | 'auth_failed'
  readonly why: string
}
/** Null: the vendor could not be asked, which says nothing of the account. */
async function look<S>(
  it: Watching<S>,
  account: Account<S, 'accessToken'>,
  by: { readonly edges: Edges; readonly signal: AbortSignal },
): Promise<Finding | null> {
  const graph = await it.graphOf(account, by.edges, by.signal)
  if ('is' in graph) return { state: 'auth_failed', why: graph.outcome.why }
  const path = it.path(account.settings)
  const answer = await callGraph({ method: 'GET', path, query: { fields: 'subscribed_fields' } }, graph)
  if (answer.is === 'failed') {
    const { is, why } = answer.outcome
    if (is === 'account-down') return { state: 'auth_failed', why }
    return is === 'refused' ? { state: 'degraded', why } : null
  }
  const apps = Array.isArray(answer.body['data']) ? answer.body['data'].map(objectOf) : []
  if (apps.length === 0)
    return {
      state: 'degraded',
      why: `No app is subscribed: nothing customers write arrives. POST ${path} with the fields of the README.`,
    }
  const fields = new Set(
    apps.flatMap((app) => (Array.isArray(app?.['subscribed_fields']) ? app['subscribed_fields'] : [])),
  )
  const missing = it.fields.filter((field) => !fields.has(field))
  if (missing.length === 0) return { state: 'connected', why: 'The vendor answers, and every field is subscribed' }
  return {
    state: 'degraded',
    why: `Not subscribed: ${missing.join(', ')}. What belongs to them never arrives; POST ${path} with them.`,
  }
}
