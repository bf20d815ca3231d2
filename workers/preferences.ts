// What an address does not take: somebody said stop, a report proved that it is gone, or its server said so when we wrote.
import type { EventOf } from '../schemas/events.ts'
import { isId, type ConversationId, type ReplyId } from '../schemas/ids.ts'
import type { Party } from '../schemas/message.ts'
import type { Reader, ThreadFacts } from '../core/ports/reader.ts'
import type { ConversationRow, ReplyRow, Stop } from '../core/ports/rows.ts'
import { lockOf, nothing, worker, type Decision, type Moment } from '../core/ports/worker.ts'
import { contactOf } from '../core/rules/contact.ts'
import { contactKeyLock } from '../core/rules/thread-locks.ts'

type Said = EventOf<'contact.preference_changed' | 'reply.refused'>
interface Facts {
  /** Whose address it is; null: this is about none. */
  readonly party: Party | null
  readonly subject: string | null
  readonly reply: ReplyRow | null
  readonly contacts: ThreadFacts['contacts']
}
/** The code by which a channel says that nobody is at the address. */
const gone = 'address_unknown'

export default worker({
  name: 'preferences',
  on: ['contact.preference_changed', 'reply.refused'],
  guard: 'inbox',
  locks: (event: Said) =>
    event.type === 'contact.preference_changed' ? event.data.party.keys.map(contactKeyLock) : [],
  moreLocks: (_event, { contacts }: Facts) => contacts.map((it) => lockOf('contact', it.id)),
  facts: readFacts,
  decide: (event: Said, facts: Facts, moment): Decision => decide(event, facts, moment),
})

/** Few questions for a batch, one after the other: a transaction has one connection. */
async function readFacts(events: readonly Said[], read: Reader) {
  const named = events.map(provedBy)
  const replies = await read.replies.byId(named.filter((id) => id !== null))
  const alone = events.map((event, at) => (namesNobody(event) ? ofOneAlone(replies.get(named[at]!)) : null))
  const wanted = [
    ...events.filter(saysGone).map(({ data }) => data.conversation as ConversationId),
    ...alone.flatMap((it) => it?.conversation ?? []),
  ]
  const talks = wanted.length === 0 ? new Map<ConversationId, ConversationRow>() : await read.conversations.byId(wanted)
  const about = events.map((event, at) =>
    event.type === 'reply.refused' ? refusedBy(event, talks, read) : ofWhom(event, alone[at] ?? null, talks),
  )
  const asked = events.flatMap(({ channel, account }, at) => {
    const contactKeys = about[at]?.party?.keys
    return contactKeys === undefined ? [] : [{ at, channel, account, threadKeys: [], contactKeys, target: null }]
  })
  const threads = await read.threads.of(asked.map(({ at: _at, ...question }) => question))
  const contactsAt = new Map(asked.map(({ at }, n) => [at, threads[n]?.contacts ?? []]))
  const each = about.map(({ party, subject }, at): Facts => {
    const id = named[at] ?? null
    const reply = id === null ? null : (replies.get(id) ?? null)
    return { party, subject, reply, contacts: contactsAt.get(at) ?? [] }
  })
  return { each, shared: undefined }
}

/** The reply that shows it; null: it says so by itself. */
function provedBy(event: Said): ReplyId | null {
  const named = event.type === 'reply.refused' ? event.data.reply : (event.data.ours ?? null)
  return named !== null && isId('rep', named) ? (named as ReplyId) : null
}

const saysGone = (event: Said): event is EventOf<'reply.refused'> =>
  event.type === 'reply.refused' && event.data.code === gone

/** Some providers do not say which of their people complains; where the reply went to one alone, it is that one. */
const namesNobody = (event: Said): boolean =>
  event.type === 'contact.preference_changed' && event.data.party.keys.length === 0
const ofOneAlone = (reply: ReplyRow | undefined): ReplyRow | null => (reply?.to.length === 1 ? reply : null)

function ofWhom(
  { data }: EventOf<'contact.preference_changed'>,
  alone: ReplyRow | null,
  talks: ReadonlyMap<ConversationId, ConversationRow>,
): Pick<Facts, 'party' | 'subject'> {
  const party = (alone === null ? undefined : talks.get(alone.conversation)?.party) ?? data.party
  return { party, subject: data.subject }
}

function refusedBy(
  { data }: EventOf<'reply.refused'>,
  talks: ReadonlyMap<ConversationId, ConversationRow>,
  read: Reader,
): Pick<Facts, 'party' | 'subject'> {
  const talk = data.code === gone ? talks.get(data.conversation as ConversationId) : undefined
  const subject = talk === undefined ? null : (read.capabilities(talk.channel, talk.kind)?.machinesHeed ?? null)
  return { party: subject === null ? null : (talk?.party ?? null), subject }
}

function decide(event: Said, { party, subject, reply, contacts }: Facts, moment: Moment): Decision {
  const key = party?.keys[0]
  if (party === null || subject === null || key === undefined) return nothing
  const isStop = event.type === 'reply.refused' || event.data.value === 'stop'
  // A reply that went elsewhere proves nothing of this address: whoever got it could make such a report up.
  const names = event.type === 'reply.refused' ? party.id : (event.data.ours ?? null)
  if (names !== null && reply?.to.includes(party.id) !== true) return nothing
  const person = contactOf(party, contacts, moment)
  const known = contacts.flatMap((it) => it.stops)
  const stops = isStop
    ? stopped(known, { key, subject, why: event.data.why, at: event.at })
    : resumed(known, event, party, subject)
  if (stops === known) return nothing
  const { contact } = person
  const data = { contact, field: 'stops', from: null, to: isStop ? `${subject} ${key}` : null }
  return {
    changes: [...person.changes, { do: 'set-contact', contact, stops }],
    events: [
      ...person.events,
      { type: 'contact.updated', key: contact, subject: contact, slot: `stops:${subject} ${key}`, data },
    ],
  }
}

/** The first word stands: when it began is what a person wants to know. */
const stopped = (known: readonly Stop[], stop: Stop): readonly Stop[] =>
  known.some((it) => it.key === stop.key && it.subject === stop.subject) ? known : [...known, stop]

function resumed(known: readonly Stop[], { at }: Said, { keys }: Party, subject: string): readonly Stop[] {
  const left = known.filter((it) => !(keys.includes(it.key) && it.subject === subject && it.at <= at))
  return left.length === known.length ? known : left
}
