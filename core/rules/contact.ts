// Which person is this: found by any key, made when unknown, joined when two turn out to be one.
import type { NewEvent } from '../../schemas/events.ts'
import type { ContactId } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import type { ContactRow } from '../ports/rows.ts'
import type { Change, Decision, Moment } from '../ports/worker.ts'

export interface ContactFound extends Decision {
  readonly contact: ContactId
  readonly name: string | null
  readonly address: string | null
}

/** `found`: by the party's keys, strongest first. */
export function contactOf(
  party: Pick<Party, 'name' | 'address' | 'keys'>,
  found: readonly ContactRow[],
  moment: Moment,
): ContactFound {
  const [oldest, ...others] = found.toSorted(byAge)
  if (oldest === undefined) return newContact(party, moment)
  const merges = others.map((gone) => mergeOf(oldest, gone))
  const known = new Set(found.flatMap((it) => it.keys))
  const before = { ...oldest, ...firstKnown(found.toSorted(byAge)) }
  const filled = fillIn(party, before, oldest, known)
  return {
    contact: oldest.id,
    name: before.name ?? party.name,
    address: before.address ?? party.address,
    changes: [...merges.map((it) => it.change), ...filled.changes],
    events: [...merges.map((it) => it.event), ...filled.events],
  }
}

/** The same answer whatever order the keys were asked in. */
const byAge = (a: ContactRow, b: ContactRow): number =>
  a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1

/** What the one who stays lacks is taken from those that go. */
const firstKnown = (contacts: readonly ContactRow[]) => ({
  name: contacts.find((it) => it.name !== null)?.name ?? null,
  address: contacts.find((it) => it.address !== null)?.address ?? null,
})

function newContact(party: Pick<Party, 'name' | 'address' | 'keys'>, moment: Moment): ContactFound {
  const contact = moment.newId('con') as ContactId
  const { name, address, keys } = party
  return {
    contact,
    name,
    address,
    changes: [{ do: 'make-contact', contact, name, address, keys }],
    events: [{ type: 'contact.created', key: contact, subject: contact, data: { contact, name, keys: [...keys] } }],
  }
}

function mergeOf(stays: ContactRow, gone: ContactRow): { readonly change: Change; readonly event: NewEvent } {
  return {
    change: { do: 'merge-contacts', stays: stays.id, gone: gone.id },
    event: {
      type: 'contact.merged',
      key: stays.id,
      subject: stays.id,
      slot: gone.id,
      data: { contact: stays.id, gone: gone.id },
    },
  }
}

/** A name or address that a person has is never overwritten by what a vendor shows. */
function fillIn(
  party: Pick<Party, 'name' | 'address' | 'keys'>,
  before: ContactRow,
  oldest: ContactRow,
  known: ReadonlySet<string>,
): Decision {
  const name = before.name ?? party.name
  const address = before.address ?? party.address
  const addKeys = party.keys.filter((key) => !known.has(key))
  const set = {
    ...(name === oldest.name ? {} : { name }),
    ...(address === oldest.address ? {} : { address }),
    ...(addKeys.length === 0 ? {} : { addKeys }),
  }
  if (Object.keys(set).length === 0) return { changes: [], events: [] }
  const events = [
    ...(name === oldest.name ? [] : [updated(oldest.id, 'name', name)]),
    ...(address === oldest.address ? [] : [updated(oldest.id, 'address', address)]),
    ...addKeys.map((key) => updated(oldest.id, 'keys', key)),
  ]
  return { changes: [{ do: 'set-contact', contact: oldest.id, ...set }], events }
}

const updated = (contact: ContactId, field: string, to: string | null): NewEvent => ({
  type: 'contact.updated',
  key: contact,
  subject: contact,
  slot: field === 'keys' ? `keys:${to}` : field,
  data: { contact, field, from: null, to },
})
