// What threading asks the record for each kind of event, and what it locks before it believes the answer.
import type { EventOf } from '../../schemas/events.ts'
import type { ChannelName } from '../../schemas/ids.ts'
import type { Capabilities } from '../../core/ports/channel.ts'
import type { Reader, ThreadFacts, ThreadQuestion } from '../../core/ports/reader.ts'
import { lockOf, type LockKey } from '../../core/ports/worker.ts'

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
  /** Of the kind of the conversation, or of the message that would begin it; null where it is not known. */
  readonly can: Capabilities | null
  readonly followUpDays: number
}

interface Asked {
  readonly threadKeys: readonly string[]
  readonly contactKeys: readonly string[]
  readonly target: string | null
}
const nobody: Asked = { threadKeys: [], contactKeys: [], target: null }

export function askedBy(event: Threaded): Asked {
  switch (event.type) {
    case 'message.received':
      return { threadKeys: event.data.threadKeys, contactKeys: event.data.from.keys, target: event.data.externalId }
    case 'message.echoed':
      // Ours is told apart by its key: `outbound` counts it as a receipt.
      if (event.data.ours !== null) return nobody
      return {
        threadKeys: event.data.threadKeys,
        contactKeys: event.data.to[0]?.keys ?? [],
        target: event.data.externalId,
      }
    case 'contact.linked':
      return {
        threadKeys: event.data.threadKeys,
        contactKeys: [...new Set([...event.data.from, ...event.data.to.keys])],
        target: null,
      }
    case 'message.corrected':
      return { ...nobody, target: correctedTarget(event) }
    default:
      return { ...nobody, target: event.data.target }
  }
}

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
  const { threadKeys, contactKeys, target } = askedBy(event)
  return [
    ...threadKeys.map((key) => threadLock(event, key)),
    ...(target === null ? [] : [externalLock(event, target)]),
    ...contactKeys.map(contactKeyLock),
  ]
}

interface Home {
  readonly channel: ChannelName | null
  readonly account: string | null
}
export const threadLock = (home: Home, key: string): LockKey => lockOf('thread', home.channel, home.account, key)
/** Who brings a message, or speaks of it, holds its external id. */
export const externalLock = (home: Home, externalId: string): LockKey =>
  lockOf('thread', home.channel, home.account, `ext:${externalId}`)
/** Of first rank too, since contacts are found by it before any other lock can be named; shared by all accounts. */
export const contactKeyLock = (key: string): LockKey => lockOf('thread', 'contact-key', key)

export function moreLocksOf(facts: Facts): readonly LockKey[] {
  const { conversation, keys, contacts, ticket } = facts.thread
  const conversations = new Set([...keys.map((it) => it.conversation), ...(conversation ? [conversation.id] : [])])
  return [
    ...[...conversations].map((id) => lockOf('conversation', id)),
    ...contacts.map((it) => lockOf('contact', it.id)),
    ...(ticket === null ? [] : [lockOf('ticket', ticket.id)]),
  ]
}

export async function readFacts(events: readonly Threaded[], read: Reader) {
  const threads = await read.threads.of(events.map(questionOf))
  const { followUpDays } = await read.workspace()
  const each = threads.map((thread, at): Facts => {
    const event = events[at]!
    const kind = thread.conversation?.kind ?? ('kind' in event.data ? event.data.kind : null)
    const can = event.channel === null || kind === null ? null : read.capabilities(event.channel, kind)
    return { thread, can, followUpDays }
  })
  return { each, shared: undefined }
}
