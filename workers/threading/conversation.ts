// Which conversation is this: the one its strongest known key leads to, with its other keys, its newest address and its window.
import type { ContactId, ConversationId, Instant } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import type { NewEvent, Origin } from '../../schemas/events.ts'
import type { Capabilities } from '../../core/ports/channel.ts'
import type { ThreadFacts } from '../../core/ports/reader.ts'
import type { ConversationRow } from '../../core/ports/rows.ts'
import type { Change, Decision, Moment, Verbs } from '../../core/ports/worker.ts'
import { openStep } from '../../core/rules/window.ts'

type ConversationSet = Omit<Verbs['set-conversation'], 'conversation'>

/** What an event says about its conversation. */
export interface Spoken extends Pick<ConversationRow, 'channel' | 'account' | 'kind' | 'lane' | 'vendor'> {
  readonly threadKeys: readonly string[]
  readonly party: Party
  /** When the customer wrote it; null when it was not the customer. */
  readonly customerAt: Instant | null
}
export interface ConversationFound {
  readonly id: ConversationId
  readonly made: readonly Change[]
  /** What changes on one that is there; the ticket is added to it. */
  readonly set: ConversationSet
  readonly before: Instant | null
  readonly after: Instant | null
}

export function conversationOf(
  says: Spoken,
  found: { readonly thread: ThreadFacts; readonly contact: ContactId; readonly can: Capabilities | null },
  moment: Moment,
): ConversationFound {
  const known = found.thread.conversation
  if (known === null) return newConversation(says, found.contact, moment)
  // Whoever came by an address that somebody passed on stays a guest: by their next mail too.
  if (found.thread.isGuest)
    return { id: known.id, made: [], set: {}, before: known.customerAt, after: known.customerAt }
  const isNewest = says.customerAt !== null && (known.customerAt === null || says.customerAt >= known.customerAt)
  const moves = says.customerAt !== null && (known.customerAt === null || says.customerAt > known.customerAt)
  const { moveKeys, ...keys } = keysOf(known.id, says.threadKeys, found.thread)
  const byMessage = found.can?.threads === 'message'
  // Where others may be in copy, or had it sent on to them, the opener is answered under their own words: those of others they may never have had.
  const isOpeners = says.party.id === known.party.id || found.contact === known.contact
  const leads = isNewest && (isOpeners || !byMessage || found.can?.copies !== true)
  const set = {
    ...keys,
    ...(moveKeys === undefined || byMessage ? {} : { moveKeys }),
    ...(isNewest && !byMessage && !isSame(says.party, known.party) ? { party: says.party } : {}),
    ...(leads && !isSame(says.vendor, known.vendor) ? { vendor: says.vendor } : {}),
    ...(moves && says.customerAt !== null ? { customerAt: says.customerAt } : {}),
  }
  return { id: known.id, made: [], set, before: known.customerAt, after: set.customerAt ?? known.customerAt }
}

function newConversation(says: Spoken, contact: ContactId, moment: Moment): ConversationFound {
  const { threadKeys, ...row } = says
  const id = moment.newId('cnv') as ConversationId
  const made: readonly Change[] = [{ do: 'make-conversation', conversation: { ...row, id, contact }, threadKeys }]
  return { id, made, set: {}, before: null, after: says.customerAt }
}

/** Unknown keys are added; keys that lead elsewhere are moved: what they tell of is one conversation from now on. */
export function keysOf(
  conversation: ConversationId,
  threadKeys: readonly string[],
  thread: ThreadFacts,
): Pick<ConversationSet, 'addKeys' | 'moveKeys'> {
  const leads = new Map(thread.keys.map((it) => [it.key, it.conversation]))
  const addKeys = threadKeys.filter((key) => !leads.has(key))
  const moveKeys = thread.keys.filter((it) => it.conversation !== conversation).map((it) => it.key)
  return { ...(addKeys.length === 0 ? {} : { addKeys }), ...(moveKeys.length === 0 ? {} : { moveKeys }) }
}

export const setConversation = (conversation: ConversationId, set: ConversationSet): readonly Change[] =>
  Object.keys(set).length === 0 ? [] : [{ do: 'set-conversation', conversation, ...set }]

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
/** The record may give keys back in another order. */
const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** A customer's message opens the window, or keeps it open for longer; only what happens now starts its clock. */
export function windowAfter(
  found: ConversationFound,
  about: { readonly can: Capabilities | null; readonly origin: Origin; readonly subject: string },
  moment: Moment,
): Decision {
  const windows = about.can?.windows ?? []
  const moved = found.after !== null && found.after !== found.before
  const step = moved && about.origin === 'live' ? openStep(windows, found.after, moment.now) : null
  if (step === null || step.closesAt === null) return { changes: [], events: [] }
  const stood = openStep(windows, found.before, moment.now)
  const opened = stood === null || stood.at > step.at
  const { id: conversation } = found
  const { as: kind, closesAt } = step
  const event: NewEvent = {
    type: 'conversation.window_opened',
    key: conversation,
    subject: about.subject,
    data: { conversation, kind, closesAt },
  }
  return {
    changes: [{ do: 'wake-me', kind: 'close_window', subject: conversation, dueAt: closesAt, basis: found.after }],
    events: opened ? [event] : [],
  }
}
