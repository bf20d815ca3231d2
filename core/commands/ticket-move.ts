// A person moves a ticket: to a status, into a snooze or out of it, and with a customer who is not let in any more; or why it cannot be (3.3, B9, D46).
import type { Instant } from '../../schemas/ids.ts'
import { statusCategories } from '../../schemas/ticket.ts'
import type { Asker, Refusal } from '../ports/command.ts'
import type { Capabilities } from '../ports/channel.ts'
import type { Desk } from '../ports/desk.ts'
import type { ContactRow, ConversationRow, TicketRow } from '../ports/rows.ts'
import type { Change, Moment } from '../ports/worker.ts'
import { lifecycleOf } from '../rules/lifecycle.ts'
import { nearest } from '../rules/nearest.ts'
import {
  builtIn,
  isOpen,
  isSame,
  maySet,
  moved,
  settableFrom,
  shownStatus,
  snoozed,
  standingOf,
  wokenUp,
  type Moved,
  type Standing,
} from '../rules/ticket-status.ts'
import { closedWhy, openStep } from '../rules/window.ts'
import { unavailable } from './hand-over.ts'
import { invalid } from './refusals.ts'
import { whyNoTopic } from './ticket-names.ts'

export interface MoveAsked {
  readonly status?: string
  readonly snoozeUntil?: Instant | null
  readonly blockContact?: boolean
  readonly topic?: string | null
  readonly why?: string
}
export interface MoveFacts {
  readonly conversation: ConversationRow | null
  readonly contact: ContactRow | null
  /** The ticket its conversation's messages go to now. */
  readonly current: TicketRow | null
  /** Of its conversation. */
  readonly can: Capabilities | null
  /** Who is there, of those who might ask. */
  readonly online: ReadonlySet<string>
  readonly desk: Desk
}
interface By {
  readonly moment: Moment
  readonly by: Asker
}

/** Where it is to stand; null: where it does. What is put away waits, and what comes back is open. */
function wanted(asked: MoveAsked, ticket: TicketRow, desk: Desk): Standing | null {
  const { status, snoozeUntil } = asked
  if (status !== undefined) return standingOf(desk, status)
  if (snoozeUntil === undefined) return null
  if (snoozeUntil === null) return ticket.snoozedUntil === null ? null : builtIn('open')
  return ticket.category === 'open' ? builtIn('on_hold') : null
}

export function whyNotMoved(asked: MoveAsked, ticket: TicketRow, facts: MoveFacts, by: By): Refusal | null {
  const { desk } = facts
  if (asked.status !== undefined && standingOf(desk, asked.status) === null) return unknownStatus(asked.status, desk)
  const to = wanted(asked, ticket, desk)
  return (
    whyNotSnoozed(asked, to ?? ticket, by.moment) ??
    whyNotBlocked(asked, ticket, { to, contact: facts.contact }) ??
    (to === null || isSame(to, ticket) ? null : whyNotThere(asked, ticket, { to, facts, by }))
  )
}

function unknownStatus(key: string, desk: Desk): Refusal {
  const near = nearest(key, [...desk.statuses.keys()])
  const hint = near === null ? ' GET /v1/statuses lists them.' : ` Did you mean "${near}"?`
  return invalid('unknown_status', 'status', `There is no status "${key}".${hint}`)
}

interface To {
  readonly to: Standing
  readonly facts: MoveFacts
  readonly by: By
}
function whyNotThere(asked: MoveAsked, ticket: TicketRow, { to, facts, by }: To): Refusal | null {
  if (!maySet(ticket, to)) return badTransition(ticket, to)
  const { current, desk } = facts
  const lacking = whyNoTopic(ticket, { ...asked, to: to.status }, desk.rows.requireTopic)
  if (lacking !== null) return lacking
  if (isOpen(ticket.status) || !isOpen(to.status)) return null
  if (current !== null && current.id !== ticket.id && isOpen(current.status)) return anotherOpen(current)
  return ticket.category === 'done' ? whyNotBack(facts, by) : null
}

function badTransition(ticket: TicketRow, to: Standing): Refusal {
  const [from, allowed] = [shownStatus(ticket), settableFrom(ticket.status)]
  const why = `A ticket that is ${from} cannot become ${shownStatus(to)}; it can become ${allowed.join(', ')}.`
  return { refuse: 'invalid', code: 'bad_transition', why, field: 'status', facts: { from, allowed } }
}

function anotherOpen({ id, number, status }: TicketRow): Refusal {
  const why = `Ticket ${number} of the same conversation is ${status}; answer there, or resolve it first.`
  return { refuse: 'conflict', code: 'another_open_ticket', why, field: 'status', facts: { ticket: id, number } }
}

/** A conversation that went on live comes back while it can be answered, and to somebody who is there (D46, D48). */
function whyNotBack({ can, conversation, online, desk }: MoveFacts, { moment, by }: By): Refusal | null {
  if (can === null || conversation === null || !can.live) return null
  const { windows } = can
  if (windows.length > 0 && openStep(windows, conversation.customerAt, moment.now) === null) {
    const why = `It cannot be answered any more: ${closedWhy(windows, conversation.customerAt)}. To write to them first, open a new ticket with a template that follows up on this one (\`parent\`).`
    return { refuse: 'conflict', code: 'window_closed', why, field: 'status' }
  }
  const asker = desk.agents.get(by.agent?.id ?? '')
  if (asker === undefined || online.has(asker.id)) return null
  return unavailable(asker, 'is not online, and a live conversation is brought back by who is', { presence: 'offline' })
}

const mostDays = 3_650
function whyNotSnoozed({ snoozeUntil }: MoveAsked, to: Standing, { now }: Moment): Refusal | null {
  if (snoozeUntil === undefined || snoozeUntil === null) return null
  const says = (why: string) => invalid('bad_snooze', 'snoozeUntil', why)
  if (snoozeUntil <= now) return says(`${snoozeUntil} is over: it is ${now}. Give a moment that is still to come.`)
  if (Date.parse(snoozeUntil) - Date.parse(now) > mostDays * 86_400_000)
    return says('Nothing is put away for more than ten years.')
  if (statusCategories[to.status] === 'waiting') return null
  const is = shownStatus(to)
  return says(`What is put away waits, and ${is} is no status that waits. Leave the status out, or give one that does.`)
}

function whyNotBlocked(
  { blockContact }: MoveAsked,
  ticket: TicketRow,
  { to, contact }: { readonly to: Standing | null; readonly contact: ContactRow | null },
): Refusal | null {
  if (blockContact === undefined) return null
  if (contact === null)
    return invalid('no_contact', 'blockContact', 'Nobody outside wrote here whom it could shut out.')
  if (!blockContact || (to ?? ticket).status === 'spam') return null
  const way = `To do so without a ticket: PATCH /v1/contacts/${contact.id} with {"isBlocked": true}.`
  return invalid('not_spam', 'blockContact', `Who writes is shut out with a ticket that is, or becomes, spam. ${way}`)
}

const unmoved: Moved = { set: {}, changes: [], events: [] }

export function movedBy(asked: MoveAsked, ticket: TicketRow, facts: MoveFacts, { moment }: By): Moved {
  const { desk } = facts
  const to = wanted(asked, ticket, desk)
  const life = lifecycleOf(desk, ticket)
  const why = asked.why ?? whyOf(asked)
  const move = to === null || isSame(to, ticket) ? unmoved : moved(ticket, to, { why, at: moment.now, life })
  const away = awayBy(asked, ticket, { isBack: move.set.snoozedUntil === null, why })
  const shut = shutOut(asked.blockContact, facts.contact)
  return {
    set: { ...move.set, ...away.set },
    changes: [...move.changes, ...away.changes, ...shut.changes, ...leads(ticket, to, facts)],
    events: [...move.events, ...away.events, ...shut.events],
  }
}

/** A status that waits does not end a snooze by itself: who asks for both gets both. */
function awayBy(
  { snoozeUntil }: MoveAsked,
  ticket: TicketRow,
  { isBack, why }: { readonly isBack: boolean; readonly why: string | null },
): Moved {
  if (snoozeUntil === undefined) return unmoved
  if (snoozeUntil !== null) return snoozed(ticket, snoozeUntil)
  return isBack ? unmoved : wokenUp(ticket, why ?? 'snooze_ended')
}

/** Where the status was not what was asked for, the history says what was. */
const whyOf = ({ status, snoozeUntil }: MoveAsked): string | null =>
  status !== undefined ? null : snoozeUntil === null ? 'snooze_ended' : 'snoozed'

/** One that is open again gets the new messages. */
function leads(ticket: TicketRow, to: Standing | null, { conversation }: MoveFacts): readonly Change[] {
  if (to === null || !isOpen(to.status) || conversation === null || conversation.ticket === ticket.id) return []
  return [{ do: 'set-conversation', conversation: conversation.id, ticket: ticket.id }]
}

/** What they write is spam from now on, or is heard again. */
export function shutOut(isBlocked: boolean | undefined, contact: ContactRow | null): Omit<Moved, 'set'> {
  if (isBlocked === undefined || contact === null || contact.isBlocked === isBlocked) return unmoved
  const { id } = contact
  const data = { contact: id, field: 'isBlocked', from: String(contact.isBlocked), to: String(isBlocked) }
  return {
    changes: [{ do: 'set-contact', contact: id, isBlocked }],
    events: [{ type: 'contact.updated', key: id, subject: id, slot: 'isBlocked', data }],
  }
}
