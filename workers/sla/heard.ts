// What the clocks of a ticket listen to, and which ticket each of it is about.
import type { EventOf } from '../../schemas/events.ts'
import type { TicketId } from '../../schemas/ids.ts'
import type { PolicyBook } from '../../core/ports/rule-book.ts'

export const heard = [
  'ticket.triaged',
  'ticket.message_added',
  'ticket.status_changed',
  'ticket.priority_changed',
  'ticket.type_changed',
  'ticket.topic_changed',
  'ticket.language_changed',
  'ticket.tagged',
  'ticket.untagged',
  'ticket.foldered',
  'ticket.assigned',
  'ticket.unassigned',
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

export const recount = 'recount'
/** A policy looks at what this changed: it is chosen anew, and a ticket without one may get one. */
export const choosesPolicy = (event: Heard, { looksAt }: Pick<PolicyBook, 'looksAt'>): boolean =>
  event.type === 'ticket.triaged' ||
  event.type === 'ticket.priority_changed' ||
  event.type === 'ticket.type_changed' ||
  // What came as spam was promised nothing when it was triaged.
  (event.type === 'ticket.status_changed' && event.data.from === 'spam') ||
  (event.type === 'wake.due' && event.data.basis === recount) ||
  changedBy(event).some((field) => looksAt.has(field))

/** The fields of conditions whose value is another since. */
function changedBy(event: Heard): readonly string[] {
  switch (event.type) {
    case 'ticket.status_changed':
      return ['ticket.status', 'ticket.statusCategory']
    case 'ticket.topic_changed':
      return ['ticket.topic']
    case 'ticket.language_changed':
      return ['ticket.language', 'contact.language']
    case 'ticket.tagged':
    case 'ticket.untagged':
      return ['ticket.tags']
    case 'ticket.foldered':
      return ['ticket.folders']
    case 'ticket.assigned':
    case 'ticket.unassigned':
      return [`ticket.${event.data.field}`]
    case 'ticket.message_added':
      return ['ticket.messageCount']
    default:
      return []
  }
}

const onlyChoosing: ReadonlySet<string> = new Set([
  'ticket.topic_changed',
  'ticket.language_changed',
  'ticket.tagged',
  'ticket.untagged',
  'ticket.foldered',
  'ticket.assigned',
  'ticket.unassigned',
])
/** Most of what happens to a ticket is nothing to its clocks: where no policy looks at it nothing is read or locked. */
export const matters = (event: Heard, book: PolicyBook): boolean =>
  event.type === 'wake.due' || (!book.isEmpty && (!onlyChoosing.has(event.type) || choosesPolicy(event, book)))
