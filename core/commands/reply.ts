// Answers a customer: checked against what the conversation can do now, written down, and queued to be sent.
import { Type, type Static } from 'typebox'
import type { AttachmentId, MessageId, TicketId } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import { command, type Asker, type Refusal } from '../ports/command.ts'
import type { PresenceRow } from '../ports/desk-rows.ts'
import type { Stop, TicketRow } from '../ports/rows.ts'
import { lockOf, nothing, type Decision, type Moment } from '../ports/worker.ts'
import { readReplyFacts } from '../reads/reply-facts.ts'
import { answered, stopWords } from '../rules/answer.ts'
import type { Lifecycle } from '../rules/lifecycle.ts'
import { draftOf, toOf } from '../rules/reply-draft.ts'
import { whyNoReply, type ReadyFacts, type ReplyFacts } from '../rules/reply-facts.ts'
import { outcomeOf } from '../rules/status-machine.ts'
import { moveStatus } from '../rules/ticket-status.ts'
import { agentId, whyNotThere } from './hand-over.ts'
import * as inputs from './inputs.ts'

export const ReplyInput = Type.Object(
  {
    ticket: inputs.ticketId,
    text: Type.Optional(inputs.messageText),
    html: Type.Optional(
      Type.String({
        maxLength: 500_000,
        description: 'The same as `text` with form; mail only. Without `text` its words are the text.',
      }),
    ),
    template: Type.Optional(inputs.templateInput),
    parts: Type.Optional(inputs.partsInput),
    attachments: Type.Optional(inputs.attachmentsInput),
    replyTo: Type.Optional(
      Type.String({ pattern: '^msg_[0-9a-f]{32}$', description: 'The message that is answered: msg_…' }),
    ),
    to: Type.Optional(
      Type.Union([inputs.addressInput, Type.Array(inputs.addressInput, { minItems: 1, maxItems: 50 })], {
        description: 'The To line, where a reply may go to others: the customer, who cannot be left out, and more.',
      }),
    ),
    cc: Type.Optional(Type.Array(inputs.addressInput, { maxItems: 50, description: 'Others it goes to as well.' })),
    author: Type.Optional(inputs.authorInput),
    agent: agentId('Who signed in and writes it; said by the door.'),
  },
  { ...inputs.closed, description: 'An answer to the customer of a ticket.' },
)
export type ReplyInput = Static<typeof ReplyInput>

type Facts = ReplyFacts & { readonly writer: PresenceRow | null }

export const reply = command({
  name: 'reply',
  input: ReplyInput,
  scope: 'tickets:write',
  locks: () => [],
  moreLocks: (_input, facts: Facts) => [
    ...(facts.conversation === null ? [] : [lockOf('conversation', facts.conversation.id)]),
    ...(facts.ticket === null ? [] : [lockOf('ticket', facts.ticket.id)]),
  ],
  async facts(input: ReplyInput, read): Promise<Facts> {
    const asked = {
      ticket: input.ticket as TicketId,
      replyTo: (input.replyTo ?? null) as MessageId | null,
      attachments: (input.attachments ?? []) as AttachmentId[],
      addresses: [...toOf(input), ...(input.cc ?? [])],
      ...(input.template === undefined ? {} : { template: input.template }),
    }
    const { agent } = input
    const writer = agent === undefined ? null : ((await read.assigning.presence([agent])).get(agent) ?? null)
    return { ...(await readReplyFacts(asked, read)), writer }
  },
  decide(input: ReplyInput, facts, moment, by) {
    const ready = whyNoReply(facts)
    if ('refuse' in ready) return ready
    return whyNotThere(by, facts.writer, ready.can) ?? answer(input, ready, { moment, by })
  },
})

function answer(input: ReplyInput, facts: ReadyFacts, asked: { readonly moment: Moment; readonly by: Asker }) {
  const { moment, by } = asked
  const to = toOf(input).length
  const made = answered(draftOf(input, facts.files), facts, {
    moment,
    from: writerOf(by),
    correlation: by.correlation,
    to,
  })
  const left = 'refuse' in made ? null : leftOut(facts, to)
  if ('refuse' in made) return made
  if (left !== null) return left
  const { reply, stopped, correlation, queued } = made
  const moved = afterAnswer(input.author ?? 'person', facts, moment)
  return {
    changes: [...queued.changes, ...moved.changes],
    events: [...queued.events, ...moved.events],
    about: { channel: facts.conversation.channel, account: facts.conversation.account, correlation },
    answer: { status: 202, body: { id: reply, state: 'queued', ...(stopped === null ? {} : warned(stopped, facts)) } },
  }
}

/** Whoever opened the conversation is answered; others may be added, nobody put in their place (D21). */
function leftOut({ addressed, conversation }: ReadyFacts, to: number): Refusal | null {
  if (to === 0 || addressed.slice(0, to).some((it) => it.id === conversation.party.id)) return null
  const main = conversation.party.address ?? conversation.party.id
  const why = `An answer goes to ${main}, who opened this conversation; add others beside them. To write to somebody else alone, forward the ticket.`
  return { refuse: 'invalid', code: 'main_recipient', why, field: 'to', facts: { main } }
}

const warned = (stop: Stop, facts: ReadyFacts) => ({
  warnings: [{ code: 'address_stopped', why: `${stopWords(stop, facts)}: this may not arrive either.` }],
})

export const writerOf = (by: Asker): Party => ({
  id: by.actor.id ?? by.actor.kind,
  name: by.agent?.name ?? null,
  address: null,
  keys: [],
})

/** A person's answer makes it the customer's turn, or what is set; a bot's leaves the ticket where people see it. */
export function afterAnswer(
  author: string,
  { ticket, life }: { readonly ticket: TicketRow; readonly life: Lifecycle },
  { now: at }: Moment,
): Decision {
  const next = outcomeOf(author === 'person' ? 'we_answered' : 'machine_answered', ticket, { life, at })
  return next === 'stay' || next === 'follow-up' ? nothing : moveStatus(ticket, next, { why: 'reply_sent', at, life })
}
