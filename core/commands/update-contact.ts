// Corrects what people call a contact.
import { Type, type Static } from 'typebox'
import type { NewEvent } from '../../schemas/events.ts'
import type { ContactId } from '../../schemas/ids.ts'
import { nullable } from '../../schemas/shapes.ts'
import { command } from '../ports/command.ts'
import type { ContactRow } from '../ports/rows.ts'
import { lockOf } from '../ports/worker.ts'
import { closed, word } from './inputs.ts'
import { notFound } from './refusals.ts'
import { shutOut } from './ticket-move.ts'

export const UpdateContactInput = Type.Object(
  {
    contact: Type.String({ pattern: '^con_[0-9a-f]{32}$', description: 'The contact: con_…' }),
    name: Type.Optional(nullable(word('The name; null: none, so that the vendor’s next one is taken.'))),
    isBlocked: Type.Optional(Type.Boolean({ description: 'true: what they write is spam from now on.' })),
    resume: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
        maxItems: 20,
        description: 'Subjects of `stops` that hold no longer: `automatic_mail`, once the address is right again.',
      }),
    ),
  },
  { ...closed, description: 'What of a contact is to change.' },
)
export type UpdateContactInput = Static<typeof UpdateContactInput>

export const updateContact = command({
  name: 'update-contact',
  input: UpdateContactInput,
  scope: 'contacts:write',
  locks: () => [],
  moreLocks: (_input, known: ContactRow | null) => (known === null ? [] : [lockOf('contact', known.id)]),
  async facts(input: UpdateContactInput, read): Promise<ContactRow | null> {
    const id = input.contact as ContactId
    return (await read.contacts.byId([id])).get(id) ?? null
  },
  decide(input: UpdateContactInput, known: ContactRow | null, _moment) {
    if (known === null) return notFound('contact')
    const { id: contact } = known
    const answer = { status: 200, show: 'contact', id: contact } as const
    const { set, events } = changed(input, known)
    const shut = shutOut(input.isBlocked, known)
    if (events.length === 0) return { ...shut, answer }
    return {
      changes: [{ do: 'set-contact', contact, ...set }, ...shut.changes],
      events: [...events, ...shut.events],
      answer,
    }
  },
})

function changed({ name, resume = [] }: UpdateContactInput, known: ContactRow) {
  const told = (field: string, from: string | null, to: string | null): NewEvent => ({
    type: 'contact.updated',
    key: known.id,
    subject: known.id,
    slot: field,
    data: { contact: known.id, field, from, to },
  })
  const stops = known.stops.filter((it) => !resume.includes(it.subject))
  const isNamed = name !== undefined && name !== known.name
  const isResumed = stops.length < known.stops.length
  return {
    set: { ...(isNamed ? { name } : {}), ...(isResumed ? { stops } : {}) },
    events: [
      ...(isNamed ? [told('name', known.name, name)] : []),
      ...(isResumed ? [told('stops', resume.join(' '), null)] : []),
    ],
  }
}
