// Time's own part: a resolved ticket closes after its days, and a reply window ends.
import type { EventOf } from '../schemas/events.ts'
import type { ConversationId, Instant, TicketId } from '../schemas/ids.ts'
import type { Capabilities } from '../core/ports/channel.ts'
import type { ConversationRow, TicketRow } from '../core/ports/rows.ts'
import { lockOf, nothing, worker, type Change, type Decision, type Moment } from '../core/ports/worker.ts'
import { plusHours } from '../core/rules/durations.ts'
import { moveStatus } from '../core/rules/ticket-status.ts'
import { openStep } from '../core/rules/window.ts'

type Wake = EventOf<'wake.due'>
interface Facts {
  readonly ticket: TicketRow | null
  readonly conversation: ConversationRow | null
  readonly can: Capabilities | null
}

export default worker({
  name: 'closing',
  on: ['wake.due'],
  guard: 'inbox',
  concerns: ({ data }) => data.kind === 'close_ticket' || data.kind === 'close_window',
  locks: ({ data }) => [lockOf(data.kind === 'close_ticket' ? 'ticket' : 'conversation', data.subject)],
  async facts(events: readonly Wake[], read) {
    const about = (kind: Wake['data']['kind']) =>
      events.filter((it) => it.data.kind === kind).map((it) => it.data.subject)
    const tickets = await read.tickets.byId(about('close_ticket') as TicketId[])
    const conversations = await read.conversations.byId(about('close_window') as ConversationId[])
    const each = events.map(({ data }): Facts => {
      const conversation = conversations.get(data.subject as ConversationId) ?? null
      const can = conversation === null ? null : read.capabilities(conversation.channel, conversation.kind)
      return { ticket: tickets.get(data.subject as TicketId) ?? null, conversation, can }
    })
    return { each, shared: undefined }
  },
  decide({ data }: Wake, facts: Facts, moment): Decision {
    if (data.kind === 'close_ticket') return closeTicket(data, facts, moment)
    return data.kind === 'close_window' ? closeWindow(data, facts, moment) : nothing
  },
})

/** Not when it was reopened meanwhile, nor when it was resolved again and its days count anew. */
function closeTicket({ basis }: Wake['data'], { ticket }: Facts, moment: Moment): Decision {
  if (ticket?.status !== 'resolved' || ticket.resolvedAt !== basis) return nothing
  return moveStatus(ticket, 'closed', { why: 'close_days', at: moment.now })
}

/** Not when the customer wrote meanwhile. A lesser step may begin where a better one ends. */
function closeWindow({ basis, dueAt }: Wake['data'], { conversation, can }: Facts, moment: Moment): Decision {
  if (conversation === null || can === null || conversation.customerAt === null || conversation.customerAt !== basis)
    return nothing
  const { id, customerAt } = conversation
  const ended = can.windows.find((it) => plusHours(customerAt, it.untilHours) === dueAt)
  if (ended === undefined) return nothing
  const about = { key: id, subject: conversation.ticket ?? id }
  const closed = { type: 'conversation.window_closed', ...about, data: { conversation: id, kind: ended.as } } as const
  const next = openStep(can.windows, customerAt, later(moment.now, dueAt))
  if (next === null || next.closesAt === null) return { changes: [], events: [closed] }
  const { as: kind, closesAt } = next
  const wake: Change = { do: 'wake-me', kind: 'close_window', subject: id, dueAt: closesAt, basis }
  const opened = { type: 'conversation.window_opened', ...about, data: { conversation: id, kind, closesAt } } as const
  return { changes: [wake], events: [closed, opened] }
}

const later = (a: Instant, b: Instant): Instant => (a > b ? a : b)
