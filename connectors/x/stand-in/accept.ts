// What we send: checked as the vendor checks it, held, written into the ledger, and shown back by webhook.
import { lengthOf } from '../../../core/rules/text-length.ts'
import { coded, problem, type Answer, type Call } from './api.ts'
import type { Posted, Said, Vendor } from './vendor.ts'
import { bytesOf, messageActivity, ownPost, readMark, signedHeaders } from './webhooks.ts'

type Fields = Readonly<Record<string, unknown>>
const sameTextMs = 15 * 60_000

export function accept(call: Call, vendor: Vendor): Answer {
  const body = jsonOf(call.body)
  if (body === null) return problem(400, 'Invalid Request', 'The body is not JSON')
  return call.path === '/2/tweets' ? post(body, call, vendor) : message(body, call, vendor)
}
function jsonOf(bytes: Buffer): Fields | null {
  try {
    return JSON.parse(bytes.toString()) as Fields
  } catch {
    return null
  }
}

function message(body: Fields, call: Call, vendor: Vendor): Answer {
  const [, withOne, named] = /dm_conversations\/(?:with\/(\d+)|([\d-]+))\/messages$/.exec(call.path) ?? []
  const conversation = withOne === undefined ? (named ?? '') : vendor.conversationWith(withOne)
  const to = withOne ?? conversation
  const text = typeof body['text'] === 'string' ? body['text'] : ''
  const media = (body['attachments'] as readonly { media_id?: unknown }[] | undefined) ?? []
  if (text === '' && media.length === 0) return problem(400, 'Invalid Request', 'text or attachments is required')
  if (media.length > 1) return problem(400, 'Invalid Request', 'only one attachment is allowed')
  if (media.some((it) => !vendor.files.has(String(it.media_id))))
    return problem(400, 'Invalid Request', 'unknown media_id')
  const said = saidByUs(conversation, text, vendor)
  add(vendor, { id: said.id, ours: call.ours, to, kind: 'dm', body })
  if (vendor.knocker.url !== null) vendor.knocker.owe(showBack(said, to, vendor))
  return { status: 201, body: { data: { dm_conversation_id: conversation, dm_event_id: said.id } } }
}
export function saidByUs(conversation: string, text: string, vendor: Vendor): Said {
  const said: Said = { id: vendor.nextId(), at: vendor.now(), sender: vendor.us().id, conversation, text }
  vendor.messages.push(said)
  return said
}
async function showBack(said: Said, reader: string, vendor: Vendor): Promise<void> {
  if (vendor.receipts === 'off') return
  const us = vendor.us()
  await tell(messageActivity(said, us, vendor), 'echo', said.id, vendor)
  const isRead = vendor.receipts === 'auto' || vendor.receipts.includes('read')
  if (isRead) await tell(readMark(reader, said.id, us, vendor), 'read', said.id, vendor)
}
const tell = (call: Fields, what: string, id: string, vendor: Vendor) => {
  const bytes = bytesOf(call)
  return vendor.knocker.knock({ what, ids: [id], bytes, headers: signedHeaders(bytes, vendor.keys.consumerSecret) })
}

function post(body: Fields, call: Call, vendor: Vendor): Answer {
  const us = vendor.us()
  const text = typeof body['text'] === 'string' ? body['text'] : ''
  const replyTo = (body['reply'] as { in_reply_to_tweet_id?: unknown } | undefined)?.in_reply_to_tweet_id
  const about = vendor.posts.find((it) => it.edits.includes(String(replyTo)))
  if (lengthOf(text, 'weighted') > 280) return coded(403, 186, 'Tweet needs to be a bit shorter.')
  const twin = vendor.posts.find((it) => it.author === us.id && it.text === text && it.at > vendor.now() - sameTextMs)
  if (twin !== undefined) return coded(403, 187, 'Status is a duplicate.')
  if (about === undefined)
    return coded(403, 385, 'You attempted to reply to a Tweet that is deleted or not visible to you.')
  if (!about.calls) return problem(403, 'Forbidden', 'You are not permitted to reply to this post.')
  const id = vendor.nextId()
  const repliesTo = String(replyTo)
  const made: Posted = {
    id,
    at: vendor.now(),
    author: us.id,
    conversation: about.conversation,
    text,
    repliesTo,
    repliesToUser: about.author,
    edits: [id],
    calls: false,
  }
  vendor.posts.push(made)
  add(vendor, { id, ours: call.ours, to: about.author, kind: 'post', body })
  if (vendor.knocker.url !== null && vendor.receipts !== 'off')
    vendor.knocker.owe(tell(ownPost(made, us, vendor), 'echo', id, vendor))
  return { status: 201, body: { data: { id, text, edit_history_tweet_ids: [id] } } }
}
const add = (
  vendor: Vendor,
  entry: {
    readonly id: string
    readonly ours: string | null
    readonly to: string
    readonly kind: string
    readonly body: Fields
  },
): void => vendor.ledger.add({ is: 'accepted', at: vendor.now(), ...entry })

/** Begin, pieces, end; the pieces' bytes lie under the id. */
export function pieceOfFile(call: Call, vendor: Vendor): Answer {
  const [, id, step] = /^\/2\/media\/upload\/(?:([\w]+)\/)?(\w+)$/.exec(call.path) ?? []
  if (step === 'initialize') {
    const made = vendor.nextId()
    const asked = jsonOf(call.body) ?? {}
    vendor.files.set(made, { type: String(asked['media_type']), bytes: new Uint8Array() })
    return { status: 200, body: { data: { id: made, media_key: `3_${made}`, expires_after_secs: 86_400 } } }
  }
  const file = vendor.files.get(id ?? call.query.get('media_id') ?? '')
  if (file === undefined) return problem(404, 'Not Found')
  if (step === 'append') {
    if (!call.type.startsWith('multipart/form-data')) return problem(400, 'Invalid Request', 'a form is wanted')
    vendor.files.set(id ?? '', { ...file, bytes: Buffer.concat([file.bytes, fileIn(call)]) })
    return { status: 200, body: { data: { expires_at: Math.floor(vendor.now() / 1000) + 86_400 } } }
  }
  if (step === 'finalize') {
    const info = file.type === 'image/gif' ? { processing_info: { state: 'pending', check_after_secs: 0 } } : {}
    return { status: 200, body: { data: { id, size: file.bytes.byteLength, ...info } } }
  }
  return { status: 200, body: { data: { id, processing_info: { state: 'succeeded', progress_percent: 100 } } } }
}
/** The bytes of the field `media`, between its head and the boundary after it. */
function fileIn({ body, type }: Call): Uint8Array {
  const boundary = /boundary=(.+)$/.exec(type)?.[1] ?? ''
  const head = body.indexOf('name="media"')
  const from = body.indexOf('\r\n\r\n', head) + 4
  return body.subarray(from, body.indexOf(`\r\n--${boundary}`, from))
}
