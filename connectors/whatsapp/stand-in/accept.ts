// `POST /{number}/messages`: checks shape and limits as the vendor does, and says yes with a wamid or no with a code.
import { buttonsMax, callbackDataMax, captionMax, listMax, textMax } from '../limits.ts'
import type { Fields, Reply, VendorError } from '../../_shared/stand-in/graph-api.ts'
import { vendorError } from './faults.ts'
import { tellReceipts } from './receipts.ts'
import type { Vendor } from './vendor.ts'
import { wamidOf, type Line } from './webhooks.ts'

export function accept(line: Line, body: Fields, vendor: Vendor): Reply {
  if (body['messaging_product'] !== 'whatsapp') return no(100, 'Param messaging_product must be whatsapp')
  if (body['status'] === 'read') return seen(body, vendor)
  const to = recipientOf(body, vendor)
  if ('error' in to) return to
  const wrong = wrongContent(body, vendor)
  if (wrong !== null) return { error: wrong }
  const hit = vendor.limits.take(line.phoneNumberId, to.phone)
  if (hit !== null) return no(hit === 'number' ? 130429 : 131056)
  return { body: accepted(line, to, { body, vendor }) }
}

const no = (code: number, details?: string): Reply & { error: VendorError } => ({ error: vendorError(code, details) })

function seen(body: Fields, vendor: Vendor): Reply {
  const id = body['message_id']
  if (typeof id !== 'string' || !id.startsWith('wamid.'))
    return no(100, 'Param message_id is not a message of a customer')
  vendor.ledger.add({ is: 'seen', at: vendor.now(), id })
  return { body: { success: true } }
}

interface Recipient {
  readonly phone: string
  readonly userId: string | null
  readonly contact: Fields
}
/** `to` wins where both are given. */
function recipientOf(body: Fields, vendor: Vendor): Recipient | { readonly error: VendorError } {
  const { to, recipient } = body as { to?: unknown; recipient?: unknown }
  if (typeof to === 'string' && body['recipient_type'] === 'group') {
    return { phone: to, userId: null, contact: { input: to, wa_id: to } }
  }
  if (typeof to === 'string') {
    const phone = to.replaceAll(/\D/g, '')
    if (phone.length < 7 || phone.length > 20) return no(131009, 'Param to is not a phone number')
    return { phone, userId: null, contact: { input: to, wa_id: phone } }
  }
  if (typeof recipient !== 'string') return no(100, 'The parameter to is required.')
  if (!/^[A-Z]{2}\.[A-Za-z0-9.]{1,132}$/.test(recipient)) return no(131009, 'Param recipient is not a user id')
  const phone = vendor.phoneOf.get(recipient) ?? recipient
  return { phone, userId: recipient, contact: { input: recipient, user_id: recipient } }
}

function accepted(
  line: Line,
  to: Recipient,
  { body, vendor }: { readonly body: Fields; readonly vendor: Vendor },
): Fields {
  const id = wamidOf(to.phone, vendor.key('out'), 'out')
  const ours = typeof body['biz_opaque_callback_data'] === 'string' ? body['biz_opaque_callback_data'] : null
  const kind = String(body['type'])
  vendor.ledger.add({ is: 'accepted', at: vendor.now(), id, ours, to: to.phone, kind, body })
  const isOpen =
    kind === 'template' || body['recipient_type'] === 'group' || vendor.limits.isOpen(line.phoneNumberId, to.phone)
  const message = { id, line, phone: to.phone, userId: to.userId, ours, isReaction: kind === 'reaction' }
  tellReceipts(message, isOpen ? null : 131047, vendor)
  const status = kind === 'template' ? { message_status: 'accepted' } : {}
  return { messaging_product: 'whatsapp', contacts: [to.contact], messages: [{ id, ...status }] }
}

const long = (value: unknown, max: number): boolean =>
  typeof value !== 'string' || value === '' || [...value].length > max
const invalid = (what: string): VendorError => vendorError(131009, `${what} is missing, too long or not valid`)

function wrongContent(body: Fields, vendor: Vendor): VendorError | null {
  const kind = String(body['type'] ?? 'text')
  const ours = body['biz_opaque_callback_data']
  if (ours !== undefined && long(ours, callbackDataMax)) return invalid('biz_opaque_callback_data')
  const check = Object.hasOwn(checks, kind) ? checks[kind] : undefined
  if (check === undefined) return vendorError(100, `Param type must be one of {${Object.keys(checks).join(', ')}}`)
  const it = body[kind]
  const isThere = kind === 'contacts' ? Array.isArray(it) : typeof it === 'object' && it !== null
  return isThere ? check(it as Fields, vendor) : vendorError(131008, `Parameter ${kind} is mandatory`)
}

type Check = (it: Fields, vendor: Vendor) => VendorError | null
const mediaCheck =
  (captions: boolean): Check =>
  (it, vendor) => {
    if (it['caption'] !== undefined && (!captions || long(it['caption'], captionMax))) return invalid('caption')
    if (typeof it['link'] === 'string') return it['link'].startsWith('https://') ? null : vendorError(131053)
    return typeof it['id'] === 'string' && vendor.media.has(it['id']) ? null : invalid('media id')
  }
const checks: Readonly<Record<string, Check>> = {
  text: (it) => (long(it['body'], textMax) ? invalid('text.body') : null),
  image: mediaCheck(true),
  video: mediaCheck(true),
  document: mediaCheck(true),
  audio: mediaCheck(false),
  sticker: mediaCheck(false),
  location: (it) => (Number.isFinite(it['latitude']) && Number.isFinite(it['longitude']) ? null : invalid('location')),
  contacts: (it) =>
    (it as unknown as Fields[]).every((card) => (card['name'] as Fields)?.['formatted_name'])
      ? null
      : invalid('contacts'),
  reaction: (it) => (long(it['message_id'], 1_000) || typeof it['emoji'] !== 'string' ? invalid('reaction') : null),
  template: (it, vendor) => vendor.templates.wrong(it),
  interactive: (it) => wrongInteractive(it),
}

function wrongInteractive(it: Fields): VendorError | null {
  const action = (it['action'] ?? {}) as Fields
  const text = ((it['body'] ?? {}) as Fields)['text']
  const footer = (it['footer'] as Fields | undefined)?.['text']
  if (footer !== undefined && long(footer, buttonsMax.footer)) return invalid('footer')
  if (long(text, it['type'] === 'list' ? listMax.body : buttonsMax.body)) return invalid('body')
  if (it['type'] === 'location_request_message')
    return action['name'] === 'send_location' ? null : invalid('action.name')
  if (it['type'] === 'button') return wrongButtons((action['buttons'] ?? []) as Fields[])
  return it['type'] === 'list' ? wrongList(action) : invalid('interactive.type')
}
function wrongButtons(buttons: readonly Fields[]): VendorError | null {
  const replies = buttons.map((button) => (button['reply'] ?? {}) as Fields)
  const bad = replies.some((reply) => long(reply['id'], buttonsMax.id) || long(reply['title'], buttonsMax.title))
  return bad || buttons.length === 0 || buttons.length > buttonsMax.count ? invalid('action.buttons') : null
}
function wrongList(action: Fields): VendorError | null {
  const rows = ((action['sections'] ?? []) as Fields[]).flatMap((it) => (it['rows'] ?? []) as Fields[])
  const bad = rows.some((row) => long(row['id'], listMax.rowId) || long(row['title'], listMax.rowTitle))
  return bad || long(action['button'], listMax.button) || rows.length === 0 || rows.length > listMax.rows
    ? invalid('action')
    : null
}
