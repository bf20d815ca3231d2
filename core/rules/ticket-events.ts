// The ticket.* events that both workers and commands raise, each made in one place.
import type { NewEvent } from '../../schemas/events.ts'
import type { MessageId, TicketId } from '../../schemas/ids.ts'
import type { MessageRow, TicketRow } from '../ports/rows.ts'

export const ticketCreated = (ticket: TicketRow): NewEvent => ({
  type: 'ticket.created',
  key: ticket.id,
  subject: ticket.id,
  data: {
    ticket: ticket.id,
    number: ticket.number,
    conversation: ticket.conversation,
    contact: ticket.contact,
    brand: ticket.brand,
    subject: ticket.subject,
    status: ticket.status,
    priority: ticket.priority,
    origin: ticket.origin,
    parent: ticket.parent,
  },
})

export const messageAdded = (
  ticket: TicketId,
  { id, direction, kind }: Pick<MessageRow, 'id' | 'direction' | 'kind'>,
): NewEvent => ({
  type: 'ticket.message_added',
  key: ticket,
  subject: ticket,
  data: { ticket, message: id, direction, kind },
})
/** A ticket and the message that opened it, as one fact: whoever handled the first does not handle the second once more. */
export const openedBy = (
  ticket: TicketRow,
  { id, direction, kind }: Pick<MessageRow, 'id' | 'direction' | 'kind'>,
): readonly NewEvent[] => [
  ticketCreated(ticket),
  {
    type: 'ticket.message_added',
    key: ticket.id,
    subject: ticket.id,
    data: { ticket: ticket.id, message: id, direction, kind, opensTicket: true },
  },
]

/** `by` null: it stands there again. */
export const messageReplaced = (ticket: TicketId, message: MessageId, by: MessageId | null): NewEvent => ({
  type: 'ticket.message_replaced',
  key: ticket,
  subject: ticket,
  slot: message,
  data: { ticket, message, by },
})
