// What the clocks of a ticket listen to, and which ticket each of it is about.
import type { EventOf } from '../../schemas/events.ts'
import type { TicketId } from '../../schemas/ids.ts'

export const heard = [
  'ticket.triaged',
  'ticket.message_added',
  'ticket.status_changed',
  'ticket.priority_changed',
  'ticket.type_changed',
  'reply.refused',
  'reply.cancelled',
  'wake.due',
] as const
export type Heard = EventOf<(typeof heard)[number]>

export function isConcern(event: Heard): boolean {
  if (event.type === 'wake.due') return event.data.kind === 'sla' || event.data.kind === 'sla_recount'
  if (event.type !== 'ticket.message_added') return true
  const { direction, kind } = event.data
  return (direction === 'in' && kind === 'user') || (direction === 'out' && kind === 'agent')
}

/** Null: of no ticket, but of all. */
export const ticketOf = (event: Heard): TicketId | null =>
  event.type === 'wake.due'
    ? event.data.kind === 'sla'
      ? (event.data.subject as TicketId)
      : null
    : (event.data.ticket as TicketId)

/** What a policy looks at may be another by now: it is chosen anew, and a ticket without one may get one. */
export const recount = 'recount'
export const choosesPolicy = (event: Heard): boolean =>
  event.type === 'ticket.triaged' ||
  event.type === 'ticket.priority_changed' ||
  event.type === 'ticket.type_changed' ||
  (event.type === 'wake.due' && event.data.basis === recount)
