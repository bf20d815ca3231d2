// Pages of what was said: newest first, a token for the next, an empty one without `data`, errors of parts beside it.
import type { Answer, Call } from './api.ts'
import type { Said, Vendor } from './vendor.ts'
import { postFields } from './webhooks.ts'

type Fields = Readonly<Record<string, unknown>>
const thirtyDaysMs = 30 * 86_400_000
/** No more mentions than these can be read back. */
const mostMentions = 800

export function page(call: Call, vendor: Vendor): Answer {
  const us = vendor.us(vendor.callerOf(call.authorization))
  const { items, people } = call.path.endsWith('dm_events') ? messages(call, vendor) : posts(call, vendor)
  const since = BigInt(call.query.get('since_id') ?? '0')
  const newestFirst = items
    .filter((it) => BigInt(it['id'] as string) > since)
    .toSorted((a, b) => (BigInt(a['id'] as string) < BigInt(b['id'] as string) ? 1 : -1))
  const asked = Number(call.query.get('max_results') ?? 100)
  const size = Math.min(asked, vendor.pages.size)
  const from = Number((call.query.get('pagination_token') ?? 'page0').slice('page'.length))
  const shown = newestFirst.slice(from, from + size)
  const hasMore = from + size < newestFirst.length
  if (shown.length === 0) return { status: 200, body: { meta: { result_count: 0 } } }
  const users = [us.id, ...people].map((id) => ({ id, ...vendor.nameOf(id) }))
  const media = shown.flatMap((it) => mediaOf(it, call.origin))
  const errors = [{ title: 'Not Found Error', detail: 'Could not find user with id: [1].', resource_type: 'user' }]
  return {
    status: 200,
    body: {
      data: shown.map(({ mediaAt: _mediaAt, ...it }) => withoutId(it, vendor)),
      includes: { users, ...(media.length === 0 ? {} : { media }) },
      meta: {
        result_count: shown.length,
        newest_id: shown[0]?.['id'],
        oldest_id: shown.at(-1)?.['id'],
        ...(hasMore ? { next_token: `page${from + size}` } : {}),
      },
      ...(vendor.pages.partialErrors ? { errors } : {}),
    },
  }
}
/** A vendor's bad day: an item whose id is missing. */
const withoutId = ({ id, ...it }: Fields, vendor: Vendor): Fields => (id === vendor.pages.broken ? it : { id, ...it })
const keyOf = (mediaAt: string): string => `3_${mediaAt.split('/').at(-2) ?? ''}`
const mediaOf = ({ mediaAt }: Fields, origin: string): readonly Fields[] =>
  typeof mediaAt === 'string' ? [{ media_key: keyOf(mediaAt), type: 'photo', url: `${origin}${mediaAt}` }] : []

function messages(call: Call, vendor: Vendor): { items: readonly Fields[]; people: readonly string[] } {
  const [, withOne, conversation] = /dm_conversations\/(?:with\/(\d+)|([\d-]+))\/dm_events$/.exec(call.path) ?? []
  const n = vendor.callerOf(call.authorization)
  const only = withOne === undefined ? conversation : vendor.conversationWith(withOne, n)
  const isOurs = (it: Said): boolean => it.conversation.split('-').includes(vendor.us(n).id)
  const found = vendor.messages.filter(
    (it) => (only === undefined ? isOurs(it) : it.conversation === only) && it.at > vendor.now() - thirtyDaysMs,
  )
  return { items: found.map(messageFields), people: [...new Set(found.map((it) => it.sender))] }
}
const messageFields = (said: Said): Fields => ({
  id: said.id,
  event_type: 'MessageCreate',
  text: said.media === undefined ? said.text : `${said.text} https://t.co/${said.id.slice(-10)}`,
  sender_id: said.sender,
  dm_conversation_id: said.conversation,
  created_at: new Date(said.at).toISOString(),
  ...(said.media === undefined ? {} : { attachments: { media_keys: [keyOf(said.media)] }, mediaAt: said.media }),
})

function posts(call: Call, vendor: Vendor): { items: readonly Fields[]; people: readonly string[] } {
  const us = vendor.us(vendor.callerOf(call.authorization))
  const isMentions = call.path.endsWith('/mentions')
  const found = vendor.posts
    .filter((it) => (isMentions ? it.author !== us.id && it.text.includes(`@${us.username}`) : it.author === us.id))
    .slice(-mostMentions)
  return { items: found.map((it) => postFields(it, us)), people: [...new Set(found.map((it) => it.author))] }
}
