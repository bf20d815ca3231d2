// The Graph API as one account of ours calls it.
import type { Account, Edges } from '../../core/ports/channel.ts'
import { graphVersion, openGraph, type Failed } from '../_shared/meta-account.ts'
import { dmErrors } from '../_shared/meta-dm/errors.ts'
import type { Graph } from '../_shared/meta-graph.ts'
import { baseOf, type Settings } from './settings.ts'

export type OurAccount = Account<Settings, 'accessToken'>

export const graphOf = (account: OurAccount, edges: Edges, signal: AbortSignal): Promise<Graph | Failed> =>
  openGraph(account, { base: baseOf(account.settings), version: graphVersion, table: dmErrors }, { edges, signal })
