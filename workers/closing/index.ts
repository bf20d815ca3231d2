// Time's own part: a resolved ticket closes after its days, one that was put away comes back, and a reply window ends.
import type { EventOf } from '../../schemas/events.ts'
import type { ConversationId, Instant, TicketId } from '../../schemas/ids.ts'
import type { Capabilities } from '../../core/ports/channel.ts'
import type { ConversationRow, TicketRow } from '../../core/ports/rows.ts'
import {
  lockOf,
  nothing,
  worker,
  type Change,
  type Decision,
  type LockRank,
  type Moment,
} from '../../core/ports/worker.ts'
import { plusHours } from '../../core/rules/durations.ts'
import { lifecycleOf, type Lifecycle } from '../../core/rules/lifecycle.ts'
import { outcomeOf } from '../../core/rules/status-machine.ts'
import { closesAt, moveStatus } from '../../core/rules/ticket-status.ts'
import { openStep } from '../../core/rules/window.ts'
import { countAnew, pieceLocks, readPiece, type Piece } from './close-days.ts'

type Wake = EventOf<'wake.due'>
interface Facts {
  readonly ticket: TicketRow | null
  readonly life: Lifecycle | null
  readonly conversation: ConversationRow | null
  readonly can: Capabilities | null
  /** Of a setting that changed. */
  readonly piece: Piece | null
}

/** What each is about. */
const homes: Partial<Record<Wake['data']['kind'], LockRank>> = {
  close_ticket: 'ticket',
  snooze: 'ticket',
  close_window: 'conversation',
}

export default worker({
  name: 'closing',
  on: ['wake.due'],
  guard: 'inbox',
  concerns: ({ data }) => data.kind in homes || data.kind === 'close_days',
  locks: ({ data }) => {
    const home = homes[data.kind]
    return home === undefined ? [] : [lockOf(home, data.subject)]
  },
  moreLocks: (_event, { piece }: Facts) => pieceLocks(piece),
  async facts(events: readonly Wake[], read) {
    const about = (rank: LockRank) => events.filter((it) => homes[it.data.kind] === rank).map((it) => it.data.subject)
    const tickets = await read.tickets.byId(about('ticket') as TicketId[])
    const conversations = await read.conversations.byId(about('conversation') as ConversationId[])
    const desk = tickets.size === 0 ? null : await read.desk()
    const pieces: (Piece | null)[] = []
    for (const event of events) pieces.push(await readPiece(event, read))
    const each = events.map(({ data }, at): Facts => {
      const ticket = tickets.get(data.subject as TicketId) ?? null
      const conversation = conversations.get(data.subject as ConversationId) ?? null
      const can = conversation === null ? null : read.capabilities(conversation.channel, conversation.kind)
      const life = ticket === null || desk === null ? null : lifecycleOf(desk, ticket)
      return { ticket, life, conversation, can, piece: pieces[at] ?? null }
    })
    return { each, shared: undefined }
  },
  decide({ data }: Wake, facts: Facts, moment): Decision {
    if (data.kind === 'close_ticket') return closeTicket(data, facts, moment)
    if (data.kind === 'close_days') return countAnew(facts.piece, moment)
    if (data.kind === 'snooze') return comeBack(data, facts, moment)
    return data.kind === 'close_window' ? closeWindow(data, facts, moment) : nothing
  },
})

/** Not when it was reopened meanwhile, nor when it was resolved again and its days count anew; nor before the days that are set by now. */
function closeTicket({ basis, subject, dueAt }: Wake['data'], { ticket, life }: Facts, moment: Moment): Decision {
  if (ticket === null || life === null || ticket.resolvedAt === null || ticket.resolvedAt !== basis) return nothing
  const at = later(moment.now, dueAt)
  const next = outcomeOf('close_days', ticket, { life, at })
  if (next === 'stay' || next === 'follow-up') return nothing
  const closes = closesAt(ticket.resolvedAt, life)
  // Never by itself is also what a year from now is: it is looked at again.
  const again = life.closeDays === null && closes <= at ? closesAt(at, life) : closes
  if (again > at)
    return { changes: [{ do: 'wake-me', kind: 'close_ticket', subject, dueAt: again, basis }], events: [] }
  return moveStatus(ticket, next, { why: 'close_days', at: moment.now, life })
}

/** Not when it came back meanwhile, or was put away until another hour. */
function comeBack({ basis }: Wake['data'], { ticket, life }: Facts, moment: Moment): Decision {
  if (ticket === null || life === null || ticket.snoozedUntil === null || ticket.snoozedUntil !== basis) return nothing
  const next = outcomeOf('snooze_over', ticket, { life, at: moment.now })
  if (next === 'stay' || next === 'follow-up') return nothing
  return moveStatus(ticket, next, { why: 'snooze_over', at: moment.now, life })
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
