// The page in public: comments and visitors' posts as customers write them, and our own answers under them.
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

const seconds = (ms: number): number => Math.floor(ms / 1_000)

export function publicly(kind: string, writing: PublicWriting, vendor: DmVendor): Change | null {
  const verb = verbs[kind]
  if (verb === undefined) return kind === 'post' ? visitorPost(writing, vendor) : null
  const about = writing.about === undefined ? undefined : vendor.comments.get(writing.about)
  if (verb === 'add') return comment(writing, about, vendor)
  if (about === undefined) throw new Error(`The stand-in knows no comment ${writing.about}`)
  if (verb === 'remove') about.isGone = true
  const value = valueOf(about, { verb, text: verb === 'remove' ? undefined : writing.text, vendor })
  const time = verb === 'edited' ? { edited_time: seconds(vendor.now()) } : {}
  return { id: about.id, field: 'feed', value: { ...value, ...time } }
}
const verbs: Readonly<Record<string, 'add' | 'edited' | 'remove'>> = {
  comment: 'add',
  comment_edit: 'edited',
  comment_remove: 'remove',
}

function comment(writing: PublicWriting, about: Comment | undefined, vendor: DmVendor): Change {
  const { page, person } = writing
  const post = about?.post ?? `${page.id}_${vendor.chance.digits(15, 'post', page.id)}`
  const id = writing.id === '' ? `${post.split('_')[1]}_${vendor.chance.digits(15, vendor.key('comment'))}` : writing.id
  const made: Comment = { id, page, person, at: vendor.now(), post, root: about?.id ?? id, isGone: false }
  vendor.comments.set(id, made)
  return { id, field: 'feed', value: valueOf(made, { verb: 'add', text: writing.text, vendor }) }
}

function visitorPost({ page, person, id, text }: PublicWriting, vendor: DmVendor): Change {
  const post = id === '' ? `${page.id}_${vendor.chance.digits(15, vendor.key('post'))}` : id
  vendor.comments.set(post, { id: post, page, person, at: vendor.now(), post, root: post, isGone: false })
  const value = {
    from: { id: person.id, name: person.name },
    item: 'status',
    verb: 'add',
    post_id: post,
    created_time: seconds(vendor.now()),
    published: 1,
    message: text,
  }
  return { id: post, field: 'feed', value }
}

function valueOf(
  { id, page, person, at, post, root }: Comment,
  { verb, text, vendor }: { readonly verb: string; readonly text: string | undefined; readonly vendor: DmVendor },
): Fields {
  return {
    from:
      person === null
        ? { id: page.id, name: page.name }
        : { id: vendor.chance.digits(17, 'author', page.id, person.n), name: person.name },
    item: 'comment',
    verb,
    comment_id: id,
    post_id: post,
    parent_id: root === id ? post : root,
    created_time: seconds(at),
    ...(text === undefined ? {} : { message: text }),
  }
}

/** `POST /{comment}/comments`: an id, and then the feed tells of our own comment. */
export function publicRoute(call: Call, page: Page, vendor: DmVendor): readonly ['send' | 'other', Handler] | null {
  const [, id = '', edge = ''] = call.path
  return call.method === 'POST' && edge === 'comments' ? ['send', () => answer(id, { call, page, vendor })] : null
}

function answer(
  id: string,
  { call, page, vendor }: { readonly call: Call; readonly page: Page; readonly vendor: DmVendor },
): Reply {
  const about = vendor.comments.get(id)
  if (about === undefined || about.isGone || about.page !== page)
    return { error: dmError(100, 33, 'Object does not exist') }
  const { message } = JSON.parse(call.bytes.toString()) as { message?: unknown }
  if (typeof message !== 'string' || message === '') return { error: dmError(100) }
  const made: Comment = {
    id: `${about.post.split('_')[1]}_${vendor.chance.digits(15, vendor.key('comment'))}`,
    page,
    person: null,
    at: vendor.now(),
    post: about.post,
    root: about.id,
    isGone: false,
  }
  vendor.comments.set(made.id, made)
  vendor.ledger.add({
    is: 'accepted',
    at: vendor.now(),
    id: made.id,
    ours: null,
    to: id,
    kind: 'comment',
    body: { message },
  })
  const item = { field: 'feed', value: valueOf(made, { verb: 'add', text: message, vendor }) }
  if (vendor.receipts !== 'off')
    vendor.knocker.owe(vendor.tell('comment', [made.id], callOf([{ page, place: 'changes', item }], vendor)))
  return { body: { id: made.id } }
}
