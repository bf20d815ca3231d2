// `POST /{page}/messages`: checks shape, window, owner and limits as the vendor does, and says yes with an id or no with a code.
import type { Fields, Reply } from '../graph-api.ts'
import { dmError, messageId, pairOf, type DmVendor, type Page } from './vendor.ts'
import { tellAccepted } from './receipts.ts'

const hourMs = 3_600_000
const no = (code: number, subcode?: number, text?: string): Reply => ({ error: dmError(code, subcode, text) })
const object = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})

export async function accept(page: Page, body: Fields, vendor: DmVendor): Promise<Reply> {
  const recipient = object(body['recipient'])
  if (typeof body['sender_action'] === 'string') return acted(page, body, vendor)
  const { rules } = vendor
  const wrong = wrongMessage(object(body['message']), vendor)
  if (wrong !== null) return wrong
  if (typeof recipient['comment_id'] === 'string' || typeof recipient['post_id'] === 'string')
    return privately(page, body, vendor)
  const person = recipient['id'] ?? recipient['user_ref']
  if (typeof person !== 'string') return no(100, undefined, 'Param recipient must be an object with an id')
  const wrote = vendor.wrote.get(pairOf(page, person))
  if (wrote === undefined) return no(100, rules.unknownPerson, 'No matching user found')
  if (vendor.owned.has(pairOf(page, person))) return no(rules.threadOwned.code, rules.threadOwned.subcode)
  const shut = whyShut(body, vendor.now() - wrote, vendor)
  if (shut !== null) return shut
  if (!vendor.buckets.take(page.id))
    return no(rules.rate.code, rules.rate.subcode, 'Calls to this api have exceeded the rate limit')
  return { body: await accepted({ page, person, body, named: true }, vendor) }
}

/** RESPONSE and UPDATE for a day, HUMAN_AGENT for seven; the other tags are dead since April 2026. */
function whyShut(body: Fields, sinceMs: number, { rules }: DmVendor): Reply | null {
  const { messaging_type: type, tag } = body
  if (type === 'MESSAGE_TAG' && tag !== 'HUMAN_AGENT')
    return no(100, undefined, 'This message tag is not supported any more')
  const hours = type === 'MESSAGE_TAG' ? 7 * 24 : 24
  if (sinceMs < hours * hourMs) return null
  return no(rules.windowClosed.code, rules.windowClosed.subcode, 'This message is sent outside of allowed window.')
}

function wrongMessage(message: Fields, vendor: DmVendor): Reply | null {
  const { text, attachment, metadata, quick_replies: replies } = message
  if ((text === undefined) === (attachment === undefined)) return no(100, undefined, 'Give text or attachment')
  if (text !== undefined && (typeof text !== 'string' || text === '' || !vendor.rules.fits(text)))
    return no(100, undefined, 'Length of param message[text] must be less than or equal to its limit')
  if (metadata !== undefined && (typeof metadata !== 'string' || metadata.length >= 1_000)) return no(100)
  if (
    Array.isArray(replies) &&
    (replies.length > 13 || replies.some((it) => [...String(object(it)['title'])].length > 20))
  )
    return no(100)
  if (attachment === undefined) return null
  const { attachment_id: id, url } = object(object(attachment)['payload'])
  if (typeof url === 'string')
    return url.startsWith('https://') ? null : no(100, 2018008, 'Failed to fetch the file from the url')
  return typeof id === 'string' && vendor.cdn.has(id) ? null : no(100, 2018074, 'Invalid attachment')
}

function acted(page: Page, body: Fields, vendor: DmVendor): Reply {
  const action = body['sender_action']
  const { id } = object(body['recipient'])
  if (!['typing_on', 'typing_off', 'mark_seen', 'react', 'unreact'].includes(String(action))) return no(100)
  if (typeof id !== 'string' || !vendor.wrote.has(pairOf(page, id))) return no(100, vendor.rules.unknownPerson)
  if (action === 'mark_seen') vendor.ledger.add({ is: 'seen', at: vendor.now(), id })
  if (action === 'react' || action === 'unreact')
    vendor.ledger.add({ is: 'accepted', at: vendor.now(), id: '', ours: null, to: id, kind: String(action), body })
  return { body: { recipient_id: id } }
}

/** Once for a comment, within seven days; it opens no window. */
async function privately(page: Page, body: Fields, vendor: DmVendor): Promise<Reply> {
  const recipient = object(body['recipient'])
  const id = String(recipient['comment_id'] ?? recipient['post_id'])
  const comment = vendor.comments.get(id)
  const isOld = comment !== undefined && vendor.now() - comment.at >= 7 * 24 * hourMs
  if (comment === undefined || comment.person === null || comment.isGone || isOld || vendor.privatelyAnswered.has(id))
    return no(100, vendor.rules.privateReplyUsed, 'Activity already replied to')
  vendor.privatelyAnswered.add(id)
  return { body: await accepted({ page, person: comment.person.id, body, named: false }, vendor) }
}

export interface Accepted {
  readonly page: Page
  readonly person: string
  readonly body: Fields
  /** Is the recipient named in the answer? Not where a comment was. */
  readonly named: boolean
}
async function accepted(it: Accepted, vendor: DmVendor): Promise<Fields> {
  const id = messageId(vendor, 'out')
  const message = object(it.body['message'])
  const ours = typeof message['metadata'] === 'string' ? message['metadata'] : null
  const kind = message['text'] === undefined ? String(object(message['attachment'])['type']) : 'text'
  vendor.ledger.add({ is: 'accepted', at: vendor.now(), id, ours, to: it.person, kind, body: it.body })
  await tellAccepted({ id, page: it.page, person: it.person, message }, vendor)
  return { ...(it.named ? { recipient_id: it.person } : {}), message_id: id }
}
