// Take it on me: a ticket becomes the asker's, whoever had it; of two who take it at once one has it (L4, L5).
import { Type, type Static } from 'typebox'
import type { TicketId } from '../../schemas/ids.ts'
import { command, type Asker, type Refusal } from '../ports/command.ts'
import type { Reader } from '../ports/reader.ts'
import type { ConversationRow, TicketRow } from '../ports/rows.ts'
import { boardLock, lockOf, nothing } from '../ports/worker.ts'
import { agentId, handedOver, readTarget, unavailable, whereIs, whyNotTo, type Target } from './hand-over.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound } from './refusals.ts'
import { ownerChanged } from '../rules/ticket-events.ts'

export const TakeTicketInput = Type.Object(
  {
    ticket: inputs.ticketId,
    agent: agentId('Who takes it. Left out by who signed in; a key says for whom it asks.'),
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'The version you saw: needed to take it from somebody; another one by now is a conflict.',
      }),
    ),
  },
  { ...inputs.closed, description: 'Whose it becomes.' },
)
export type TakeTicketInput = Static<typeof TakeTicketInput>

interface Facts {
  readonly ticket: TicketRow | null
  readonly conversation: ConversationRow | null
  readonly target: Target | null
}

export const takeTicket = command({
  name: 'take-ticket',
  input: TakeTicketInput,
  scope: 'tickets:write',
  locks: () => [boardLock],
  moreLocks: (_input, { ticket }: Facts) => (ticket === null ? [] : [lockOf('ticket', ticket.id)]),
  facts: readFacts,
  decide(input: TakeTicketInput, { ticket, target }, moment, by) {
    const { agent: who } = input
    if (who === undefined || (by.agent !== undefined && by.agent.id !== who)) return notOneself(by)
    if (ticket === null) return notFound('ticket')
    const refusal = whyNotTaken(input, ticket, target)
    if (refusal !== null) return refusal
    const answer = { status: 200, show: 'ticket', id: ticket.id } as const
    if (ticket.assignee === who) return { ...nothing, answer }
    const { set, changes } = handedOver(ticket, who, moment.now)
    const given = { ...set, assignee: who }
    return {
      changes: [
        { do: 'set-ticket', ticket: ticket.id, set: given, at: moment.now, ifVersion: ticket.version },
        ...changes,
      ],
      events: [ownerChanged(ticket, 'assignee', who)],
      about: { channel: ticket.channel, account: ticket.account },
      answer,
    }
  },
})

async function readFacts(input: TakeTicketInput, read: Reader): Promise<Facts> {
  const id = input.ticket as TicketId
  const ticket = (await read.tickets.byId([id])).get(id) ?? null
  const talk = ticket?.conversation ?? null
  const conversation = talk === null ? null : ((await read.conversations.byId([talk])).get(talk) ?? null)
  const target = input.agent === undefined ? null : await readTarget(input.agent, conversation, read)
  return { ticket, conversation, target }
}

function notOneself({ agent }: Asker): Refusal {
  if (agent === undefined)
    return invalid('agent_missing', 'agent', 'A key is nobody who could have a ticket: say in `agent` who takes it.')
  const why = 'Taking is for oneself. To give it to somebody else, change its assignee.'
  return { refuse: 'forbidden', code: 'not_yourself', why, field: 'agent' }
}

function whyNotTaken({ version, agent }: TakeTicketInput, ticket: TicketRow, target: Target | null): Refusal | null {
  if (ticket.status === 'closed') {
    const why = `Ticket ${ticket.number} is closed and does not change any more.`
    return { refuse: 'conflict', code: 'ticket_closed', why }
  }
  if (target !== null && (target.agent !== null || target.hasPeople)) {
    const refusal = whyNotTo(target, ticket)
    if (refusal !== null) return refusal
    if (target.agent !== null && target.presence !== 'online')
      return unavailable(target.agent, `is ${whereIs[target.presence]}; go online to take tickets`, {
        presence: target.presence,
      })
  }
  return ticket.assignee === agent ? null : whoHasIt(version, ticket)
}

/** Taken meanwhile, or somebody's already: from them only by who saw that it is theirs. */
function whoHasIt(version: number | undefined, ticket: TicketRow): Refusal | null {
  if (version === ticket.version || (version === undefined && ticket.assignee === null)) return null
  const { assignee, number } = ticket
  const facts = { assignee, version: ticket.version }
  if (assignee === null) {
    const why = `Somebody changed ticket ${number} meanwhile; it is at version ${ticket.version}. Read it again, then decide.`
    return { refuse: 'conflict', code: 'stale_version', why, field: 'version', facts }
  }
  const why = `${assignee} has ticket ${number} now. To take it from them, say version ${ticket.version}.`
  return { refuse: 'conflict', code: 'already_taken', why, field: 'version', facts }
}
