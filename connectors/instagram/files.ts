// Brings a customer's file by its address; and what a mention says, which only asking tells.
import type { AnyChannel, Edges } from '../../core/ports/channel.ts'
import { fetchByAddress } from '../_shared/meta-dm/files.ts'
import { callGraph, jsonObject, objectOf } from '../_shared/meta-graph.ts'
import { idAt, objectAt, textAt } from '../_shared/read-json.ts'
import { graphOf, type OurAccount } from './graph.ts'
import { baseOf, mediaHosts } from './settings.ts'

type Fetched = Awaited<ReturnType<NonNullable<AnyChannel['fetchFile']>>>

export async function fetchFile(
  atVendor: string,
  account: OurAccount,
  edges: Edges,
  signal: AbortSignal,
): Promise<Fetched> {
  const mention = objectAt(jsonObject(new TextEncoder().encode(atVendor)) ?? {}, 'mention')
  const of = { account, hosts: mediaHosts, base: baseOf(account.settings) }
  return mention === undefined
    ? fetchByAddress(atVendor, of, { edges, signal })
    : fetchMention(mention, account, { edges, signal })
}

/** `mentioned_comment` and `mentioned_media` of our own account (sheet 3.4). */
async function fetchMention(
  mention: Readonly<Record<string, unknown>>,
  account: OurAccount,
  { edges, signal }: { readonly edges: Edges; readonly signal: AbortSignal },
): Promise<Fetched> {
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return { is: 'try-later', why: graph.outcome.why }
  const comment = idAt(mention, 'comment')
  const fields =
    comment === undefined
      ? `mentioned_media.media_id(${idAt(mention, 'media')}){caption,media_type,username}`
      : `mentioned_comment.comment_id(${comment}){text,timestamp,username}`
  const answer = await callGraph({ method: 'GET', path: account.settings.accountId, query: { fields } }, graph)
  if (answer.is === 'failed') {
    if (answer.outcome.is === 'account-down') account.health('auth_failed', answer.outcome.why)
    return {
      is: answer.outcome.is === 'refused' && answer.health === null ? 'gone' : 'try-later',
      why: answer.outcome.why,
    }
  }
  const said = objectOf(answer.body['mentioned_comment']) ?? objectOf(answer.body['mentioned_media'])
  if (said === null) return { is: 'gone', why: 'The vendor does not show what the mention says' }
  const words = textAt(said, 'text') ?? textAt(said, 'caption') ?? ''
  const who = textAt(said, 'username')
  const text = `${who === undefined ? '' : `@${who}: `}${words}\n`
  return { is: 'file', bytes: once(new TextEncoder().encode(text)), type: 'text/plain' }
}
async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
