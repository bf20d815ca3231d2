// What a person decides about a reply that did not simply go out: send it again, or give it up.
import { Type, type Static } from 'typebox'
import type { ReplyId } from '../../schemas/ids.ts'
import type { ReplyState } from '../../schemas/reply.ts'
import { command, type Refusal } from '../ports/command.ts'
import type { Reader } from '../ports/reader.ts'
import type { ReplyRow, TicketRow } from '../ports/rows.ts'
import { lockOf, nothing, type Decision, type Moment } from '../ports/worker.ts'
import { lifecycleOf, type Lifecycle } from '../rules/lifecycle.ts'
import { outcomeOf } from '../rules/status-machine.ts'
import { moveStatus } from '../rules/ticket-status.ts'
import { afterAnswer } from './reply.ts'
import * as inputs from './inputs.ts'
import { notFound } from './refusals.ts'

const head = { reply: Type.String({ pattern: '^rep_[0-9a-f]{32}$', description: 'The reply: rep_…' }) }
export const ResendReplyInput = Type.Object(head, { ...inputs.closed, description: 'Send a reply again.' })
export type ResendReplyInput = Static<typeof ResendReplyInput>
export const CancelReplyInput = Type.Object(
  { ...head, why: Type.Optional(Type.String({ maxLength: 500, description: 'Why; kept with the reply.' })) },
  { ...inputs.closed, description: 'Give a reply up.' },
)
export type CancelReplyInput = Static<typeof CancelReplyInput>

interface Facts {
  readonly reply: ReplyRow | null
  readonly ticket: TicketRow | null
  readonly life: Lifecycle | null
  /** Its conversation goes on in another ticket: this one stays where it is. */
  readonly isLeft: boolean
}
async function readFacts(input: ResendReplyInput, read: Reader): Promise<Facts> {
  const id = input.reply as ReplyId
  const reply = (await read.replies.byId([id])).get(id) ?? null
  const ticket = reply === null ? null : ((await read.tickets.byId([reply.ticket])).get(reply.ticket) ?? null)
  if (reply === null || ticket === null) return { reply, ticket: null, life: null, isLeft: false }
  const talk = (await read.conversations.byId([reply.conversation])).get(reply.conversation)
  return { reply, ticket, life: lifecycleOf(await read.desk(), ticket), isLeft: talk?.ticket !== ticket.id }
}
const moreLocks = (_input: object, { reply }: Facts) =>
  reply === null ? [] : [lockOf('conversation', reply.conversation), lockOf('ticket', reply.ticket)]

const notNow = (reply: ReplyRow, what: string, states: readonly ReplyState[]): Refusal => ({
  refuse: 'conflict',
  code: 'reply_state',
  why: `This reply is ${reply.state}; only one that is ${states.join(' or ')} can be ${what}.`,
  facts: { state: reply.state },
})

/** Failed or unsure: the person has looked, and takes it on themselves that the customer may read it twice. */
const again: readonly ReplyState[] = ['unsure', 'failed']
export const resendReply = command({
  name: 'resend-reply',
  input: ResendReplyInput,
  scope: 'tickets:write',
  locks: () => [],
  moreLocks,
  facts: readFacts,
  decide(_input: ResendReplyInput, { reply, ticket, life }: Facts, moment) {
    if (reply === null || ticket === null || life === null) return notFound('reply')
    if (!again.includes(reply.state)) return notNow(reply, 'sent again', again)
    if (ticket.status === 'closed')
      return {
        refuse: 'conflict',
        code: 'ticket_closed',
        why: `Ticket ${ticket.number} is closed; nothing more is sent.`,
      }
    const moved = afterAnswer(reply.author, { ticket, life }, moment)
    return settled(reply, 'queued', { moved, moment, why: null })
  },
})

const givenUp: readonly ReplyState[] = ['queued', 'unsure']
export const cancelReply = command({
  name: 'cancel-reply',
  input: CancelReplyInput,
  scope: 'tickets:write',
  locks: () => [],
  moreLocks,
  facts: (input: CancelReplyInput, read) => readFacts(input, read),
  decide(input: CancelReplyInput, { reply, ticket, life, isLeft }: Facts, moment) {
    if (reply === null || ticket === null || life === null) return notFound('reply')
    if (!givenUp.includes(reply.state)) return notNow(reply, 'given up', givenUp)
    const why = input.why ?? null
    // Nothing went out, so it is still our turn.
    const at = moment.now
    const next = reply.author === 'person' && !isLeft ? outcomeOf('answer_lost', ticket, { life, at }) : 'stay'
    const moved =
      next === 'stay' || next === 'follow-up' ? nothing : moveStatus(ticket, next, { why: 'reply_cancelled', at, life })
    const { id, message, conversation } = reply
    const data = { reply: id, message, ticket: ticket.id, conversation, why }
    const cancelled = { type: 'reply.cancelled', key: conversation, subject: ticket.id, data } as const
    const done = settled(reply, 'cancelled', { moved, moment, why })
    return { ...done, events: [cancelled, ...done.events] }
  },
})

/** `ifState`: deliver may have taken it in the meantime. */
function settled(
  reply: ReplyRow,
  state: ReplyState,
  how: { readonly moved: Decision; readonly moment: Moment; readonly why: string | null },
) {
  const { moved, moment, why } = how
  const set = {
    do: 'set-reply',
    reply: reply.id,
    state,
    ifState: reply.state,
    code: null,
    why,
    at: moment.now,
  } as const
  return {
    changes: [set, ...moved.changes],
    events: moved.events,
    about: reply,
    answer: { status: 200, show: 'reply', id: reply.id } as const,
  }
}
