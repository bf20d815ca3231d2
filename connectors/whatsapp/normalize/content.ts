// What a message says: its text, its parts and its files, by type (D42). A type this build does not know is still a message.
import type { Incoming } from '../../../core/ports/channel.ts'
import type { Part } from '../../../schemas/message.ts'
import { field, isObject, listAt, numberAt, objectAt, present, textAt, type Json } from '../../_shared/read-json.ts'
import { isUnread, unread, type Unread } from '../../_shared/unread.ts'
import { mediaTypes, readErrors, readMedia } from '../wire.ts'
import { answerOf } from './answers.ts'
import { cardOf } from './cards.ts'

export type Content = Pick<Incoming, 'text' | 'parts' | 'attachments'>
export const says = (text: string, ...parts: readonly Part[]): Content => ({ text, parts, attachments: [] })

const readers: ReadonlyMap<string, (body: Json) => Content | Unread> = new Map([
  ['text', textOf],
  ['location', locationOf],
  ['contacts', contactsOf],
  ['interactive', (body: Json) => answered(answerOf(objectAt(body, 'interactive')))],
  ['button', buttonOf],
  ['order', orderOf],
  ['unsupported', unsupportedOf],
  ['media_placeholder', filePending],
])

/** `body` is the message, or the message inside an edit. Its context and advertisement come as parts behind the content's own. */
export function contentOf(type: string, body: Json): Content | Unread {
  const content = mediaTypes.has(type) ? mediaOf(type, body) : (readers.get(type) ?? unknownType(type))(body)
  return isUnread(content) ? content : { ...content, parts: [...content.parts, ...aroundOf(body)] }
}

function textOf(body: Json): Content | Unread {
  const written = field(objectAt(body, 'text'), 'body')
  return typeof written === 'string' ? says(written) : unread('.text.body', 'a text message without a text')
}

function mediaOf(type: string, body: Json): Content | Unread {
  const file = readMedia(body, type)
  if (isUnread(file)) return file
  const media = objectAt(body, type)
  const parts: Part[] = []
  if (type === 'sticker') parts.push({ kind: 'sticker', animated: field(media, 'animated') === true } as Part)
  if (field(media, 'voice') === true) parts.push({ kind: 'voice' })
  return { text: textAt(media, 'caption') ?? '', parts, attachments: [file] }
}

function locationOf(body: Json): Content | Unread {
  const place = objectAt(body, 'location')
  const latitude = numberAt(place, 'latitude')
  const longitude = numberAt(place, 'longitude')
  if (latitude === undefined || longitude === undefined) return unread('.location', 'a place without coordinates')
  const named = { name: textAt(place, 'name'), address: textAt(place, 'address'), url: textAt(place, 'url') }
  return says('', { kind: 'location', latitude, longitude, ...present(named) } as Part)
}

function contactsOf(body: Json): Content | Unread {
  const cards = listAt(body, 'contacts').filter(isObject).map(cardOf)
  return cards.length === 0
    ? unread('.contacts', 'a contact message without contacts')
    : says('', { kind: 'contacts', contacts: cards } as Part)
}

const answered = (part: Part | Unread): Content | Unread =>
  isUnread(part) ? part : says(typeof part['title'] === 'string' ? part['title'] : '', part)

/** A template's quick reply. A marketing STOP may come as one: the payload is what rules match, the text is what the agent sees. */
function buttonOf(body: Json): Content | Unread {
  const button = objectAt(body, 'button')
  const title = textAt(button, 'text') ?? textAt(button, 'payload')
  if (title === undefined) return unread('.button', 'a tapped button without text or payload')
  return says(title, { kind: 'answer', of: 'button', ...present({ id: textAt(button, 'payload') }), title } as Part)
}

function orderOf(body: Json): Content | Unread {
  const order = objectAt(body, 'order')
  if (order === undefined) return unread('.order', 'an order without content')
  const items = listAt(order, 'product_items')
    .filter(isObject)
    .map((item) =>
      present({
        productId: textAt(item, 'product_retailer_id'),
        quantity: numberAt(item, 'quantity'),
        price: numberAt(item, 'item_price'),
        currency: textAt(item, 'currency'),
      }),
    )
  const catalogId = textAt(order, 'catalog_id')
  return says(textAt(order, 'text') ?? '', { kind: 'order', ...present({ catalogId }), items } as Part)
}

/** The vendor itself could not hand it over: a poll, an edit on an ordinary number, a file over 100 MB. */
function unsupportedOf(body: Json): Content {
  const type = textAt(objectAt(body, 'unsupported'), 'type') ?? 'unknown'
  return says('', { kind: 'unsupported', type, ...readErrors(listAt(body, 'errors')) } as Part)
}
/** Only in history: the file follows in a call of its own, or never. */
const pending =
  'A file from before the number was joined; the vendor hands over those younger than 14 days, in a call of their own.'
function filePending(): Content {
  return says('', { kind: 'unsupported', type: 'media_placeholder', why: pending } as Part)
}
const unknownType = (type: string) => (): Content =>
  says('', { kind: 'unsupported', type, why: 'This kind of message is not known yet; its bytes are kept.' } as Part)

/** What stands around the content: forwarded, the product asked about, the advertisement that brought them (only on the first message). */
function aroundOf(body: Json): readonly Part[] {
  const parts: Part[] = []
  const context = objectAt(body, 'context')
  const often = field(context, 'frequently_forwarded') === true
  if (often || field(context, 'forwarded') === true) parts.push({ kind: 'forwarded', often } as Part)
  const product = objectAt(context, 'referred_product')
  if (product !== undefined) {
    const named = { catalogId: textAt(product, 'catalog_id'), productId: textAt(product, 'product_retailer_id') }
    parts.push({ kind: 'product', ...present(named) } as Part)
  }
  const referral = objectAt(body, 'referral')
  if (referral !== undefined) parts.push({ kind: 'referral', ...referralOf(referral) } as Part)
  return parts
}
const referralOf = (referral: Json) =>
  present({
    sourceUrl: textAt(referral, 'source_url'),
    sourceId: textAt(referral, 'source_id'),
    sourceType: textAt(referral, 'source_type'),
    headline: textAt(referral, 'headline'),
    body: textAt(referral, 'body'),
    mediaType: textAt(referral, 'media_type'),
    imageUrl: textAt(referral, 'image_url'),
    videoUrl: textAt(referral, 'video_url'),
    thumbnailUrl: textAt(referral, 'thumbnail_url'),
    clickId: textAt(referral, 'ctwa_clid'),
    welcome: textAt(objectAt(referral, 'welcome_message'), 'text'),
  })
