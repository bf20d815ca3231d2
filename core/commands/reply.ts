// Answers a customer: checked against what the conversation can do now, written down, and queued to be sent.
import { Type, type Static } from 'typebox'
import type { AttachmentId, MessageId, ReplyId, TicketId } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import { command, type Asker, type Refusal } from '../ports/command.ts'
import type { PresenceRow } from '../ports/desk-rows.ts'
import type { Stop, TicketRow } from '../ports/rows.ts'
import { lockOf, nothing, type Decision, type Moment } from '../ports/worker.ts'
import { fit } from '../rules/fit.ts'
import type { Lifecycle } from '../rules/lifecycle.ts'
import { queueReply, type Outgoing } from '../rules/outgoing.ts'
import { outcomeOf } from '../rules/status-machine.ts'
import { moveStatus } from '../rules/ticket-status.ts'
import { draftOf, outboundOf, toOf } from './reply-draft.ts'
import { readReplyFacts, whyNoReply, type ReadyFacts, type ReplyFacts } from './reply-facts.ts'
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
  const draft = draftOf(input, facts.files)
  const { moment, by } = asked
  const fits = fit(draft, {
    can: facts.can,
    customerAt: facts.conversation.customerAt,
    now: moment.now,
    template: facts.template,
    last: facts.last,
    answers: answersTo(facts),
  })
  if ('misfit' in fits) return { refuse: 'invalid', ...fits.misfit } as Refusal
  const stopped = stopOf(facts)
  const left = leftOut(facts, toOf(input).length) ?? whyNoMachine(draft.author, stopped, facts)
  if (left !== null) return left
  const reply = moment.newId('rep') as ReplyId
  // One id from the webhook to the answer (M4); an answer to nobody's message begins its own.
  const correlation = (facts.answered ?? facts.heard)?.correlation ?? by.correlation
  const outbound = outboundOf(draft, facts, { ours: reply, to: toOf(input).length })
  const queued = queueReply({
    reply,
    message: moment.newId('msg') as MessageId,
    ticket: facts.ticket.id,
    conversation: facts.conversation,
    outbound,
    keys: facts.keysOf(outbound),
    as: fits.as,
    from: writerOf(by),
    correlation,
    at: moment.now,
  } satisfies Outgoing)
  const moved = afterAnswer(draft.author, facts, moment)
  return {
    changes: [...queued.changes, ...moved.changes],
    events: [...queued.events, ...moved.events],
    about: { channel: facts.conversation.channel, account: facts.conversation.account, correlation },
    answer: { status: 202, body: { id: reply, state: 'queued', ...(stopped === null ? {} : warned(stopped, facts)) } },
  }
}

/** The message that is answered: the one that was named, else the customer's last; and whether it took its one special answer. */
function answersTo({ answered, heard, recent, can }: ReadyFacts) {
  const message = answered ?? heard
  if (message === null || can.once === undefined) return null
  const { part } = can.once
  const gone = ['failed', 'cancelled']
  const spent = recent.some(
    (it) =>
      it.direction === 'out' &&
      !gone.includes(it.state ?? '') &&
      it.parts.some(({ kind }) => kind === part) &&
      (it.repliesTo[0] === message.externalId || (it.repliesTo.length === 0 && it.sentAt >= message.sentAt)),
  )
  return { writtenAt: message.sentAt, spent }
}

/** Whoever opened the conversation is answered; others may be added, nobody put in their place (D21). */
function leftOut({ addressed, conversation }: ReadyFacts, to: number): Refusal | null {
  if (to === 0 || addressed.slice(0, to).some((it) => it.id === conversation.party.id)) return null
  const main = conversation.party.address ?? conversation.party.id
  const why = `An answer goes to ${main}, who opened this conversation; add others beside them. To write to somebody else alone, forward the ticket.`
  return { refuse: 'invalid', code: 'main_recipient', why, field: 'to', facts: { main } }
}

/** What the customer's address does not take from a machine, where this kind of conversation heeds it. */
const stopOf = ({ can, contact, conversation }: ReadyFacts): Stop | null =>
  contact?.stops.find((it) => it.subject === can.machinesHeed && conversation.party.keys.includes(it.key)) ?? null

const stopWords = ({ why, at }: Stop, { conversation }: ReadyFacts): string =>
  `${conversation.party.address ?? conversation.party.id} takes nothing automatic since ${at}${why === null ? '' : ` (${why})`}`

/** A person may try, and is told; a machine that wrote to it again and again would cost us our name with the server. */
function whyNoMachine(author: string, stop: Stop | null, facts: ReadyFacts): Refusal | null {
  if (author === 'person' || stop === null) return null
  const way = `Let a person answer, or, when the address is right again, PATCH /v1/contacts/${facts.contact?.id} with {"resume": ["${stop.subject}"]}.`
  return {
    refuse: 'invalid',
    code: 'address_stopped',
    why: `${stopWords(stop, facts)}. ${way}`,
    facts: { since: stop.at, because: stop.why },
  }
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
