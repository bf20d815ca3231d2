// What threading asks the record for each kind of event, and what it locks before it believes the answer.
import { askedTogether } from '../../core/ports/asked-together.ts'
import type { EventOf } from '../../schemas/events.ts'
import { isId, type ReplyId } from '../../schemas/ids.ts'
import type { Capabilities } from '../../core/ports/channel.ts'
import type { Reader, ThreadFacts, ThreadQuestion } from '../../core/ports/reader.ts'
import type { ContactRow, ReplyRow, SaidRow } from '../../core/ports/rows.ts'
import { lockOf, type LockKey } from '../../core/ports/worker.ts'
import { echoOf, isPerhapsOurs } from '../../core/rules/echo-of.ts'
import { lifecycleOf, wholeLife, type Lifecycle } from '../../core/rules/lifecycle.ts'
import { contactKeyLock, externalLock, threadLock } from '../../core/rules/thread-locks.ts'
import { isReused, keysOfReused } from './reused.ts'

export const threaded = [
  'message.received',
  'message.echoed',
  'message.edited',
  'message.deleted',
  'message.reacted',
  'message.corrected',
  'contact.linked',
] as const
export type Threaded = EventOf<(typeof threaded)[number]>

export interface Facts {
  readonly thread: ThreadFacts
  /** Its sender used its name for another message: that one's conversation is not asked for. */
  readonly isReused: boolean
  /** Of the kind of the conversation, or of the message that would begin it; null where it is not known. */
  readonly can: Capabilities | null
  /** As it is set for its ticket. */
  readonly life: Lifecycle
  /** An echo of a reply of ours: `outbound` counts it as a receipt. */
  readonly isOurs: boolean
  /** The reply under way that an echo without our key proves. */
  readonly proves: ReplyRow | null
  /** Of an echo that stands in another kind of conversation than what it repeats: whom that was written to. */
  readonly writtenTo: ContactRow | null
  /** Of an echo that tells which answers stand: what was said in its conversation. */
  readonly said: readonly SaidRow[]
}

type Asked = Pick<ThreadQuestion, 'threadKeys' | 'colleagueKeys' | 'guestKeys' | 'weakKeys' | 'contactKeys' | 'target'>
const nobody: Asked = { threadKeys: [], contactKeys: [], target: null }

export function askedBy(event: Threaded): Asked {
  switch (event.type) {
    case 'message.received':
      return { ...keysIn(event), contactKeys: event.data.from.keys, target: event.data.externalId }
    case 'message.echoed':
      return { ...keysIn(event), contactKeys: event.data.to[0]?.keys ?? [], target: event.data.externalId }
    case 'contact.linked':
      return {
        threadKeys: event.data.threadKeys,
        contactKeys: [...new Set([...event.data.from, ...event.data.to.keys])],
        target: null,
      }
    case 'message.corrected':
      return { ...nobody, target: correctedTarget(event) }
    // Where a change is the customer's only way to answer, its ticket must be seen.
    case 'message.edited':
      return { ...nobody, threadKeys: event.data.threadKeys, target: event.data.target }
    default:
      return { ...nobody, target: event.data.target }
  }
}

const keysIn = ({ data }: EventOf<'message.received' | 'message.echoed'>) => ({
  threadKeys: data.threadKeys,
  ...(data.colleagueKeys === undefined ? {} : { colleagueKeys: data.colleagueKeys }),
  ...(data.guestKeys === undefined ? {} : { guestKeys: data.guestKeys }),
  ...(data.weakKeys === undefined ? {} : { weakKeys: data.weakKeys }),
})

/** A correction carries the data of the type it corrects: a message by its own id, an edit by its target's. */
function correctedTarget(event: EventOf<'message.corrected'>): string | null {
  const data = event.data.data as { readonly externalId?: unknown; readonly target?: unknown } | null
  const id = data?.externalId ?? data?.target
  return typeof id === 'string' ? id : null
}

export const questionOf = (event: Threaded): ThreadQuestion => ({
  channel: event.channel,
  account: event.account,
  ...askedBy(event),
})

/** All of the first rank: whatever the bytes name is locked before whatever only the record knows. */
export function locksOf(event: Threaded): readonly LockKey[] {
  const { threadKeys, colleagueKeys = [], guestKeys = [], weakKeys = [], contactKeys, target } = askedBy(event)
  return [
    ...[...threadKeys, ...colleagueKeys, ...guestKeys, ...weakKeys].map((key) => threadLock(event, key)),
    ...(target === null ? [] : [externalLock(event, target)]),
    ...contactKeys.map(contactKeyLock),
  ]
}

export function moreLocksOf(facts: Facts): readonly LockKey[] {
  const { conversation, keys, contacts, ticket } = facts.thread
  const { proves, writtenTo } = facts
  const conversations = new Set([
    ...keys.map((it) => it.conversation),
    ...(conversation ? [conversation.id] : []),
    ...(proves === null ? [] : [proves.conversation]),
  ])
  return [
    ...[...conversations].map((id) => lockOf('conversation', id)),
    ...[...contacts, ...(writtenTo === null ? [] : [writtenTo])].map((it) => lockOf('contact', it.id)),
    ...(ticket === null ? [] : [lockOf('ticket', ticket.id)]),
  ]
}

/** A key that came back need not be ours: two gateways may stand on one page, and the other's words are messages too. */
const replyOf = (event: Threaded): readonly ReplyId[] => {
  const ours = event.type === 'message.echoed' ? event.data.ours : null
  return ours !== null && isId('rep', ours) ? [ours as ReplyId] : []
}

export async function readFacts(events: readonly Threaded[], read: Reader) {
  const [found, workspace, replies] = await askedTogether([
    read.threads.of(events.map(questionOf)),
    read.workspace(),
    read.replies.byId(events.flatMap(replyOf)),
  ])
  const { threads, reused } = await withoutReused(events, found, read)
  const proven = await provenIn(events, threads, read)
  const recipients = await recipientsOf(events, threads, { replies, proven, read })
  const said = await saidUnder(events, threads, read)
  const lives = await livesOf(events, threads, read)
  const each = threads.map((thread, at): Facts => {
    const event = events[at]!
    const kind = thread.conversation?.kind ?? ('kind' in event.data ? event.data.kind : null)
    const can = event.channel === null || kind === null ? null : read.capabilities(event.channel, kind)
    const isOurs = replyOf(event).some((it) => replies.has(it))
    return {
      thread,
      isReused: reused.has(event),
      can,
      life: lives[at] ?? wholeLife(workspace),
      isOurs,
      proves: proven.get(event) ?? null,
      writtenTo: recipients.get(event) ?? null,
      said: said.get(event) ?? [],
    }
  })
  return { each, shared: undefined }
}

async function withoutReused(events: readonly Threaded[], found: readonly ThreadFacts[], read: Reader) {
  const [threads, reused] = [[...found], new Set<Threaded>()]
  for (const [at, event] of events.entries()) {
    const thread = threads[at]
    if (event.type !== 'message.received' || thread === undefined || !(await isReused(event, thread, read))) continue
    reused.add(event)
    const [again] = await read.threads.of([{ ...questionOf(event), threadKeys: keysOfReused(event) }])
    threads[at] = again ?? thread
  }
  return { threads, reused }
}

/** Echoes without a key that say what a reply of ours says that is under way: one after the other, as a transaction has one connection. */
async function provenIn(events: readonly Threaded[], threads: readonly ThreadFacts[], read: Reader) {
  const proven = new Map<Threaded, ReplyRow>()
  for (const [at, event] of events.entries()) {
    const thread = threads[at]
    if (event.type !== 'message.echoed' || thread === undefined || thread.target?.message) continue
    const { channel, account, data } = event
    if (!isPerhapsOurs(data) || channel === null || account === null) continue
    const conversation = thread.conversation?.id ?? null
    const row = echoOf(data, await read.replies.mayProve({ channel, account, kind: data.kind, conversation }))
    if (row !== null) proven.set(event, row)
  }
  return proven
}

interface Echoed {
  readonly replies: ReadonlyMap<ReplyId, ReplyRow>
  readonly proven: ReadonlyMap<Threaded, ReplyRow>
  readonly read: Reader
}
/** Asked only where what came back stands elsewhere than it was written: a private answer to a comment. */
async function recipientsOf(
  events: readonly Threaded[],
  threads: readonly ThreadFacts[],
  { replies, proven, read }: Echoed,
) {
  const recipients = new Map<Threaded, ContactRow>()
  for (const [at, event] of events.entries()) {
    const thread = threads[at]
    if (event.type !== 'message.echoed' || thread === undefined || event.channel === null) continue
    const reply = proven.get(event) ?? replyOf(event).map((id) => replies.get(id))[0]
    const home = reply?.conversation ?? thread.target?.conversation ?? null
    if (home === null || home === thread.conversation?.id) continue
    const row = (await read.conversations.byId([home])).get(home)
    if (row === undefined || row.kind === event.data.kind) continue
    if (read.capabilities(event.channel, row.kind)?.once === undefined) continue
    const contact = (await read.contacts.byId([row.contact])).get(row.contact)
    if (contact !== undefined) recipients.set(event, contact)
  }
  return recipients
}

/** The desk is asked only where it matters: of a ticket that is done, and of an answer through another tool. Else nothing hangs on it. */
async function livesOf(events: readonly Threaded[], threads: readonly ThreadFacts[], read: Reader) {
  const matters = (at: number): boolean =>
    threads[at]?.ticket?.category === 'done' || events[at]?.type === 'message.echoed'
  if (!threads.some((_, at) => matters(at))) return []
  const desk = await read.desk()
  return threads.map(({ ticket }, at) => (ticket !== null && matters(at) ? lifecycleOf(desk, ticket) : null))
}

/** Asked only where a vendor tells which answers stand. */
async function saidUnder(events: readonly Threaded[], threads: readonly ThreadFacts[], read: Reader) {
  const said = new Map<Threaded, readonly SaidRow[]>()
  for (const [at, event] of events.entries()) {
    const conversation = threads[at]?.conversation
    if (event.type === 'message.echoed' && event.data.stands !== undefined && conversation)
      said.set(event, await read.messages.saidIn(conversation.id))
  }
  return said
}
