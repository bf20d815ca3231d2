// A ticket moves: the row, its event, and what goes along: its closing by itself, and the end of a snooze. Where to is said by `status-machine.ts`.
import type { NewEvent } from '../../schemas/events.ts'
import type { Instant, TicketId } from '../../schemas/ids.ts'
import { behavesLike, statusCategories, type TicketStatus } from '../../schemas/ticket.ts'
import type { Desk } from '../ports/desk.ts'
import type { TicketRow } from '../ports/rows.ts'
import type { Change, Decision, TicketSet } from '../ports/worker.ts'
import { plusDays } from './durations.ts'
import { lifecycleOf, type Lifecycle } from './lifecycle.ts'
import { settableFrom } from './status-machine.ts'
import { isBuiltInStatus } from './statuses.ts'
import type { Reason } from './ticket-events.ts'

export { isOpen, settableFrom } from './status-machine.ts'

/** Where a ticket stands: `status` decides what becomes of it, `customStatus` is what people call it (B24). */
export type Standing = Pick<TicketRow, 'status' | 'customStatus'>
export const builtIn = (status: TicketStatus): Standing => ({ status, customStatus: null })
/** What people and rules call it. */
export const shownStatus = ({ status, customStatus }: Standing): string => customStatus ?? status

/** Null: there is no such status. */
export function standingOf(desk: Pick<Desk, 'statuses'>, key: string): Standing | null {
  if (isBuiltInStatus(key)) return builtIn(key)
  const found = desk.statuses.get(key)
  return found === undefined ? null : { status: behavesLike[found.category], customStatus: key }
}
export const isSame = (one: Standing, other: Standing): boolean => shownStatus(one) === shownStatus(other)
/** By hand or by a rule. Within what a custom status behaves like its name may always change. */
export const maySet = (from: Standing, to: Standing): boolean =>
  settableFrom(from.status).includes(to.status) || (from.status === to.status && from.status !== 'closed')

export interface Moving extends Partial<Omit<Reason, 'why'>> {
  readonly why: string | null
  readonly at: Instant
  readonly life: Pick<Lifecycle, 'closeDays'>
}
export interface Moved {
  readonly set: TicketSet
  readonly changes: readonly Change[]
  readonly events: readonly NewEvent[]
}
type Mover = Pick<TicketRow, 'id' | 'status' | 'customStatus' | 'snoozedUntil'>

/** The move with what belongs to it, for who sets other fields as well. */
export function moved(ticket: Mover, to: Standing, of: Moving): Moved {
  const { id, status: from, snoozedUntil } = ticket
  const wakes = snoozedUntil !== null && statusCategories[to.status] !== 'waiting'
  return {
    set: { ...to, ...resolvedAt(from, to.status, of.at), ...(wakes ? { snoozedUntil: null } : {}) },
    changes: [...closingOf(ticket, to.status, of), ...(wakes ? [forgetSnooze(id)] : [])],
    events: [
      statusChanged(ticket, to, of),
      ...(wakes ? [unsnoozed(id, { until: snoozedUntil, why: of.why ?? 'status_changed' }, of)] : []),
    ],
  }
}

export function moveStatus(ticket: Mover, to: TicketStatus, of: Moving): Decision {
  const { set, changes, events } = moved(ticket, builtIn(to), of)
  return { changes: [{ do: 'set-ticket', ticket: ticket.id, set, at: of.at }, ...changes], events }
}

/** Kept on a closed ticket: it is when the work ended. */
function resolvedAt(from: TicketStatus, to: TicketStatus, at: Instant): { readonly resolvedAt?: Instant | null } {
  if (to === 'resolved') return from === 'resolved' ? {} : { resolvedAt: at }
  return from === 'resolved' && to !== 'closed' ? { resolvedAt: null } : {}
}

function statusChanged(ticket: Pick<Mover, 'id'> & Standing, to: Standing, { why, by, because }: Moving): NewEvent {
  const isCustom = ticket.customStatus !== null || to.customStatus !== null
  return {
    type: 'ticket.status_changed',
    key: ticket.id,
    subject: ticket.id,
    ...(by === undefined ? {} : { by }),
    data: {
      ticket: ticket.id,
      from: ticket.status,
      to: to.status,
      category: statusCategories[to.status],
      why,
      ...(because === undefined ? {} : { because }),
      ...(isCustom ? { custom: { from: ticket.customStatus, to: to.customStatus } } : {}),
    },
  }
}

/** A resolved ticket closes by itself after its days; one that is not resolved any more does not. */
function closingOf(ticket: Mover, to: TicketStatus, { at, life }: Moving): readonly Change[] {
  const about = { kind: 'close_ticket', subject: ticket.id } as const
  if (ticket.status === to) return []
  if (to === 'resolved') return [{ do: 'wake-me', ...about, dueAt: closesAt(at, life), basis: at }]
  return ticket.status === 'resolved' ? [{ do: 'forget-wake', ...about }] : []
}

/** One that never closes by itself is looked at again in a year: so a setting that changes finds it among those that wait. */
const aYear = 365
export const closesAt = (resolvedAt: Instant, { closeDays }: Pick<Lifecycle, 'closeDays'>): Instant =>
  plusDays(resolvedAt, closeDays ?? aYear) ?? resolvedAt

/** Another group may let its customers come back for longer or shorter: what waits to be closed counts by its days at once (B6). */
export function closesByGroup(ticket: TicketRow, set: TicketSet, desk: Desk): readonly Change[] {
  const now = { ...ticket, ...set }
  if (now.group === ticket.group || now.status !== 'resolved' || now.resolvedAt === null) return []
  const dueAt = closesAt(now.resolvedAt, lifecycleOf(desk, now))
  return [{ do: 'wake-me', kind: 'close_ticket', subject: ticket.id, dueAt, basis: now.resolvedAt }]
}

const forgetSnooze = (subject: TicketId): Change => ({ do: 'forget-wake', kind: 'snooze', subject })

/** Put away until then: the wake-up, and its event. Moving it to a status that waits is the caller's. */
export function snoozed(ticket: Pick<Mover, 'id' | 'snoozedUntil'>, until: Instant): Moved {
  const { id, snoozedUntil: from } = ticket
  if (from === until) return { set: {}, changes: [], events: [] }
  return {
    set: { snoozedUntil: until },
    changes: [{ do: 'wake-me', kind: 'snooze', subject: id, dueAt: until, basis: until }],
    events: [{ type: 'ticket.snoozed', key: id, subject: id, data: { ticket: id, until, from } }],
  }
}

/** It comes back before its hour and stays where it stands, which may still be a status that waits (B9). */
export function wokenUp({ id, snoozedUntil: until }: Pick<Mover, 'id' | 'snoozedUntil'>, why: string): Moved {
  if (until === null) return { set: {}, changes: [], events: [] }
  return { set: { snoozedUntil: null }, changes: [forgetSnooze(id)], events: [unsnoozed(id, { until, why }, {})] }
}

const unsnoozed = (
  ticket: TicketId,
  { until, why }: { readonly until: Instant; readonly why: string },
  { by }: Pick<Moving, 'by'>,
): NewEvent => ({
  type: 'ticket.unsnoozed',
  key: ticket,
  subject: ticket,
  ...(by === undefined ? {} : { by }),
  data: { ticket, until, why },
})
