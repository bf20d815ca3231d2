// An agent has read the ticket: the vendor is told, for the customer's messages since our last answer.
import { Type, type Static } from 'typebox'
import type { TicketId } from '../../schemas/ids.ts'
import { command } from '../ports/command.ts'
import type { MessageRow, TicketRow } from '../ports/rows.ts'
import { lockOf, type Change } from '../ports/worker.ts'
import * as inputs from './inputs.ts'
import { notFound } from './refusals.ts'

export const MarkSeenInput = Type.Object(
  { ticket: inputs.ticketId },
  { ...inputs.closed, description: 'The ticket was read.' },
)
export type MarkSeenInput = Static<typeof MarkSeenInput>

interface Facts {
  readonly ticket: TicketRow | null
  readonly last: readonly MessageRow[]
}
/** More than that at once nobody answers; vendors count what is older as read with the newest. */
const atMost = 20

export const markSeen = command({
  name: 'mark-seen',
  input: MarkSeenInput,
  scope: 'tickets:write',
  locks: ({ ticket }: MarkSeenInput) => [lockOf('ticket', ticket)],
  async facts(input: MarkSeenInput, read): Promise<Facts> {
    const id = input.ticket as TicketId
    const ticket = (await read.tickets.byId([id])).get(id) ?? null
    return { ticket, last: ticket === null ? [] : await read.messages.lastOf(id, atMost) }
  },
  decide(_input: MarkSeenInput, { ticket, last }) {
    if (ticket === null) return notFound('ticket')
    const changes = unanswered(last).flatMap(tellSeen)
    return { changes, events: [], answer: { status: 200, body: { seen: changes.length } } }
  },
})

/** Newest first, up to our last answer. */
function unanswered(last: readonly MessageRow[]): readonly MessageRow[] {
  const ours = last.findIndex((it) => it.direction === 'out')
  return (ours === -1 ? last : last.slice(0, ours)).filter((it) => it.direction === 'in')
}

const tellSeen = ({ channel, account, externalId, id: message }: MessageRow): readonly Change[] =>
  channel === null || account === null || externalId === null
    ? []
    : [{ do: 'tell-seen', channel, account, externalId, message }]
