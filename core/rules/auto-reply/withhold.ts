// Why an automatic reply is not sent: a robot would get it, nobody reads it, it comes too late, or its budget is spent (P10, G21, B20).
import type { AutoReplyCount, AutoReplyRow } from '../../ports/auto-reply-rows.ts'
import type { CalendarRow } from '../../ports/desk-rows.ts'
import type { MessageRow } from '../../ports/rows.ts'
import type { ReadyFacts } from '../reply-facts.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { Budgets } from './budgets.ts'
import { opensAfter } from './hours.ts'

export const floodOf = { messages: 20, minutes: 10 } as const
/** Nobody who wrote yesterday waits for a word of a machine. */
const lateHours = { live: 1, other: 24 } as const
const quietMinutes = 5
/** A conversation that was silent for so long begins anew. */
const silentDays = 14

export interface Withheld {
  readonly code: string
  readonly why: string
  /** It was so to be: nothing is told of it. */
  readonly isSilent?: true
}
export interface Judged {
  readonly reply: AutoReplyRow
  readonly calendar: CalendarRow | null
  readonly message: MessageRow
  readonly facts: ReadyFacts
  /** The last of the ticket that this one follows up on, newest first. */
  readonly earlier: readonly MessageRow[]
  readonly isLive: boolean
  /** Whoever wrote is one of our own addresses. */
  readonly isOurs: boolean
  readonly count: AutoReplyCount
  readonly budgets: Budgets
  readonly now: Instant
}

/** Null: it may be sent. What concerns who wrote comes first, budgets last. */
export const whyWithheld = (it: Judged): Withheld | null =>
  repeated(it) ?? robot(it) ?? misplaced(it) ?? late(it) ?? agentIsThere(it) ?? saidAlready(it) ?? overBudget(it)

const silent = (code: string, why: string): Withheld => ({ code, why, isSilent: true })
const repeated = ({ count }: Judged): Withheld | null =>
  count.isAnswered ? silent('answered', 'This message has had its automatic reply.') : null

/** Also within a name, as in `jobs-noreply@`: written together, with a hyphen, a dot or an underscore. */
const nobodys =
  /^(?:(?:[^@]{0,64}[+=._-])?(?:no[._-]?reply|do[._-]?not[._-]?reply)|mailer-daemon|postmaster|bounces?(?:[+=.-][^@]*)?@|owner-|[^@]{0,64}-request@)/i
const isNobodys = ({ from }: MessageRow): boolean => nobodys.test(from.address ?? '')

function robot({ message, isOurs }: Judged): Withheld | null {
  if (message.automatic !== null) return { code: 'automatic', why: `A machine wrote it (${message.automatic}).` }
  if (message.kind !== 'user' || message.direction !== 'in') return silent('not_customer', 'No customer wrote it.')
  if (isOurs) return { code: 'own_address', why: 'It came from an address of ours.' }
  if (isNobodys(message)) return { code: 'sender', why: 'Nobody reads the address of its sender.' }
  const told = message.parts.find((it) => it['mayAnswerByMachine'] === false)
  if (told === undefined) return null
  const because = told['mayNotBecause']
  return {
    code: 'sender',
    why: `No machine may answer it: ${typeof because === 'string' ? because : 'its channel says so'}.`,
  }
}

/** It goes to the customer of this ticket, who wrote it, or to nobody. */
function misplaced({ facts: { ticket, conversation, can }, message }: Judged): Withheld | null {
  if (ticket.category === 'junk') return { code: 'spam', why: 'The ticket is spam.' }
  if (ticket.category === 'done') return silent('done', 'Somebody was faster: the ticket is done.')
  if (can.replies === 'one-final')
    return { code: 'one_answer', why: 'It can be answered once, and that is a person’s.' }
  const isTheirs = message.from.keys.some((key) => conversation.party.keys.includes(key))
  return isTheirs ? null : { code: 'guest', why: 'Somebody else wrote it than the customer of this conversation.' }
}

function late({ message, isLive, now }: Judged): Withheld | null {
  const hours = isLive ? lateHours.live : lateHours.other
  return ago(message.sentAt, now) <= hours * 3_600_000
    ? null
    : { code: 'late', why: `It was written at ${message.sentAt}: more than ${hours} h ago.` }
}

/** Neither beside a person who is writing, nor after them (B20). */
function agentIsThere({ reply, facts: { recent }, earlier, message }: Judged): Withheld | null {
  if (reply.kind === 'opened' || reply.kind === 'greeting') return null
  const wrote = [...recent, ...earlier].find((it) => it.kind === 'agent' && it.direction === 'out')
  return wrote !== undefined && ago(wrote.sentAt, message.sentAt) < quietMinutes * 60_000
    ? silent('agent', `An agent wrote at ${wrote.sentAt}.`)
    : null
}

function saidAlready({ reply, calendar, count, facts, earlier, now }: Judged): Withheld | null {
  const last = count.last[reply.kind]
  if (last === undefined || reply.kind === 'opened') return null
  if (reply.kind === 'busy')
    return isStillWaiting(facts, last) ? silent('once', `It was said at ${last}, and they wait since.`) : null
  if (reply.kind === 'greeting') {
    const spoke = [last, ...earlier.map(({ sentAt }) => sentAt)].toSorted().at(-1) ?? last
    return ago(spoke, now) < silentDays * 86_400_000 ? silent('once', `It was said at ${last}.`) : null
  }
  const isSameNight = opensAfter(calendar, last) === opensAfter(calendar, now)
  return isSameNight ? silent('once', `It was said at ${last}, and we have not opened since.`) : null
}

/** Whoever waits is told so once, whatever budgets allow (D62): until a person has answered, or a ticket of its own begins. */
const isStillWaiting = ({ ticket, recent }: ReadyFacts, last: Instant): boolean =>
  ticket.createdAt <= last && !recent.some((it) => it.kind === 'agent' && it.direction === 'out' && it.sentAt > last)

function overBudget({ count, budgets, facts: { ticket, conversation } }: Judged): Withheld | null {
  const address = conversation.party.address ?? conversation.party.id
  if (count.cameLately >= floodOf.messages)
    return {
      code: 'flood',
      why: `${address} wrote ${count.cameLately} times in ${floodOf.minutes} minutes, as machines do.`,
    }
  if (count.ofTicket >= budgets.ticketPerDay)
    return { code: 'budget_ticket', why: `Ticket ${ticket.number} has had ${repliesOf(count.ofTicket)} in 24 hours.` }
  if (count.ofAddress >= budgets.addressPerDay)
    return { code: 'budget_address', why: `${address} has had ${repliesOf(count.ofAddress)} in 24 hours.` }
  if (count.ofDomain < budgets.domainPerHour) return null
  return {
    code: 'budget_domain',
    why: `${domainOf(conversation.party) ?? 'Its domain'} has had ${repliesOf(count.ofDomain)} in an hour.`,
  }
}
const repliesOf = (count: number): string => `${count} automatic ${count === 1 ? 'reply' : 'replies'}`
const ago = (from: Instant, to: Instant): number => Date.parse(to) - Date.parse(from)

/** Robots change what stands before the @; what stands behind it counts together. */
export const domainOf = ({ address }: { readonly address: string | null }): string | null =>
  /^[^@\s]+@([^@\s]+)$/.exec(address ?? '')?.[1]?.toLowerCase() ?? null
/** By which an address is counted: the strongest of what names whoever gets it. */
export const addressOf = ({ keys, id }: { readonly keys: readonly string[]; readonly id: string }): string =>
  keys[0] ?? id
