// Turns what a customer does into the vendor's own object, one builder a kind, and remembers what a vendor would.
import type { Writing } from '../../../../core/ports/stand-in.ts'
import type { Fields } from '../graph-api.ts'
import { textOf } from '../people.ts'
import { callOf, messageId, pairOf, type DmVendor, type Page, type Person, type Placed } from './vendor.ts'

interface Made {
  readonly id: string
  readonly placed: Placed
}
export function writtenCall(
  writings: readonly Writing[],
  vendor: DmVendor,
): { readonly ids: string[]; readonly call: Fields } {
  const made = writings.map((writing) => write(writing, vendor))
  return {
    ids: made.map((it) => it.id),
    call: callOf(
      made.map((it) => it.placed),
      vendor,
    ),
  }
}

function write(writing: Writing, vendor: DmVendor): Made {
  const page = vendor.page(writing.account ?? 0)
  const person = vendor.person(writing.customer, page)
  const kind = writing.kind ?? 'text'
  const turn = vendor.chance.number(1_000, vendor.key('turn'))
  const text = writing.text ?? textOf(writing.customer, turn, vendor.chance)
  const change = vendor.rules.publicly(kind, { person, page, id: writing.id ?? '', text, about: writing.about }, vendor)
  if (change !== null) {
    const item = { field: change.field, value: { ...change.value, ...writing.fields } }
    return { id: change.id, placed: { page, place: change.isFlat === true ? 'flat' : 'changes', item } }
  }
  return writePrivately({ writing, kind, text, page, person }, vendor)
}

interface Private {
  readonly writing: Writing
  readonly kind: string
  readonly text: string
  readonly page: Page
  readonly person: Person
}
function writePrivately(it: Private, vendor: DmVendor): Made {
  const { writing, kind, page, person } = it
  const isOurs = kind === 'other_app' || kind === 'self'
  const isState = ['reaction', 'edit', 'delete', 'referral', 'handover'].includes(kind)
  const opens = !isState || (kind === 'referral' && vendor.rules.clicksOpen)
  if (!isOurs && opens) vendor.wrote.set(pairOf(page, person.id), vendor.now())
  const id = writing.id ?? (isState ? (writing.about ?? messageId(vendor, 'in')) : messageId(vendor, 'in'))
  const [us, them] = [{ id: page.id }, { id: person.id }]
  const people =
    kind === 'self'
      ? { sender: us, recipient: us }
      : isOurs
        ? { sender: us, recipient: them }
        : { sender: them, recipient: us }
  const build = Object.hasOwn(builders, kind) ? builders[kind]! : unknownKind
  const item = { ...people, timestamp: vendor.now(), ...build({ ...it, id }, vendor), ...writing.fields }
  return { id, placed: { page, place: kind === 'standby' ? 'standby' : 'messaging', item } }
}

type Builder = (it: Private & { readonly id: string }, vendor: DmVendor) => Fields
const said = (it: { readonly id: string; readonly writing: Writing }, more: Fields): Fields => ({
  message: { mid: it.id, ...more, ...(it.writing.about === undefined ? {} : { reply_to: { mid: it.writing.about } }) },
})
const typeByKind: Readonly<Record<string, string>> = {
  image: 'image/jpeg',
  audio: 'audio/mp4',
  video: 'video/mp4',
  file: 'application/pdf',
}
const media =
  (kind: string): Builder =>
  (it, vendor) => {
    const { file, text } = it.writing
    const id = vendor.cdn.add({
      type: file?.type ?? typeByKind[kind]!,
      ...(file === undefined ? {} : { bytes: file.bytes }),
    })
    const payload = { url: `${vendor.base}${vendor.cdn.pathOf(id)}` }
    return said(it, { ...(text === undefined ? {} : { text }), attachments: [{ type: kind, payload }] })
  }
/** Stories live a day; their address is the vendor's and is never to be fetched by us. */
const story = (vendor: DmVendor, id: string): Fields => ({ url: `${vendor.base}/story/${id}`, id })
const unknownKind: Builder = (it) => said(it, { attachments: [{ type: it.kind }] })

/** Shapes of the sheets' sections 3.3. A kind that is not here comes as an attachment named so, as the vendor's new kinds come. */
const builders: Readonly<Record<string, Builder>> = {
  text: (it) => said(it, { text: it.text }),
  standby: (it) => said(it, { text: it.text }),
  image: media('image'),
  audio: media('audio'),
  video: media('video'),
  document: media('file'),
  sticker: (it, vendor) => {
    const url = `${vendor.base}${vendor.cdn.pathOf(vendor.cdn.add({ type: 'image/png' }))}`
    return said(it, { attachments: [{ type: 'sticker', payload: { url, sticker_id: 369239263222822 } }] })
  },
  /** People send places as links: there is no kind of its own (sheets 3.3). */
  location: (it) =>
    said(it, {
      text: 'https://maps.example/?q=41.0256,28.9744',
      attachments: [
        { type: 'fallback', payload: { url: 'https://maps.example/?q=41.0256,28.9744', title: 'Galata Kulesi' } },
      ],
    }),
  quick_reply: (it) => said(it, { text: it.text, quick_reply: { payload: 'PICK' } }),
  unsupported: (it) => said(it, { is_unsupported: true }),
  story_reply: (it, vendor) => ({
    message: { mid: it.id, text: it.text, reply_to: { story: story(vendor, '18024567890123456') } },
  }),
  story_mention: (it, vendor) =>
    said(it, { attachments: [{ type: 'story_mention', payload: { url: `${vendor.base}/story/mention` } }] }),
  share: (it) =>
    said(it, { attachments: [{ type: 'ig_post', payload: { url: 'https://post.example/p/1', title: 'Yeni' } }] }),
  postback: (it) => ({ postback: { mid: it.id, title: it.text, payload: 'GET_STARTED' } }),
  referral: () => ({ referral: { ref: 'promo42', source: 'SHORTLINK', type: 'OPEN_THREAD' } }),
  reaction: ({ writing: { about, text: emoji = '❤️' } }) => ({
    reaction: { mid: about, ...(emoji === '' ? { action: 'unreact' } : { action: 'react', reaction: 'love', emoji }) },
  }),
  edit: ({ writing, text }) => ({ message_edit: { mid: writing.about, text, num_edit: '1' } }),
  delete: ({ writing }) => ({ message: { mid: writing.about, is_deleted: true } }),
  handover: () => ({
    pass_thread_control: { previous_owner_app_id: '263902037430900', new_owner_app_id: '1', metadata: 'x' },
  }),
  /** A person in the vendor's own inbox, or another app. */
  other_app: (it) => ({ message: { mid: it.id, is_echo: true, app_id: 263902037430900, text: it.text } }),
  self: (it) => ({ message: { mid: it.id, is_echo: true, is_self: true, text: it.text } }),
}
