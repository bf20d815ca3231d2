// Changes a ticket: its status by the rules, its fields, who has it; decided on the version the asker saw.
import { Type, type Static } from 'typebox'
import type { TicketId } from '../../schemas/ids.ts'
import { oneOf } from '../../schemas/shapes.ts'
import { ticketStatuses, type TicketStatus } from '../../schemas/ticket.ts'
import { command, type Refusal } from '../ports/command.ts'
import type { Desk } from '../ports/desk.ts'
import type { Reader } from '../ports/reader.ts'
import type { ContactRow, ConversationRow, TicketRow, WorkspaceRow } from '../ports/rows.ts'
import { boardLock, lockOf, nothing, type Change, type Decision, type Moment } from '../ports/worker.ts'
import { closingOf, isOpen, resolvedAt, settableFrom, statusChanged } from '../rules/ticket-status.ts'
import { handedOver, readTarget, whyNotTo, type Target } from './hand-over.ts'
import * as inputs from './inputs.ts'
import { notFound, staleVersion } from './refusals.ts'
import { fieldsChange, ticketFields } from './ticket-fields.ts'
import { whyNoTopic, whyNotNamed } from './ticket-names.ts'

export const UpdateTicketInput = Type.Object(
  {
    ticket: inputs.ticketId,
    version: Type.Integer({ minimum: 1, description: 'The version you saw; another one by now is a conflict.' }),
    status: Type.Optional(oneOf(ticketStatuses, 'The status to move to.')),
    why: Type.Optional(Type.String({ maxLength: 500, description: 'Why the status moves; kept in the history.' })),
    ...ticketFields,
  },
  { ...inputs.closed, description: 'What of a ticket is to change.' },
)
export type UpdateTicketInput = Static<typeof UpdateTicketInput>

interface Facts {
  readonly ticket: TicketRow | null
  readonly conversation: ConversationRow | null
  readonly contact: ContactRow | null
  /** The ticket its conversation's messages go to now. */
  readonly current: TicketRow | null
  readonly workspace: WorkspaceRow
  /** Whom it is to go to, where that is asked. */
  readonly target: Target | null
  readonly desk: Desk
}

export const updateTicket = command({
  name: 'update-ticket',
  input: UpdateTicketInput,
  scope: 'tickets:write',
  // Whose it is is changed beside what the machine gives away.
  locks: ({ assignee }) => (assignee === undefined ? [] : [boardLock]),
  moreLocks: (_input, { ticket, conversation, contact, current }: Facts) => [
    ...(conversation === null ? [] : [lockOf('conversation', conversation.id)]),
    ...(contact === null ? [] : [lockOf('contact', contact.id)]),
    ...[ticket, current].flatMap((it) => (it === null ? [] : [lockOf('ticket', it.id)])),
  ],
  facts: readFacts,
  decide(input: UpdateTicketInput, facts, moment) {
    const { ticket } = facts
    if (ticket === null) return notFound('ticket')
    if (ticket.version !== input.version) return staleVersion('ticket', ticket.version)
    const refusal = whyNot(input, ticket, facts) ?? whyNotNamed(input, ticket, facts.desk) ?? whyNotGiven(ticket, facts)
    if (refusal !== null) return refusal
    const fields = fieldsChange(ticket, input)
    const moved = statusMove(input, ticket, { facts, moment })
    const handed = handedOver(ticket, input.assignee, moment.now)
    const spoken = languageOf(facts.contact, fields.set.language)
    const set = { ...fields.set, ...moved.set, ...handed.set }
    const change: Change = { do: 'set-ticket', ticket: ticket.id, set, at: moment.now, ifVersion: ticket.version }
    return {
      changes: Object.keys(set).length === 0 ? [] : [change, ...moved.changes, ...handed.changes, ...spoken.changes],
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
  return { ticket, conversation, contact, current, workspace: await read.workspace(), target, desk: await read.desk() }
}

const whyNotGiven = (ticket: TicketRow, { target }: Facts): Refusal | null =>
  target === null || target.id === ticket.assignee ? null : whyNotTo(target, ticket)

async function contactOf(ticket: TicketRow | null, read: Reader): Promise<ContactRow | null> {
  const id = ticket?.contact ?? null
  return id === null ? null : ((await read.contacts.byId([id])).get(id) ?? null)
}

function whyNot(input: UpdateTicketInput, ticket: TicketRow, { current, workspace }: Facts): Refusal | null {
  if (ticket.status === 'closed') {
    const why = `Ticket ${ticket.number} is closed and does not change any more. A new ticket may follow up on it.`
    return { refuse: 'conflict', code: 'ticket_closed', why, field: 'status' }
  }
  const { status } = input
  if (status === undefined || status === ticket.status) return null
  const allowed = settableFrom(ticket.status)
  if (!allowed.includes(status)) {
    const why = `A ticket that is ${ticket.status} cannot become ${status}; it can become ${allowed.join(', ')}.`
    return { refuse: 'invalid', code: 'bad_transition', why, field: 'status', facts: { from: ticket.status, allowed } }
  }
  const lacking = whyNoTopic(ticket, input, workspace.requireTopic)
  if (lacking !== null) return lacking
  if (isOpen(ticket.status) || !isOpen(status) || current === null) return null
  if (current.id === ticket.id || !isOpen(current.status)) return null
  const why = `Ticket ${current.number} of the same conversation is ${current.status}; answer there, or resolve it first.`
  const facts = { ticket: current.id, number: current.number }
  return { refuse: 'conflict', code: 'another_open_ticket', why, field: 'status', facts }
}

const unmoved = { set: {}, changes: [], events: [] }

function statusMove(
  input: UpdateTicketInput,
  ticket: TicketRow,
  known: { readonly facts: Facts; readonly moment: Moment },
) {
  const { status: to } = input
  if (to === undefined || to === ticket.status) return unmoved
  const { now } = known.moment
  return {
    set: { status: to, ...resolvedAt(ticket.status, to, now) },
    changes: goesAlong(ticket, to, known),
    events: [statusChanged(ticket.id, { from: ticket.status, to, why: input.why ?? null })],
  }
}

/** Its closing by itself; and one that is open again gets the new messages. */
function goesAlong(
  ticket: TicketRow,
  to: TicketStatus,
  { facts, moment }: { readonly facts: Facts; readonly moment: Moment },
): readonly Change[] {
  const changes = [...closingOf(ticket, to, { now: moment.now, closeDays: facts.workspace.closeDays })]
  const { conversation } = facts
  if (conversation !== null && isOpen(to) && conversation.ticket !== ticket.id)
    changes.push({ do: 'set-conversation', conversation: conversation.id, ticket: ticket.id })
  return changes
}
