// Turns what a customer does into the vendor's message object, one builder a kind.
import type { Writing } from '../../../core/ports/stand-in.ts'
import { sha256Of, typeOf } from './media.ts'
import { textOf } from '../../_shared/stand-in/people.ts'
import { personOf, type Person } from './people.ts'
import type { Vendor } from './vendor.ts'
import { messagesCall, seconds, wamidOf } from './webhooks.ts'

type Fields = Readonly<Record<string, unknown>>
interface Made {
  readonly id: string
  readonly person: Person
  readonly message: Fields
}

export function writtenCall(
  writings: readonly Writing[],
  vendor: Vendor,
): { readonly ids: string[]; readonly call: Fields } {
  const line = vendor.line(writings[0]?.account ?? 0)
  const made = writings.map((writing) => write(writing, vendor))
  const people = [...new Map(made.map((it) => [it.person.userId, it.person])).values()]
  const contacts = people.map((it) => ({ profile: { name: it.name }, wa_id: it.phone, user_id: it.userId }))
  return {
    ids: made.map((it) => it.id),
    call: messagesCall(line, { contacts, messages: made.map((it) => it.message) }),
  }
}

function write(writing: Writing, vendor: Vendor): Made {
  const person = personOf(writing.customer, vendor.chance)
  const { phoneNumberId } = vendor.line(writing.account ?? 0)
  vendor.phoneOf.set(person.userId, person.phone)
  vendor.limits.customerWrote(phoneNumberId, person.phone)
  const id = writing.id ?? wamidOf(person.phone, vendor.key('in'), 'in')
  const kind = writing.kind ?? 'text'
  const build = Object.hasOwn(builders, kind) ? builders[kind] : undefined
  const what = build === undefined ? { type: kind } : build(writing, vendor)
  const { display } = vendor.line(writing.account ?? 0)
  const quoted =
    writing.about !== undefined && kind !== 'reaction' ? { context: { from: display, id: writing.about } } : {}
  const head = { from: person.phone, from_user_id: person.userId, id, timestamp: seconds(vendor.now()) }
  return { id, person, message: { ...quoted, ...head, ...what, ...writing.fields } }
}

type Builder = (writing: Writing, vendor: Vendor) => Fields
const text: Builder = (writing, vendor) => ({
  type: 'text',
  text: {
    body: writing.text ?? textOf(writing.customer, vendor.chance.number(1_000, vendor.key('turn')), vendor.chance),
  },
})
const media =
  (kind: string, more: (writing: Writing) => Fields): Builder =>
  (writing, vendor) => {
    const { file } = writing
    const type = file?.type ?? typeOf(kind)
    const id = vendor.media.add({
      type,
      name: file?.name ?? kind,
      ...(file === undefined ? {} : { bytes: file.bytes }),
    })
    const sha256 = sha256Of(vendor.media.get(id).bytes)
    return { type: kind, [kind]: { ...more(writing), mime_type: type, sha256, id } }
  }
const caption = (writing: Writing): Fields => (writing.text === undefined ? {} : { caption: writing.text })
const choice = (kind: 'button_reply' | 'list_reply'): Builder => {
  const id = kind === 'button_reply' ? 'yes' : 'row-1'
  return ({ text: title = 'Evet' }) => ({ type: 'interactive', interactive: { type: kind, [kind]: { id, title } } })
}

/** Shapes of sheet section 3.5. A kind that is not here is sent as it is named, as the vendor's new kinds come. */
const builders: Readonly<Record<string, Builder>> = {
  text,
  image: media('image', caption),
  video: media('video', caption),
  audio: media('audio', () => ({ voice: true })),
  sticker: media('sticker', () => ({ animated: false })),
  document: media('document', (it) => ({ ...caption(it), filename: it.file?.name ?? 'dekont.pdf' })),
  location: () => ({
    type: 'location',
    location: {
      latitude: 41.0256,
      longitude: 28.9744,
      name: 'Galata Kulesi',
      address: 'Bereketzade, Beyoğlu/İstanbul',
    },
  }),
  contacts: () => ({
    type: 'contacts',
    contacts: [
      {
        name: { formatted_name: 'Nazlı Güneş', first_name: 'Nazlı' },
        phones: [{ phone: '+90 532 000 11 22', type: 'CELL' }],
      },
    ],
  }),
  button: ({ text: title = 'Evet' }) => ({ type: 'button', button: { payload: 'yes', text: title } }),
  button_reply: choice('button_reply'),
  list_reply: choice('list_reply'),
  reaction: ({ about, text: emoji = '👍' }) => ({
    type: 'reaction',
    reaction: { message_id: about, ...(emoji === '' ? {} : { emoji }) },
  }),
  unsupported: () => ({
    type: 'unsupported',
    errors: [
      {
        code: 131051,
        title: 'Message type unknown',
        message: 'Message type unknown',
        error_data: { details: 'Message type is currently not supported.' },
      },
    ],
    unsupported: { type: 'poll' },
  }),
}
