// How a ticket's status moves (features 3.3): by what is written, and by what a person sets; with what goes along with the move.
import type { NewEvent } from '../../schemas/events.ts'
import type { Instant, TicketId } from '../../schemas/ids.ts'
import { statusCategories, type TicketStatus } from '../../schemas/ticket.ts'
import type { TicketRow } from '../ports/rows.ts'
import type { Change, Decision } from '../ports/worker.ts'
import { daysBetween, plusDays } from './durations.ts'
import type { Reason } from './ticket-events.ts'

export const isOpen = (status: TicketStatus): boolean =>
  statusCategories[status] === 'open' || statusCategories[status] === 'waiting'

/** What a customer's own message does: a status to move to, the same one (`stay`), or a ticket of its own that follows up. */
export function afterCustomer(
  ticket: Pick<TicketRow, 'status' | 'resolvedAt'>,
  at: Instant,
  followUpDays: number,
): TicketStatus | 'stay' | 'follow-up' {
  switch (ticket.status) {
    case 'pending':
    case 'on_hold':
      return 'open'
    case 'resolved':
      return followUpDays > 0 && (ticket.resolvedAt === null || daysBetween(ticket.resolvedAt, at) <= followUpDays)
        ? 'reopened'
        : 'follow-up'
    case 'closed':
      return 'follow-up'
    default:
      return 'stay'
  }
}

/** What an answer of ours does: the customer's turn. A closed ticket is not written to any more. */
export function afterOurs(status: TicketStatus): TicketStatus | 'stay' | 'follow-up' {
  if (statusCategories[status] === 'open') return 'pending'
  return status === 'closed' ? 'follow-up' : 'stay'
}

/** What a person may set. Closed stays closed: a customer who writes again gets a linked ticket. */
const settable: Readonly<Record<TicketStatus, readonly TicketStatus[]>> = {
  new: ['open', 'pending', 'on_hold', 'resolved', 'closed', 'spam'],
  open: ['pending', 'on_hold', 'resolved', 'closed', 'spam'],
  reopened: ['open', 'pending', 'on_hold', 'resolved', 'closed', 'spam'],
  pending: ['open', 'on_hold', 'resolved', 'closed', 'spam'],
  on_hold: ['open', 'pending', 'resolved', 'closed', 'spam'],
  resolved: ['reopened', 'open', 'closed', 'spam'],
  closed: [],
  spam: ['open'],
}
export const settableFrom = (from: TicketStatus): readonly TicketStatus[] => settable[from]

/** The move with what belongs to it: when it was resolved, its event, and no closing of a ticket that is not resolved any more. */
export function moveStatus(
  ticket: Pick<TicketRow, 'id' | 'status'>,
  to: TicketStatus,
  of: { readonly why: string | null; readonly at: Instant } & Partial<Omit<Reason, 'why'>>,
): Decision {
  const { id, status: from } = ticket
  const changes: Change[] = [
    { do: 'set-ticket', ticket: id, set: { status: to, ...resolvedAt(from, to, of.at) }, at: of.at },
  ]
  if (from === 'resolved') changes.push({ do: 'forget-wake', kind: 'close_ticket', subject: id })
  return { changes, events: [statusChanged(id, { from, to, why: of.why }, of)] }
}

/** Kept on a closed ticket: it is when the work ended. */
export function resolvedAt(
  from: TicketStatus,
  to: TicketStatus,
  at: Instant,
): { readonly resolvedAt?: Instant | null } {
  if (to === 'resolved') return { resolvedAt: at }
  return from === 'resolved' && to !== 'closed' ? { resolvedAt: null } : {}
}

export const statusChanged = (
  ticket: TicketId,
  move: { readonly from: TicketStatus; readonly to: TicketStatus; readonly why: string | null },
  { by, because }: Partial<Omit<Reason, 'why'>> = {},
): NewEvent => ({
  type: 'ticket.status_changed',
  key: ticket,
  subject: ticket,
  ...(by === undefined ? {} : { by }),
  data: { ticket, ...move, category: statusCategories[move.to], ...(because === undefined ? {} : { because }) },
})

/** A resolved ticket closes by itself after its days; one that is not resolved any more does not. */
export function closingOf(
  ticket: Pick<TicketRow, 'id' | 'status'>,
  to: TicketStatus,
  of: { readonly now: Instant; readonly closeDays: number },
): readonly Change[] {
  const about = { kind: 'close_ticket', subject: ticket.id } as const
  const dueAt = to === 'resolved' ? plusDays(of.now, of.closeDays) : null
  if (dueAt !== null) return [{ do: 'wake-me', ...about, dueAt, basis: of.now }]
  return ticket.status === 'resolved' ? [{ do: 'forget-wake', ...about }] : []
}
