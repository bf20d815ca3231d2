// One answer on a ticket, whoever writes it: whether it fits now, whether its address takes it, and how it is written down and queued.
import type { MessageId, ReplyId } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import type { Refusal } from '../ports/command.ts'
import type { Stop } from '../ports/rows.ts'
import type { Decision, Moment } from '../ports/worker.ts'
import { fit, type Draft } from './fit.ts'
import { queueReply, type Said } from './outgoing.ts'
import { outboundOf } from './reply-draft.ts'
import type { ReadyFacts } from './reply-facts.ts'

interface Asked {
  readonly moment: Moment
  readonly from: Party
  /** Where it answers nobody's message. */
  readonly correlation: string
  /** So many of those addressed stand in To beside the customer. */
  readonly to: number
  /** Of a machine: why. */
  readonly said?: Said
}
export interface Answered {
  readonly reply: ReplyId
  readonly message: MessageId
  /** The address takes nothing automatic; a person may try all the same. */
  readonly stopped: Stop | null
  readonly correlation: string
  readonly queued: Decision
}

export function answered(draft: Draft, facts: ReadyFacts, asked: Asked): Answered | Refusal {
  const { moment } = asked
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
  const stop = whyNoMachine(draft.author, stopped, facts)
  if (stop !== null) return stop
  const reply = moment.newId('rep') as ReplyId
  const message = moment.newId('msg') as MessageId
  // One id from the webhook to the answer (M4); an answer to nobody's message begins its own.
  const correlation = (facts.answered ?? facts.heard)?.correlation ?? asked.correlation
  const outbound = outboundOf(draft, facts, { ours: reply, to: asked.to })
  const queued = queueReply({
    reply,
    message,
    ticket: facts.ticket.id,
    conversation: facts.conversation,
    outbound,
    keys: facts.keysOf(outbound),
    as: fits.as,
    from: asked.from,
    correlation,
    at: moment.now,
    ...(asked.said === undefined ? {} : { said: asked.said }),
  })
  return { reply, message, stopped, correlation, queued }
}

/** The message that is answered: the one that was named, else the customer's last; and whether it took its one special answer. */
function answersTo({ answered: named, heard, recent, can }: ReadyFacts) {
  const message = named ?? heard
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

/** What the customer's address does not take from a machine, where this kind of conversation heeds it. */
const stopOf = ({ can, contact, conversation }: ReadyFacts): Stop | null =>
  contact?.stops.find((it) => it.subject === can.machinesHeed && conversation.party.keys.includes(it.key)) ?? null

export const stopWords = ({ why, at }: Stop, { conversation }: Pick<ReadyFacts, 'conversation'>): string =>
  `${conversation.party.address ?? conversation.party.id} takes nothing automatic since ${at}${why === null ? '' : ` (${why})`}`

/** A person may try, and is told; a machine that wrote to it again and again would cost us our name with the server. */
function whyNoMachine(author: Draft['author'], stop: Stop | null, facts: ReadyFacts): Refusal | null {
  if (author === 'person' || stop === null) return null
  const way = `Let a person answer, or, when the address is right again, PATCH /v1/contacts/${facts.contact?.id} with {"resume": ["${stop.subject}"]}.`
  return {
    refuse: 'invalid',
    code: 'address_stopped',
    why: `${stopWords(stop, facts)}. ${way}`,
    facts: { since: stop.at, because: stop.why },
  }
}
