// The Graph API as one number of ours calls it.
import type { Account, Edges } from '../../core/ports/channel.ts'
import { graphVersion, openGraph, type Failed } from '../_shared/meta-account.ts'
import type { Graph } from '../_shared/meta-graph.ts'
import { sendErrors } from './errors.ts'

/** What sending reads of the settings. */
export interface SendSettings {
  readonly phoneNumberId: string
  readonly apiBase?: string
  readonly apiVersion?: string
}
export type SendAccount = Account<SendSettings, 'accessToken'>

export const defaultApi = { base: 'https://graph.facebook.com', version: graphVersion } as const

export const graphOf = (account: SendAccount, edges: Edges, signal: AbortSignal): Promise<Graph | Failed> =>
  openGraph(account, { ...defaultApi, table: sendErrors }, { edges, signal })
