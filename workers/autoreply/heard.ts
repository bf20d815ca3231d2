// What an automatic reply may answer: a message that opened a ticket, once it is triaged, or a customer's further word on one.
import type { EventOf } from '../../schemas/events.ts'
import type { MessageId, TicketId } from '../../schemas/ids.ts'

export const heard = ['ticket.triaged', 'ticket.message_added'] as const
export type Heard = EventOf<(typeof heard)[number]>
export interface Asked {
  readonly ticket: TicketId
  readonly message: MessageId
  readonly isOpening: boolean
}

/** Null: nothing that is answered. What is replayed or brought in from elsewhere greets nobody. */
export function askedBy(event: Heard): Asked | null {
  if (event.origin !== 'live') return null
  const ticket = event.data.ticket as TicketId
  const message = event.data.message as MessageId | undefined
  if (message === undefined) return null
  if (event.type === 'ticket.triaged') return event.data.on === 'created' ? { ticket, message, isOpening: true } : null
  const { direction, kind, opensTicket } = event.data
  return direction === 'in' && kind === 'user' && opensTicket !== true ? { ticket, message, isOpening: false } : null
}
