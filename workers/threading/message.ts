// A message that came: its contact, its conversation, its ticket, its row, and what was already said about it.
import type { EventOf } from '../../schemas/events.ts'
import { messageIdOf, type ChannelName, type ConversationId } from '../../schemas/ids.ts'
import type { KnownPart } from '../../schemas/message.ts'
import type { ThreadFacts } from '../../core/ports/reader.ts'
import type { MessageRow } from '../../core/ports/rows.ts'
import { nothing, type Change, type Decision, type Moment } from '../../core/ports/worker.ts'
import { changesOf, untouched } from '../../core/rules/message-facts.ts'
import { decisionOf, marksOfSight } from '../../core/rules/standing-answer.ts'
import { contactOf } from '../../core/rules/contact.ts'
import { conversationOf, setConversation, windowAfter, type Spoken } from './conversation.ts'
import type { Facts } from './read.ts'
import { keysOfReused, reusedPart } from './reused.ts'
import { ticketOf, type Voice } from './ticket.ts'

type Message = EventOf<'message.received' | 'message.echoed'>

export function takeMessage(event: Message, facts: Facts, moment: Moment): Decision {
  const { thread } = facts
  // Vendors name one message in two events (a webhook and a poll): the first one made it.
  if (thread.target?.message) return nothing
  if (thread.ticket === null && event.data.begins === false && moment.isAsked !== true) return aside(event)
  const says = spokenBy(event, facts)
  const person = contactOf(says.party, thread.contacts, moment)
  const talk = conversationOf(says, { thread, contact: person.contact, can: facts.can }, moment)
  const row = rowOf(event, says, { conversation: talk.id, facts })
  const ticket = ticketOf(
    {
      voice: heardAs(event, thread),
      message: row,
      conversation: talk.id,
      requester: person,
      current: thread.ticket,
      brand: thread.brand,
      number: thread.number,
      life: facts.life,
      isImport: event.origin === 'import',
    },
    moment,
  )
  const window = windowAfter(talk, { can: facts.can, origin: event.origin, subject: ticket.ticket }, moment)
  const leads = thread.ticket?.id === ticket.ticket ? talk.set : { ...talk.set, ticket: ticket.ticket }
  return {
    changes: [
      ...person.changes,
      ...talk.made,
      ...setConversation(talk.id, leads),
      ...ticket.changes,
      { do: 'add-message', message: { ...row, ticket: ticket.ticket } },
      ...saidBefore(row, facts),
      ...window.changes,
    ],
    events: [...person.events, ...ticket.events, ...window.events],
  }
}

/** Where the vendor keeps one answer, what stood there before is marked: whoever reads the ticket sees what customers read now (D34). */
export function markStanding(event: EventOf<'message.echoed'>, facts: Facts, taken: Decision): Decision {
  const { stands } = event.data
  // Of one that it proves the answer is told by `message.sent`.
  if (stands === undefined || facts.proves !== null || facts.said.length === 0) return taken
  const added = taken.changes.find((it) => it.do === 'add-message')?.message
  const message = added?.id ?? facts.thread.target?.message ?? messageIdOf(event.id)
  const ticket = added?.ticket ?? facts.thread.target?.ticket
  if (!ticket) return taken
  const marks = decisionOf(marksOfSight({ message, ticket, stands, lookedAt: event.receivedAt }, facts.said))
  return { changes: [...taken.changes, ...marks.changes], events: [...taken.events, ...marks.events] }
}

/** Kept where people look, and found by its text; a retry opens its ticket. */
const aside = (event: Message): Decision => ({
  changes: [
    {
      do: 'set-aside',
      event,
      worker: 'threading',
      why: `A machine wrote ${named(event)} (${event.data.automatic}). It answers nothing that is here, so it opened no ticket; retry it to open one.`,
    },
  ],
  events: [],
})

const named = ({ data }: Message): string =>
  `"${(data.subject ?? data.text).slice(0, 120)}" from ${(data.from.address ?? data.from.name ?? data.from.id).slice(0, 120)}`

/** Who is not let in any more has no other voice; what a machine of theirs writes is a machine's all the same. */
function heardAs(event: Message, { isGuest, contacts }: ThreadFacts): Voice {
  if (isGuest) return 'guest'
  const voice = voiceOf(event)
  return voice === 'customer' && contacts.some((it) => it.isBlocked) ? 'blocked' : voice
}

const voiceOf = (event: Message): Voice =>
  event.data.automatic !== null ? 'machine' : event.type === 'message.echoed' ? 'us' : 'customer'

/** An echo is ours: the customer is whom it went to. Only what the customer wrote or tapped themselves moves the window and the address. */
function spokenBy(event: Message, { isReused }: Facts): Spoken {
  const { channel, account, data } = event
  if (channel === null || account === null)
    throw new Error(`${event.type} ${event.id} names no channel account; ingest gives every message one`)
  const party = event.type === 'message.echoed' ? (data.to[0] ?? data.from) : data.from
  const customerAt = voiceOf(event) === 'customer' || data.opens === true ? event.at : null
  const { kind, vendor } = data
  const threadKeys = isReused && event.type === 'message.received' ? keysOfReused(event) : data.threadKeys
  return { channel, account, kind, lane: event.key, vendor, threadKeys, party, customerAt }
}

/** Seen beside the message: who answers it answers the customer, not whoever wrote this. */
const guestPart = {
  kind: 'guest',
  why: 'This came to an address made for this conversation, from somebody who is not in it. Answers go to the customer alone.',
} as const satisfies KnownPart
const colleaguePart = {
  kind: 'colleague',
  why: 'Its writer is new in this conversation and joined it as a colleague of the requester. Answers go to the requester.',
} as const satisfies KnownPart

const newcomer = ({ isGuest, isColleague }: ThreadFacts) => (isGuest ? [guestPart] : isColleague ? [colleaguePart] : [])
const seenBeside = ({ thread, isReused }: Facts) => [...newcomer(thread), ...(isReused ? [reusedPart] : [])]

function rowOf(
  event: Message,
  home: { readonly channel: ChannelName; readonly account: string },
  { conversation, facts }: { readonly conversation: ConversationId; readonly facts: Facts },
): Omit<MessageRow, 'ticket'> {
  const { data } = event
  const isOurs = event.type === 'message.echoed'
  return {
    id: messageIdOf(event.id),
    conversation,
    channel: home.channel,
    account: home.account,
    direction: isOurs ? 'out' : 'in',
    kind: data.automatic !== null ? 'auto' : isOurs ? 'agent' : 'user',
    from: data.from,
    to: data.to,
    cc: data.cc,
    subject: data.subject,
    text: data.text,
    fullText: data.fullText,
    html: data.html,
    parts: [...seenBeside(facts), ...data.parts],
    attachments: data.attachments,
    externalId: data.externalId,
    repliesTo: data.repliesTo,
    automatic: data.automatic,
    sentAt: event.at,
    receivedAt: event.receivedAt,
    state: null,
    raw: event.raw,
    correlation: event.correlation,
  }
}

/** Edits, deletions and reactions that came before the message itself. */
function saidBefore(row: Omit<MessageRow, 'ticket'>, { thread }: Facts): readonly Change[] {
  const waiting = thread.target?.waiting ?? []
  if (waiting.length === 0 || row.channel === null || row.account === null || row.externalId === null) return []
  const { channel, account, externalId } = row
  return [...changesOf(row.id, untouched, waiting), { do: 'forget-waiting', channel, account, externalId }]
}
