// The Graph API as one account of ours calls it: its address, its token and its channel's error table.
import { isGatewayError } from '../../core/errors.ts'
import type { Account, Edges } from '../../core/ports/channel.ts'
import type { ErrorRow, Graph, GraphAnswer } from './meta-graph.ts'

/** Where an account calls and with what; the administrator may have typed another address or version. */
export interface MetaSettings {
  readonly apiBase?: string
  readonly apiVersion?: string
}
export interface GraphOf {
  readonly base: string
  readonly version: string
  readonly table: readonly ErrorRow[]
}
export type Failed = Extract<GraphAnswer, { is: 'failed' }>

/** Graph API change log, 2026-07-29 (checked 2026-11): the newest version, for every product of the family. */
export const graphVersion = 'v26.0'

export async function openGraph(
  account: Account<MetaSettings, 'accessToken'>,
  of: GraphOf,
  by: { readonly edges: Edges; readonly signal: AbortSignal },
): Promise<Graph | Failed> {
  try {
    const { apiBase = of.base, apiVersion = of.version } = account.settings
    const token = await account.secret('accessToken')
    return { apiBase, apiVersion, token, table: of.table, http: by.edges.http, signal: by.signal }
  } catch (error) {
    if (!isGatewayError(error, 'settings.invalid')) throw error
    return failedWith({ is: 'account-down', why: `${account.id}: the accessToken is not set; give the account one` })
  }
}

export const failedWith = (outcome: Failed['outcome']): Failed => ({
  is: 'failed',
  outcome,
  status: 0,
  error: null,
  health: null,
})
