// Which ticket does this message go to, and what it does to it: opened, added to, brought back, or followed up by a new one.
import type { ContactId, ConversationId, Instant, TicketId } from '../../schemas/ids.ts'
import { statusCategories, type TicketOrigin } from '../../schemas/ticket.ts'
import type { MessageRow, TicketRow } from '../../core/ports/rows.ts'
import type { Change, Decision, Moment } from '../../core/ports/worker.ts'
import type { Lifecycle } from '../../core/rules/lifecycle.ts'
import { outcomeOf, type Happening } from '../../core/rules/status-machine.ts'
import { moveStatus } from '../../core/rules/ticket-status.ts'
import { messageAdded, openedBy } from '../../core/rules/ticket-events.ts'
import { subjectFrom } from '../../core/rules/subject.ts'

/** Who speaks: the customer, one who is not let in any more, somebody who got the address of their conversation, a machine of theirs or ours, or one of us through another tool. */
export type Voice = 'customer' | 'blocked' | 'guest' | 'machine' | 'us'

export interface TicketAsk {
  readonly voice: Voice
  readonly message: Omit<MessageRow, 'ticket'>
  readonly conversation: ConversationId
  readonly requester: { readonly contact: ContactId; readonly name: string | null; readonly address: string | null }
  readonly current: TicketRow | null
  readonly brand: string | null
  readonly number: number
  readonly life: Lifecycle
  readonly isImport: boolean
}
export interface TicketFound extends Decision {
  readonly ticket: TicketId
}

export function ticketOf(ask: TicketAsk, moment: Moment): TicketFound {
  const at = ask.message.sentAt
  const next = ask.current === null ? 'follow-up' : outcomeOf(says[ask.voice], ask.current, { life: ask.life, at })
  if (ask.current === null || next === 'follow-up') return openTicket(ask, moment)
  const { id } = ask.current
  const added = messageAdded(id, ask.message)
  if (next === 'stay') return { ticket: id, changes: [], events: [added] }
  const why = ask.voice === 'us' ? 'answered_elsewhere' : 'customer_wrote'
  const moved = moveStatus(ask.current, next, { why, at: moment.now, life: ask.life })
  return { ticket: id, changes: moved.changes, events: [added, ...moved.events] }
}

/** A machine's message, or a guest's, is listed where it belongs and moves nothing: it neither brings a ticket back nor begins another (G21). */
const says: Readonly<Record<Voice, Happening>> = {
  customer: 'customer_wrote',
  blocked: 'blocked_wrote',
  guest: 'guest_wrote',
  machine: 'machine_wrote',
  us: 'we_answered',
}

function openTicket(ask: TicketAsk, moment: Moment): TicketFound {
  const ticket = newTicket(ask, moment.newId('tkt') as TicketId, ask.isImport ? ask.message.sentAt : moment.now)
  return {
    ticket: ticket.id,
    changes: [{ do: 'open-ticket', ticket } satisfies Change],
    events: openedBy(ticket, ask.message),
  }
}

/** What a machine wrote is told apart at a glance, and by rules (P10). */
const automaticTag = 'automatic'

function newTicket(ask: TicketAsk, id: TicketId, at: Instant): TicketRow {
  const { message, requester } = ask
  const status = ask.voice === 'us' ? 'pending' : ask.voice === 'blocked' ? 'spam' : 'new'
  return {
    id,
    number: ask.number,
    brand: ask.brand,
    channel: message.channel,
    account: message.account,
    conversation: ask.conversation,
    contact: requester.contact,
    requesterName: requester.name,
    requesterAddress: requester.address,
    subject: message.subject ?? subjectFrom(message.text),
    status,
    customStatus: null,
    category: statusCategories[status],
    priority: 'low',
    type: null,
    topic: null,
    folders: [],
    tags: ask.voice === 'machine' ? [automaticTag] : [],
    language: null,
    assignee: null,
    assignedAt: null,
    group: null,
    origin: originOf(ask),
    parent: ask.current?.id ?? null,
    createdAt: at,
    updatedAt: at,
    resolvedAt: null,
    snoozedUntil: null,
    version: 1,
  }
}

const originOf = (ask: TicketAsk): TicketOrigin => (ask.isImport ? 'import' : ask.voice === 'us' ? 'agent' : 'customer')
