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

export const messageAdded = (ticket: TicketId, message: Pick<MessageRow, 'id' | 'direction' | 'kind'>): NewEvent => ({
  type: 'ticket.message_added',
  key: ticket,
  subject: ticket,
  data: { ticket, message: message.id, direction: message.direction, kind: message.kind },
})

/** `by` null: it stands there again. */
export const messageReplaced = (ticket: TicketId, message: MessageId, by: MessageId | null): NewEvent => ({
  type: 'ticket.message_replaced',
  key: ticket,
  subject: ticket,
  slot: message,
  data: { ticket, message, by },
})
