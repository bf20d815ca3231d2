// Changes a ticket: its status by the rules, its fields, who has it; decided on the version the asker saw.
import { Type, type Static } from 'typebox'
import type { TicketId } from '../../schemas/ids.ts'
import { instant, nullable } from '../../schemas/shapes.ts'
import { command, type Refusal } from '../ports/command.ts'
import type { Desk } from '../ports/desk.ts'
import type { Reader } from '../ports/reader.ts'
import type { ContactRow, TicketRow } from '../ports/rows.ts'
import { boardLock, lockOf, nothing, type Change, type Decision } from '../ports/worker.ts'
import { isBuiltInStatus } from '../rules/statuses.ts'
import { closesByGroup } from '../rules/ticket-status.ts'
import { settingsLock } from './desk-change.ts'
import { handedOver, readTarget, whyNotTo, type Target } from './hand-over.ts'
import * as inputs from './inputs.ts'
import { notFound, staleVersion } from './refusals.ts'
import { fieldsChange, ticketFields } from './ticket-fields.ts'
import { movedBy, whyNotMoved, type MoveFacts } from './ticket-move.ts'
import { whyNotNamed } from './ticket-names.ts'

export const UpdateTicketInput = Type.Object(
  {
    ticket: inputs.ticketId,
    version: Type.Integer({ minimum: 1, description: 'The version you saw; another one by now is a conflict.' }),
    status: Type.Optional(inputs.word('The status to move to: one of the eight, or a custom one.')),
    snoozeUntil: Type.Optional(
      nullable(
        instant,
        'Put away until then, or until the customer writes; it then comes back as open. null: it comes back now.',
      ),
    ),
    blockContact: Type.Optional(
      Type.Boolean({ description: 'With spam: what they write is spam from now on. false: it is not any more.' }),
    ),
    why: Type.Optional(Type.String({ maxLength: 500, description: 'Why the status moves; kept in the history.' })),
    ...ticketFields,
  },
  { ...inputs.closed, description: 'What of a ticket is to change.' },
)
export type UpdateTicketInput = Static<typeof UpdateTicketInput>

interface Facts extends MoveFacts {
  readonly ticket: TicketRow | null
  /** Whom it is to go to, where that is asked. */
  readonly target: Target | null
}

export const updateTicket = command({
  name: 'update-ticket',
  input: UpdateTicketInput,
  scope: 'tickets:write',
  // Whose it is is changed beside what the machine gives away.
  locks: ({ assignee, status }) => [
    ...(assignee === undefined ? [] : [boardLock]),
    // A status of their own does not go while a ticket gets it.
    ...(status === undefined || isBuiltInStatus(status) ? [] : [settingsLock]),
  ],
  moreLocks: (_input, { ticket, conversation, contact, current }: Facts) => [
    ...(conversation === null ? [] : [lockOf('conversation', conversation.id)]),
    ...(contact === null ? [] : [lockOf('contact', contact.id)]),
    ...[ticket, current].flatMap((it) => (it === null ? [] : [lockOf('ticket', it.id)])),
  ],
  facts: readFacts,
  decide(input: UpdateTicketInput, facts, moment, by) {
    const { ticket } = facts
    if (ticket === null) return notFound('ticket')
    if (ticket.version !== input.version) return staleVersion('ticket', ticket.version)
    const refusal =
      whyClosed(ticket) ??
      whyNotMoved(input, ticket, facts, { moment, by }) ??
      whyNotNamed(input, ticket, facts.desk) ??
      whyNotGiven(ticket, facts)
    if (refusal !== null) return refusal
    const fields = fieldsChange(ticket, input)
    const moved = movedBy(input, ticket, facts, { moment, by })
    const handed = handedOver(ticket, input.assignee, moment.now)
    const spoken = languageOf(facts.contact, fields.set.language)
    const set = { ...fields.set, ...moved.set, ...handed.set }
    const change: Change = { do: 'set-ticket', ticket: ticket.id, set, at: moment.now, ifVersion: ticket.version }
    return {
      changes: [
        ...(Object.keys(set).length === 0 ? [] : [change]),
        ...moved.changes,
        ...closesByGroup(ticket, set, facts.desk),
        ...handed.changes,
        ...spoken.changes,
      ],
      events: [...moved.events, ...fields.events, ...spoken.events],
      about: { channel: ticket.channel, account: ticket.account },
      answer: { status: 200, show: 'ticket', id: ticket.id } as const,
    }
  },
})

/** The language of a ticket is that of its customer, for all that is written to them from now on (D27). */
function languageOf(contact: ContactRow | null, to: string | null | undefined): Decision {
  if (contact === null || to === undefined || contact.language === to) return nothing
  const { id } = contact
  const data = { contact: id, field: 'language', from: contact.language, to }
  return {
    changes: [{ do: 'set-contact', contact: id, language: to }],
    events: [{ type: 'contact.updated', key: id, subject: id, slot: 'language', data }],
  }
}

async function readFacts(input: UpdateTicketInput, read: Reader): Promise<Facts> {
  const id = input.ticket as TicketId
  const ticket = (await read.tickets.byId([id])).get(id) ?? null
  const talk = ticket?.conversation ?? null
  const conversation = talk === null ? null : ((await read.conversations.byId([talk])).get(talk) ?? null)
  const other = conversation?.ticket ?? null
  const current = other === null ? null : ((await read.tickets.byId([other])).get(other) ?? null)
  const target = typeof input.assignee === 'string' ? await readTarget(input.assignee, conversation, read) : null
  const contact = await contactOf(ticket, read)
  const desk = await read.desk()
  const can = conversation === null ? null : read.capabilities(conversation.channel, conversation.kind)
  return {
    ticket,
    conversation,
    contact,
    current,
    target,
    desk,
    can,
    online: await onlineOf(input, ticket, desk, read),
  }
}

/** Asked only where a ticket that is done may come back. */
async function onlineOf({ status }: UpdateTicketInput, ticket: TicketRow | null, desk: Desk, read: Reader) {
  if (status === undefined || ticket?.category !== 'done') return new Set<string>()
  const presences = await read.assigning.presence([...desk.agents.keys()])
  return new Set([...presences.values()].flatMap((it) => (it.presence === 'online' ? [it.agent] : [])))
}

/** L7: closed is for good. */
function whyClosed({ status, number }: TicketRow): Refusal | null {
  if (status !== 'closed') return null
  const why = `Ticket ${number} is closed and does not change any more. A new ticket may follow up on it.`
  return { refuse: 'conflict', code: 'ticket_closed', why, field: 'status' }
}

const whyNotGiven = (ticket: TicketRow, { target }: Facts): Refusal | null =>
  target === null || target.id === ticket.assignee ? null : whyNotTo(target, ticket)

async function contactOf(ticket: TicketRow | null, read: Reader): Promise<ContactRow | null> {
  const id = ticket?.contact ?? null
  return id === null ? null : ((await read.contacts.byId([id])).get(id) ?? null)
}
