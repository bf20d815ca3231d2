// Corrects what people call a contact.
import { Type, type Static } from 'typebox'
import type { ContactId } from '../../schemas/ids.ts'
import { nullable } from '../../schemas/shapes.ts'
import { command } from '../ports/command.ts'
import type { ContactRow } from '../ports/rows.ts'
import { lockOf } from '../ports/worker.ts'
import { closed, word } from './inputs.ts'
import { notFound } from './refusals.ts'

export const UpdateContactInput = Type.Object(
  {
    contact: Type.String({ pattern: '^con_[0-9a-f]{32}$', description: 'The contact: con_…' }),
    name: nullable(word('The name; null: none, so that the vendor’s next one is taken.')),
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
  decide({ name: to }: UpdateContactInput, known: ContactRow | null, _moment) {
    if (known === null) return notFound('contact')
    const { id: contact, name: from } = known
    const answer = { status: 200, show: 'contact', id: contact } as const
    if (from === to) return { changes: [], events: [], answer }
    const data = { contact, field: 'name', from, to }
    return {
      changes: [{ do: 'set-contact', contact, name: to }],
      events: [{ type: 'contact.updated', key: contact, subject: contact, data }],
      answer,
    }
  },
})
