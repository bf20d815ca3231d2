// Which ticket does this message go to, and what it does to it: opened, added to, brought back, or followed up by a new one.
import type { ContactId, ConversationId, Instant, TicketId } from '../../schemas/ids.ts'
import { statusCategories, type TicketOrigin, type TicketStatus } from '../../schemas/ticket.ts'
import type { MessageRow, TicketRow } from '../../core/ports/rows.ts'
import type { Change, Decision, Moment } from '../../core/ports/worker.ts'
import { afterCustomer, afterOurs, moveStatus } from '../../core/rules/ticket-status.ts'
import { messageAdded, openedBy } from '../../core/rules/ticket-events.ts'
import { subjectFrom } from '../../core/rules/subject.ts'

/** Who speaks: the customer, somebody who got the address of their conversation, a machine of theirs or ours, or one of us through another tool. */
export type Voice = 'customer' | 'guest' | 'machine' | 'us'

export interface TicketAsk {
  readonly voice: Voice
  readonly message: Omit<MessageRow, 'ticket'>
  readonly conversation: ConversationId
  readonly requester: { readonly contact: ContactId; readonly name: string | null; readonly address: string | null }
  readonly current: TicketRow | null
  readonly brand: string | null
  readonly number: number
  readonly followUpDays: number
  readonly isImport: boolean
}
export interface TicketFound extends Decision {
  readonly ticket: TicketId
}

export function ticketOf(ask: TicketAsk, moment: Moment): TicketFound {
  const next = ask.current === null ? 'follow-up' : after(ask, ask.current)
  if (ask.current === null || next === 'follow-up') return openTicket(ask, moment)
  const { id } = ask.current
  const added = messageAdded(id, ask.message)
  if (next === 'stay') return { ticket: id, changes: [], events: [added] }
  const why = ask.voice === 'us' ? 'answered_elsewhere' : 'customer_wrote'
  const moved = moveStatus(ask.current, next, { why, at: moment.now })
  return { ticket: id, changes: moved.changes, events: [added, ...moved.events] }
}

/** A machine's message, or a guest's, is listed where it belongs and moves nothing: it neither brings a ticket back nor begins another (G21). */
function after(ask: TicketAsk, current: TicketRow): TicketStatus | 'stay' | 'follow-up' {
  if (ask.voice === 'machine' || ask.voice === 'guest') return 'stay'
  return ask.voice === 'us' ? afterOurs(current.status) : afterCustomer(current, ask.message.sentAt, ask.followUpDays)
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
  const status = ask.voice === 'us' ? 'pending' : 'new'
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
    version: 1,
  }
}

const originOf = (ask: TicketAsk): TicketOrigin => (ask.isImport ? 'import' : ask.voice === 'us' ? 'agent' : 'customer')
