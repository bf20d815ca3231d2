// The life of a ticket (features 3.3) as one table: what happened, where the ticket stands, what becomes of it. Whoever moves a ticket asks here.
import { automaticTopic } from '../../schemas/auto-reply.ts'
import type { Instant } from '../../schemas/ids.ts'
import { statusCategories, type TicketStatus } from '../../schemas/ticket.ts'
import type { TicketRow } from '../ports/rows.ts'
import { daysBetween } from './durations.ts'
import type { Lifecycle } from './lifecycle.ts'

/** A status to move to; `stay`; a ticket of its own that follows up on this one. */
export type Outcome = TicketStatus | 'stay' | 'follow-up'
type Cell =
  | Outcome
  /** Reopened while its days last, a ticket of its own after them. */
  | 'by-days'
  /** As the setting `onReply` says. */
  | 'by-reply'
  /** It was done because we had answered, and we have not. */
  | 'by-reply-undone'
  /** It was done because a machine had answered, and nobody heard it. */
  | 'by-machine-undone'
type Row = readonly [Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell]
const quiet: Row = ['stay', 'stay', 'stay', 'stay', 'stay', 'stay', 'stay', 'stay']

/** The columns. */
const places: readonly TicketStatus[] = ['new', 'open', 'reopened', 'pending', 'on_hold', 'resolved', 'closed', 'spam']
const table = {
  /** The customer wrote, or changed what can only be changed: a review. */
  customer_wrote: ['stay', 'stay', 'stay', 'open', 'open', 'by-days', 'follow-up', 'stay'],
  /** A person of ours answered in public, here or through another tool. */
  we_answered: ['by-reply', 'by-reply', 'by-reply', 'stay', 'stay', 'stay', 'follow-up', 'stay'],
  /** The answer did not arrive, may not have, or was given up. */
  answer_lost: ['stay', 'stay', 'stay', 'open', 'stay', 'by-reply-undone', 'stay', 'stay'],
  /** The same of an answer that a machine gave: it moves nothing but what it had resolved itself (D11). */
  auto_reply_lost: ['stay', 'stay', 'stay', 'stay', 'stay', 'by-machine-undone', 'stay', 'stay'],
  /** Its days after it was resolved are over. */
  close_days: ['stay', 'stay', 'stay', 'stay', 'stay', 'closed', 'stay', 'stay'],
  /** The hour it was put away until has come. */
  snooze_over: ['stay', 'stay', 'stay', 'open', 'open', 'stay', 'stay', 'stay'],
  /** Nobody’s turn changes by these. */
  machine_wrote: quiet,
  guest_wrote: quiet,
  blocked_wrote: ['stay', 'stay', 'stay', 'stay', 'stay', 'stay', 'follow-up', 'stay'],
  machine_answered: quiet,
  note_added: quiet,
  forwarded: quiet,
  receipt: quiet,
  tagged: quiet,
  reacted: quiet,
} as const satisfies Record<string, Row>
export type Happening = keyof typeof table
export const happenings = Object.keys(table) as readonly Happening[]

type Place = Pick<TicketRow, 'status' | 'resolvedAt' | 'topic'>

/** `life`: as it is set for this ticket. */
export function outcomeOf(
  happening: Happening,
  ticket: Place,
  { life, at }: { readonly life: Lifecycle; readonly at: Instant },
): Outcome {
  const cell: Cell = table[happening][places.indexOf(ticket.status)] ?? 'stay'
  switch (cell) {
    case 'by-days':
      return comesBack(ticket, life, at) ? 'reopened' : 'follow-up'
    case 'by-reply':
      return afterReply(ticket, life)
    case 'by-reply-undone':
      return life.onReply === 'resolved' ? 'reopened' : 'stay'
    case 'by-machine-undone':
      return ticket.topic === automaticTopic ? 'reopened' : 'stay'
    default:
      return cell
  }
}

function comesBack({ resolvedAt }: Place, { followUpDays }: Lifecycle, at: Instant): boolean {
  if (followUpDays === 0) return false
  return followUpDays === null || resolvedAt === null || daysBetween(resolvedAt, at) <= followUpDays
}

/** Where resolving needs a topic and nobody has given one, the answer alone does not resolve: it is the customer’s turn. */
function afterReply({ status, topic }: Place, { onReply, requireTopic }: Lifecycle): Outcome {
  const to = onReply === 'resolved' && requireTopic && topic === null ? 'pending' : onReply
  return to === status ? 'stay' : to
}

/** What a person or a rule may set. Closed stays closed: a customer who writes again gets a linked ticket. */
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

export const isOpen = (status: TicketStatus): boolean =>
  statusCategories[status] === 'open' || statusCategories[status] === 'waiting'
