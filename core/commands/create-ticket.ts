// Opens a ticket from our side: on a customer's behalf, or to write to them first (D2, W2).
import { Type, type Static } from 'typebox'
import type { TicketId } from '../../schemas/ids.ts'
import { command } from '../ports/command.ts'
import { boardLock, lockOf } from '../ports/worker.ts'
import { contactKeyLock, threadLock } from '../rules/thread-locks.ts'
import { openOnChannel, openWithoutChannel } from './create-ticket-parts.ts'
import { readCreateFacts, whyNotCreate, type CreateFacts } from './create-ticket-facts.ts'
import * as inputs from './inputs.ts'
import { ticketFields } from './ticket-fields.ts'

export const CreateTicketInput = Type.Object(
  {
    account: Type.Optional(
      Type.Object(
        { channel: inputs.word('The channel.'), id: inputs.word('The account of that channel.') },
        { ...inputs.closed, description: 'Where to write from; a ticket without a channel when left out.' },
      ),
    ),
    address: Type.Optional(inputs.addressInput),
    name: Type.Optional(Type.String({ maxLength: 200, description: 'The customer’s name.' })),
    brand: Type.Optional(inputs.word('The brand; that of the account when left out.')),
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'What it is about.' })),
    text: Type.Optional(inputs.messageText),
    html: Type.Optional(
      Type.String({
        maxLength: 500_000,
        description: 'The same as `text` with form; mail only. Without `text` its words are the text.',
      }),
    ),
    template: Type.Optional(inputs.templateInput),
    parts: Type.Optional(inputs.partsInput),
    attachments: Type.Optional(inputs.attachmentsInput),
    parent: Type.Optional(Type.String({ pattern: '^tkt_[0-9a-f]{32}$', description: 'The ticket it follows up on.' })),
    author: Type.Optional(inputs.authorInput),
    ...ticketFields,
  },
  { ...inputs.closed, description: 'A ticket that an agent or a tool opens; with a message, it is sent.' },
)
export type CreateTicketInput = Static<typeof CreateTicketInput>

export const createTicket = command({
  name: 'create-ticket',
  input: CreateTicketInput,
  scope: 'tickets:write',
  // Nobody is let go, or limited, while it becomes theirs.
  locks: ({ assignee }) => (typeof assignee === 'string' ? [boardLock] : []),
  moreLocks: (_input, facts: CreateFacts) => {
    const { place, thread } = facts
    if (place === null || thread === null) return []
    return [
      ...place.threadKeys.map((key) => threadLock(place, key)),
      ...place.to.keys.map(contactKeyLock),
      ...(thread.conversation === null ? [] : [lockOf('conversation', thread.conversation.id)]),
      ...thread.contacts.map((it) => lockOf('contact', it.id)),
      ...(thread.ticket === null ? [] : [lockOf('ticket', thread.ticket.id)]),
    ]
  },
  facts: readCreateFacts,
  decide(input: CreateTicketInput, facts, moment, by) {
    const refusal = whyNotCreate(input, facts)
    if (refusal !== null) return refusal
    const id = moment.newId('tkt') as TicketId
    const made = facts.place === null ? openWithoutChannel : openOnChannel
    const decision = made({ id, input, facts }, { moment, by })
    if ('refuse' in decision) return decision
    const about = { channel: facts.place?.channel ?? null, account: facts.place?.account ?? null }
    return { ...decision, about, answer: { status: 201, show: 'ticket', id } as const }
  },
})
