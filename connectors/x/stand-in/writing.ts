// What a customer does becomes something the vendor holds, and the call that tells us of it.
import type { Writing } from '../../../core/ports/stand-in.ts'
import type { Posted, Said, Us, Vendor } from './vendor.ts'
import { accountActivity, chatActivity, deleteActivity, messageActivity, postActivity } from './webhooks.ts'

type Fields = Readonly<Record<string, unknown>>
export interface Told {
  readonly ids: readonly string[]
  readonly call: Fields
}

/** Everything but posts is a direct message; what X cannot carry as such (a place) goes as what its apps make of it. */
export function happened(writing: Writing, vendor: Vendor): Told {
  const us = vendor.us(writing.account ?? 0)
  switch (writing.kind) {
    case 'mention':
    case 'reply':
    case 'quote':
      return posted(writing, writing.kind, us, vendor)
    case 'edit':
      return edited(writing, us, vendor)
    case 'delete':
      return deleted(writing, us, vendor)
    case 'encrypted': {
      const id = writing.id ?? `e4f4d3fc-${vendor.key('chat')}`
      return { ids: [id], call: chatActivity(id, vendor.customer(writing.customer).id, us, vendor) }
    }
    default: {
      const said = message(writing, us, vendor)
      return { ids: [said.id], call: over(messageActivity(said, us, vendor), writing.fields) }
    }
  }
}
const over = (call: Fields, fields: Fields | undefined): Fields => ({ ...call, ...fields })

/** Several direct messages in one call. */
export function happenedTogether(writings: readonly Writing[], vendor: Vendor): Told {
  const us = vendor.us(writings[0]?.account ?? 0)
  const said = writings.map((it) => message(it, us, vendor))
  return { ids: said.map((it) => it.id), call: accountActivity(said, us, vendor) }
}

function message(writing: Writing, us: Us, vendor: Vendor): Said {
  const { id: sender } = vendor.customer(writing.customer)
  const known = writing.id === undefined ? undefined : vendor.messages.find((it) => it.id === writing.id)
  if (known !== undefined) return known
  const id = writing.id ?? vendor.nextId()
  const text =
    writing.text ??
    (writing.kind === 'location' ? 'https://maps.example/40.99,29.02' : vendor.text(vendor.messages.length))
  const media = writing.file === undefined ? undefined : `/1.1/ton/data/dm/${id}/${vendor.key('media')}/photo.jpg`
  if (media !== undefined && writing.file !== undefined) vendor.files.set(media, writing.file)
  const conversation = vendor.conversationWith(sender, writing.account ?? 0)
  const said: Said = { id, at: vendor.now(), sender, conversation, text, ...(media === undefined ? {} : { media }) }
  vendor.messages.push(said)
  return said
}

function posted(writing: Writing, kind: 'mention' | 'reply' | 'quote', us: Us, vendor: Vendor): Told {
  const { id: author } = vendor.customer(writing.customer)
  const id = writing.id ?? vendor.nextId()
  const about = vendor.posts.find((it) => it.id === writing.about)
  const said = writing.text ?? vendor.text(vendor.posts.length)
  const text = kind === 'mention' ? `@${us.username} ${said}` : said
  const repliesTo = kind === 'reply' ? writing.about : undefined
  const post: Posted = {
    id,
    at: vendor.now(),
    author,
    conversation: repliesTo === undefined ? id : (about?.conversation ?? repliesTo),
    text,
    edits: [id],
    calls: kind !== 'reply' || text.includes(`@${us.username}`),
    ...(repliesTo === undefined ? {} : { repliesTo, repliesToUser: about?.author ?? us.id }),
    ...(kind === 'quote' && writing.about !== undefined ? { quotes: writing.about } : {}),
  }
  vendor.posts.push(post)
  return { ids: [id], call: over(postActivity(`post.${kind}.create`, post, us, vendor), writing.fields) }
}

function edited(writing: Writing, us: Us, vendor: Vendor): Told {
  const before = vendor.posts.find((it) => it.edits.includes(writing.about ?? ''))
  if (before === undefined) throw new Error(`there is no post ${writing.about} to edit`)
  const id = vendor.nextId()
  const isOurs = before.author === us.id
  const said = writing.text ?? 'edited'
  const post = { ...before, id, text: isOurs ? said : `@${us.username} ${said}`, edits: [...before.edits, id] }
  vendor.posts.splice(vendor.posts.indexOf(before), 1, post)
  return { ids: [id], call: postActivity(isOurs ? 'post.create' : 'post.mention.create', post, us, vendor) }
}
function deleted(writing: Writing, us: Us, vendor: Vendor): Told {
  const post = vendor.posts.find((it) => it.id === writing.about)
  if (post === undefined) throw new Error(`there is no post ${writing.about} to delete`)
  vendor.posts.splice(vendor.posts.indexOf(post), 1)
  return { ids: [post.id], call: deleteActivity(post, us, vendor) }
}
