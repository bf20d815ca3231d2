// What is known of the replies that a receipt, an echo or an outcome speaks of.
import type { EventOf } from '../../schemas/events.ts'
import { isId, type ConversationId, type Instant, type ReplyId, type TicketId } from '../../schemas/ids.ts'
import type { Reader, ThreadFacts } from '../../core/ports/reader.ts'
import type { ReplyRow, SaidRow, TargetFacts, TicketRow } from '../../core/ports/rows.ts'
import { lockOf, type LockKey } from '../../core/ports/worker.ts'
import { echoOf, isPerhapsOurs } from '../../core/rules/echo-of.ts'
import { lifecycleOf, type Lifecycle } from '../../core/rules/lifecycle.ts'
import { externalLock, threadLock } from '../../core/rules/thread-locks.ts'

export const heard = [
  'message.delivery_updated',
  'message.echoed',
  'message.sent',
  'wake.due',
  'reply.refused',
  'reply.unsure',
] as const
export type Heard = EventOf<(typeof heard)[number]>

export interface Facts {
  /** The one it names; of a watermark all it covers; of an echo without a key the one it proves. */
  readonly replies: readonly ReplyRow[]
  /** Those that may be shown again: their conversation goes on in no other ticket. */
  readonly shown: ReadonlyMap<TicketId, Shown>
  readonly target: TargetFacts | null
  /** Where the proof of a report leads that needs one. */
  readonly proven: ConversationId | null
  /** Of a word about how far the customer has read: replies of the conversation whose answer nobody has written down yet. */
  readonly underWay: ConversationId | null
  /** Of one that went out where the vendor keeps one answer: what was said in its conversation. */
  readonly said: readonly SaidRow[]
}

export interface Shown {
  readonly ticket: TicketRow
  readonly life: Lifecycle
}
/** How far they have read, kept until what is under way is known to have gone out. */
export interface ReadUpTo {
  readonly upTo: Instant
  readonly tries: number
}
export const basisOf = (it: ReadUpTo): string => `${it.tries} ${it.upTo}`
export function readUpTo(event: Heard | undefined): ReadUpTo | null {
  if (event?.type !== 'wake.due' || event.data.kind !== 'read_up_to') return null
  const [tries = '', upTo = ''] = (event.data.basis ?? '').split(' ')
  return { upTo: upTo as Instant, tries: Number(tries) }
}

export interface Named {
  readonly reply: string | null
  readonly externalId: string | null
  readonly conversationKey: string | null
}
export function namedBy(event: Heard): Named {
  switch (event.type) {
    case 'message.delivery_updated': {
      const { ours, externalId, conversationKey, upTo: isUpTo, proof = null } = event.data
      return { reply: ours, externalId, conversationKey: isUpTo === null ? proof : conversationKey }
    }
    case 'message.echoed':
      // Without our key it is somebody else's message, threading's; but for vendors that give none back.
      return event.data.ours === null && !isPerhapsOurs(event.data)
        ? nobody
        : {
            reply: event.data.ours,
            externalId: event.data.externalId,
            conversationKey: isPerhapsOurs(event.data) ? (event.data.threadKeys[0] ?? null) : null,
          }
    case 'wake.due':
      return nobody
    case 'message.sent':
      return { ...nobody, reply: event.data.reply, externalId: event.data.externalId }
    default:
      return { ...nobody, reply: event.data.reply }
  }
}
const nobody: Named = { reply: null, externalId: null, conversationKey: null }

/** The external id is shared with threading and with whoever brings the message. */
export function locksOf(event: Heard): readonly LockKey[] {
  const { externalId, conversationKey } = namedBy(event)
  const { channel, account } = event
  if (readUpTo(event) !== null && event.type === 'wake.due') return [lockOf('conversation', event.data.subject)]
  return [
    ...(externalId === null ? [] : [externalLock({ channel, account }, externalId)]),
    ...(conversationKey === null ? [] : [threadLock({ channel, account }, conversationKey)]),
  ]
}

export function moreLocksOf({ replies, target }: Facts): readonly LockKey[] {
  const conversations = new Set([
    ...replies.map((it) => it.conversation),
    ...(target?.conversation ? [target.conversation] : []),
  ])
  const tickets = new Set(replies.map((it) => it.ticket))
  return [
    ...[...conversations].map((id) => lockOf('conversation', id)),
    ...[...tickets].map((id) => lockOf('ticket', id)),
  ]
}

export async function readFacts(events: readonly Heard[], read: Reader) {
  const named = events.map(namedBy)
  const threads = await read.threads.of(events.map((event, at) => questionOf(event, named[at] ?? nobody)))
  const byKey = await read.replies.byId(named.flatMap((it) => (isReply(it.reply) ? [it.reply] : [])))
  const byVendor = await readByExternalId(events, named, read)
  const found: (readonly ReplyRow[])[] = []
  // One after the other: a transaction has one connection.
  for (const [at, it] of named.entries()) {
    const one = (isReply(it.reply) ? byKey.get(it.reply) : null) ?? byVendor[at] ?? null
    found.push(one === null ? await covered(events[at], threads[at], read) : [one])
  }
  const shown = await shownAgain({ events, threads, found }, read)
  const waits: (ConversationId | null)[] = []
  for (const [at, event] of events.entries()) waits.push(await underWayIn(event, threads[at], read))
  const said: (readonly SaidRow[])[] = []
  for (const [at, event] of events.entries()) said.push(await saidAround(event, found[at]?.[0], read))
  const each = found.map((replies, at): Facts => ({
    replies,
    shown,
    target: threads[at]?.target ?? null,
    proven: threads[at]?.conversation?.id ?? null,
    underWay: waits[at] ?? null,
    said: said[at] ?? [],
  }))
  return { each, shared: undefined }
}

interface Looked {
  readonly events: readonly Heard[]
  readonly threads: readonly ThreadFacts[]
  readonly found: readonly (readonly ReplyRow[])[]
}
/** Asked where something went wrong only: whatever went well shows no ticket again. */
async function shownAgain({ events, threads, found }: Looked, read: Reader) {
  const lost = found.filter((_, at) => mayBeLost(events[at]!, threads[at])).flat()
  if (lost.length === 0) return new Map<TicketId, Shown>()
  const tickets = await read.tickets.byId([...new Set(lost.map((it) => it.ticket))])
  const talks = await read.conversations.byId([...new Set(lost.map((it) => it.conversation))])
  const desk = await read.desk()
  const leads = new Set([...talks.values()].map((it) => it.ticket))
  const here = [...tickets].filter(([id]) => leads.has(id))
  return new Map(here.map(([id, ticket]) => [id, { ticket, life: lifecycleOf(desk, ticket) }]))
}
/** What waited for `message.sent` may have told of a failure. */
function mayBeLost(event: Heard, thread: ThreadFacts | undefined): boolean {
  if (event.type === 'message.delivery_updated') return event.data.state === 'failed'
  if (event.type === 'message.sent') return (thread?.target?.waiting.length ?? 0) > 0
  return event.type === 'reply.refused' || event.type === 'reply.unsure'
}

/** A key that is not ours may come back too: another tool's. */
const isReply = (key: string | null): key is ReplyId => key !== null && isId('rep', key)

const questionOf = ({ channel, account }: Heard, { externalId, conversationKey }: Named) => ({
  channel,
  account,
  threadKeys: conversationKey === null ? [] : [conversationKey],
  contactKeys: [],
  target: externalId,
})

async function readByExternalId(events: readonly Heard[], named: readonly Named[], read: Reader) {
  const asked = named.flatMap(({ externalId }, at) => {
    const { channel, account } = events[at]!
    return externalId === null || channel === null || account === null ? [] : [{ at, channel, account, externalId }]
  })
  const rows = await read.replies.byExternalId(asked.map(({ at: _at, ...it }) => it))
  const found: (ReplyRow | null)[] = named.map(() => null)
  for (const [n, { at }] of asked.entries()) found[at] = rows[n] ?? null
  return found
}

/** An echo without a key proves the one reply under way that says the same. */
async function covered(event: Heard | undefined, thread: ThreadFacts | undefined, read: Reader) {
  if (event?.type !== 'message.echoed') return upTo(event, thread, read)
  const { channel, account, data } = event
  if (!isPerhapsOurs(data) || channel === null || account === null) return []
  const conversation = thread?.conversation?.id ?? null
  const found = echoOf(data, await read.replies.mayProve({ channel, account, kind: data.kind, conversation }))
  return found === null ? [] : [found]
}

/** A watermark proves nothing of a reply whose sending is unknown: only those the vendor has confirmed move on. */
async function upTo(event: Heard | undefined, thread: ThreadFacts | undefined, read: Reader) {
  const kept = event === undefined ? null : readUpTo(event)
  const told = event?.type === 'message.delivery_updated' ? event.data.upTo : (kept?.upTo ?? null)
  const conversation = event === undefined ? null : conversationOf(event, thread)
  if (told === null || conversation === null) return []
  const rows = await read.replies.upTo(conversation, told)
  return rows.filter((it) => it.state === 'sent' || it.state === 'delivered')
}

const conversationOf = (event: Heard, thread: ThreadFacts | undefined): ConversationId | null =>
  event.type === 'wake.due' ? (event.data.subject as ConversationId) : (thread?.conversation?.id ?? null)

/** A customer may have read what we do not know yet to have gone out: their word must not be lost for that. */
async function underWayIn(event: Heard, thread: ThreadFacts | undefined, read: Reader): Promise<ConversationId | null> {
  const isRead = event.type === 'message.delivery_updated' && event.data.upTo !== null && event.data.state === 'read'
  if (!isRead && readUpTo(event) === null) return null
  const conversation = conversationOf(event, thread)
  if (conversation === null) return null
  return (await read.replies.underWay(conversation)).length === 0 ? null : conversation
}

const saidAround = async (event: Heard, row: ReplyRow | undefined, read: Reader): Promise<readonly SaidRow[]> =>
  event.type === 'message.sent' && row && read.capabilities(row.channel, row.kind)?.replies === 'one-editable'
    ? read.messages.saidIn(row.conversation)
    : []
