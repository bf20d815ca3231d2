// The account in public: comments in both shapes, live ones and mentions as people write them, our own answers, and the token's renewal.
import type { Call, Fields, Handler, Reply } from '../../_shared/stand-in/graph-api.ts'
import {
  callOf,
  dmError,
  type Change,
  type Comment,
  type DmVendor,
  type Page,
  type PublicWriting,
} from '../../_shared/stand-in/meta-dm/vendor.ts'

const kinds: ReadonlySet<string> = new Set(['comment', 'comment_flat', 'live_comment', 'mention'])
const said = new WeakMap<Comment, string>()

export function publicly(kind: string, writing: PublicWriting, vendor: DmVendor): Change | null {
  if (!kinds.has(kind)) return null
  const { page, person, text, about } = writing
  const top = about === undefined ? undefined : vendor.comments.get(about)
  const id = writing.id === '' ? `179${vendor.chance.digits(14, vendor.key('comment'))}` : writing.id
  const known = vendor.comments.get(id)
  const post = known?.post ?? top?.post ?? `181${vendor.chance.digits(14, 'media', page.id)}`
  const made: Comment = known ?? { id, page, person, at: vendor.now(), post, root: top?.root ?? id, isGone: false }
  vendor.comments.set(id, made)
  said.set(made, text)
  if (kind === 'mention') return { id, field: 'mentions', value: { comment_id: id, media_id: post } }
  const isLive = kind === 'live_comment'
  const value = valueOf(made, { text, product: isLive ? 'STORY' : 'FEED' })
  return { id, field: isLive ? 'live_comments' : 'comments', value, isFlat: kind === 'comment_flat' }
}

const nameOf = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '.')
function valueOf(
  { id, page, person, post, root }: Comment,
  more: { readonly text: string; readonly product: string },
): Fields {
  const from =
    person === null ? { id: page.id, username: 'our.store' } : { id: person.id, username: nameOf(person.name) }
  return {
    id,
    from,
    media: { id: post, media_product_type: more.product },
    text: more.text,
    ...(root === id ? {} : { parent_id: root }),
  }
}

export function ownRoute(call: Call, page: Page, vendor: DmVendor): readonly ['send' | 'other', Handler] | null {
  const [first = '', node = '', edge = ''] = call.path
  if (first === 'refresh_access_token') return ['other', () => renewed(page, vendor)]
  const body = (): Fields => JSON.parse(call.bytes.toString()) as Fields
  if (call.method === 'POST' && edge === 'replies') return ['send', () => answer(node, body(), { page, vendor })]
  if (call.method === 'POST' && edge === 'mentions')
    return ['send', () => answer(String(body()['comment_id'] ?? ''), body(), { page, vendor })]
  const asked = /^mentioned_comment\.comment_id\((\d+)\)/.exec(call.query.get('fields') ?? '')
  return call.method === 'GET' && asked !== null ? ['other', () => mentioned(asked[1]!, vendor)] : null
}

function mentioned(id: string, vendor: DmVendor): Reply {
  const comment = vendor.comments.get(id)
  if (comment === undefined || comment.isGone) return { error: dmError(100, 33, 'Object does not exist') }
  const username = nameOf(comment.person?.name ?? 'our.store')
  return { body: { mentioned_comment: { id, text: said.get(comment) ?? '', username }, id: comment.page.id } }
}

function renewed(page: Page, vendor: DmVendor): Reply {
  page.token = `EAAStandIn${vendor.chance.hex(40, vendor.key('renewed'))}`
  return { body: { access_token: page.token, token_type: 'bearer', expires_in: 5_184_000 } }
}

/** Only top-level comments take answers in the sheet's words; the vendor puts others under theirs. Live ones take none. */
function answer(
  id: string,
  { message }: Fields,
  { page, vendor }: { readonly page: Page; readonly vendor: DmVendor },
): Reply {
  const about = vendor.comments.get(id)
  if (about === undefined || about.isGone || about.page !== page)
    return { error: dmError(100, 33, 'Object does not exist') }
  if (typeof message !== 'string' || message === '') return { error: dmError(100) }
  const own = `179${vendor.chance.digits(14, vendor.key('comment'))}`
  const made: Comment = {
    id: own,
    page,
    person: null,
    at: vendor.now(),
    post: about.post,
    root: about.root,
    isGone: false,
  }
  vendor.comments.set(own, made)
  vendor.ledger.add({
    is: 'accepted',
    at: vendor.now(),
    id: own,
    ours: null,
    to: id,
    kind: 'comment',
    body: { message },
  })
  const item = { field: 'comments', value: valueOf(made, { text: message, product: 'FEED' }) }
  if (vendor.receipts !== 'off')
    vendor.knocker.owe(vendor.tell('comment', [own], callOf([{ page, place: 'changes', item }], vendor)))
  return { body: { id: own } }
}
