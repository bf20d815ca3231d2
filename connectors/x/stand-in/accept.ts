// What we send: checked as the vendor checks it, held, written into the ledger, and shown back by webhook.
import { lengthOf } from '../../../core/rules/text-length.ts'
import { coded, problem, type Answer, type Call } from './api.ts'
import type { HeldFile, Posted, Said, Us, Vendor } from './vendor.ts'
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
  const n = vendor.callerOf(call.authorization)
  const us = vendor.us(n)
  const [, withOne, named] = /dm_conversations\/(?:with\/(\d+)|([\d-]+))\/messages$/.exec(call.path) ?? []
  const conversation = withOne === undefined ? (named ?? '') : vendor.conversationWith(withOne, n)
  const to = withOne ?? conversation
  const text = typeof body['text'] === 'string' ? body['text'] : ''
  const media = (body['attachments'] as readonly { media_id?: unknown }[] | undefined) ?? []
  if (text === '' && media.length === 0) return problem(400, 'Invalid Request', 'text or attachments is required')
  if (media.length > 1) return problem(400, 'Invalid Request', 'only one attachment is allowed')
  if (media.some((it) => !isUsable(String(it.media_id), vendor)))
    return problem(400, 'Invalid Request', 'unknown media_id, or one that is not ready')
  const said = saidByUs(us, { conversation, text }, vendor)
  add(vendor, { id: said.id, ours: call.ours, to, kind: 'dm', body })
  if (vendor.knocker.url !== null) vendor.knocker.owe(showBack(said, { to, us }, vendor))
  return { status: 201, body: { data: { dm_conversation_id: conversation, dm_event_id: said.id } } }
}
/** There, and looked at to the end. */
function isUsable(id: string, { files, looks }: Vendor): boolean {
  const file = files.get(id)
  return file !== undefined && (categories[file.type] === undefined || (looks.left.get(id) ?? 1) < 0)
}
export function saidByUs(us: Us, what: Pick<Said, 'conversation' | 'text'>, vendor: Vendor): Said {
  const said: Said = { id: vendor.nextId(), at: vendor.now(), sender: us.id, ...what }
  vendor.messages.push(said)
  return said
}
async function showBack(
  said: Said,
  { to, us }: { readonly to: string; readonly us: Us },
  vendor: Vendor,
): Promise<void> {
  if (vendor.receipts === 'off') return
  await tell(messageActivity(said, us, vendor), 'echo', said.id, vendor)
  const isRead = vendor.receipts === 'auto' || vendor.receipts.includes('read')
  if (isRead) await tell(readMark(to, said.id, us, vendor), 'read', said.id, vendor)
}
const tell = (call: Fields, what: string, id: string, vendor: Vendor) => {
  const bytes = bytesOf(call)
  return vendor.knocker.knock({ what, ids: [id], bytes, headers: signedHeaders(bytes, vendor.keys.consumerSecret) })
}

function post(body: Fields, call: Call, vendor: Vendor): Answer {
  const us = vendor.us(vendor.callerOf(call.authorization))
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

/** Begin, pieces, end, and looking until it may be used; the pieces' bytes lie under the id. */
export function pieceOfFile(call: Call, vendor: Vendor): Answer {
  const [, id, step] = /^\/2\/media\/upload\/(?:([\w]+)\/)?(\w+)$/.exec(call.path) ?? []
  if (step === 'initialize') return begunFile(jsonOf(call.body) ?? {}, vendor)
  const named = id ?? call.query.get('media_id') ?? ''
  const file = vendor.files.get(named)
  if (file === undefined || (step === undefined && vendor.looks.loses)) return problem(404, 'Not Found')
  if (step === 'append') return pieceAdded(call, { id: named, file, vendor })
  const { total } = file
  const isWhole = total === undefined || total === file.bytes.byteLength
  if (step === 'finalize' && !isWhole) return problem(400, 'Invalid Request', 'segments do not add up')
  const info = seenBy(named, file.type, vendor)
  return {
    status: 200,
    body: { data: { id: named, size: file.bytes.byteLength, ...(info === null ? {} : { processing_info: info }) } },
  }
}
/** What X accepts as a category by the type. */
const categories: Readonly<Record<string, RegExp>> = {
  'image/gif': /^(?:tweet|dm)_gif$/,
  'video/mp4': /^(?:tweet|dm)_video$/,
}
function begunFile(asked: Fields, vendor: Vendor): Answer {
  const type = String(asked['media_type'])
  if (!(categories[type] ?? /^(?:tweet|dm)_image$/).test(String(asked['media_category'])))
    return problem(400, 'Invalid Request', 'media_category does not fit media_type')
  const made = vendor.nextId()
  vendor.files.set(made, { type, total: Number(asked['total_bytes']), bytes: new Uint8Array() })
  return { status: 200, body: { data: { id: made, media_key: `3_${made}`, expires_after_secs: 86_400 } } }
}
function pieceAdded(call: Call, { id, file, vendor }: { id: string; file: HeldFile; vendor: Vendor }): Answer {
  if (!call.type.startsWith('multipart/form-data')) return problem(400, 'Invalid Request', 'a form is wanted')
  vendor.files.set(id, { ...file, bytes: Buffer.concat([file.bytes, fileIn(call)]) })
  return { status: 200, body: { data: { expires_at: Math.floor(vendor.now() / 1000) + 86_400 } } }
}
/** Films and GIFs are looked at, so many times as a test says; null: it is no such file. */
function seenBy(id: string, type: string, { looks }: Vendor): Fields | null {
  if (categories[type] === undefined) return null
  const left = looks.left.get(id) ?? looks.wanted
  looks.left.set(id, left - 1)
  if (left > 1) return { state: 'pending', check_after_secs: 0 }
  if (left === 1) return { state: 'in_progress', check_after_secs: 0, progress_percent: 50 }
  return looks.ends === 'succeeded'
    ? { state: 'succeeded', progress_percent: 100 }
    : { state: 'failed', error: { code: 3, name: 'InvalidMedia', message: 'Unsupported video codec' } }
}
/** The bytes of the field `media`, between its head and the boundary after it. */
function fileIn({ body, type }: Call): Uint8Array {
  const boundary = /boundary=(.+)$/.exec(type)?.[1] ?? ''
  const head = body.indexOf('name="media"')
  const from = body.indexOf('\r\n\r\n', head) + 4
  return body.subarray(from, body.indexOf(`\r\n--${boundary}`, from))
}
