// The Graph API as one account of ours calls it: its address, its token and this channel's error table.
import type { Account, Edges } from '../../core/ports/channel.ts'
import { isGatewayError } from '../../core/errors.ts'
import type { Graph, GraphAnswer } from '../_shared/meta-graph.ts'
import { sendErrors } from './errors.ts'

/** What sending reads of the settings. */
export interface SendSettings {
  readonly phoneNumberId: string
  readonly apiBase?: string
  readonly apiVersion?: string
}
export type SendAccount = Account<SendSettings, 'accessToken'>

/** Graph API change log, 2026-07-29 (sheet section 1, checked 2026-11). */
export const defaultApi = { base: 'https://graph.facebook.com', version: 'v26.0' } as const

export async function graphOf(account: SendAccount, edges: Edges, signal: AbortSignal): Promise<Graph | Failed> {
  try {
    const { apiBase = defaultApi.base, apiVersion = defaultApi.version } = account.settings
    const token = await account.secret('accessToken')
    return { apiBase, apiVersion, token, table: sendErrors, http: edges.http, signal }
  } catch (error) {
    if (!isGatewayError(error, 'settings.invalid')) throw error
    return failedWith({ is: 'account-down', why: `${account.id}: the accessToken is not set; give the account one` })
  }
}

export type Failed = Extract<GraphAnswer, { is: 'failed' }>
export const failedWith = (outcome: Failed['outcome']): Failed => ({
  is: 'failed',
  outcome,
  status: 0,
  error: null,
  health: null,
})
