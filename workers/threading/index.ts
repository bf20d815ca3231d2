// Which contact, which conversation and which ticket does this message belong to, and what was said about it since.
import type { EventOf } from '../../schemas/events.ts'
import type { ReplyRow } from '../../core/ports/rows.ts'
import { nothing, worker, type Decision, type Moment } from '../../core/ports/worker.ts'
import { contactOf } from '../../core/rules/contact.ts'
import { keysOf, setConversation } from './conversation.ts'
import { takeCorrection, takeFact } from './dependents.ts'
import { markStanding, takeMessage } from './message.ts'
import { locksOf, moreLocksOf, readFacts, threaded, type Facts, type Threaded } from './read.ts'

export default worker({
  name: 'threading',
  on: threaded,
  guard: 'inbox',
  everyMs: 25,
  // Two cores: a batch mostly waits for the database (measured: 650 to 860 messages a second with one, 950 to 1,560 with two, no more with three).
  handlers: 2,
  locks: locksOf,
  moreLocks: (_event, facts: Facts) => moreLocksOf(facts),
  facts: readFacts,
  decide: (event: Threaded, facts: Facts, moment): Decision => decide(event, facts, moment),
})

function decide(event: Threaded, facts: Facts, moment: Moment): Decision {
  switch (event.type) {
    case 'message.received':
      return takeMessage(event, facts, moment)
    case 'message.echoed':
      return markStanding(event, facts, takeEcho(event, facts, moment))
    case 'message.corrected':
      return takeCorrection(event, facts)
    case 'contact.linked':
      return link(event, facts, moment)
    default:
      return takeFact(event, facts, moment)
  }
}

/** What went out of ours is there already; it may still tell under which name somebody is known elsewhere. */
function takeEcho(event: EventOf<'message.echoed'>, facts: Facts, moment: Moment): Decision {
  const isKnown = facts.isOurs || facts.thread.target?.message
  if (!isKnown && facts.proves === null) return takeMessage(event, facts, moment)
  const told = isKnown || facts.proves === null ? nothing : named(event, facts.proves, moment)
  const same = samePerson(event, facts, moment)
  return { changes: [...told.changes, ...same.changes], events: same.events }
}

/**
 * Whoever comments and whoever writes privately have ids of two kinds, and no vendor says which belong together, until a comment is answered
 * in private: where that arrives is the same person (the sheets of the channels, section 5).
 */
function samePerson({ data }: EventOf<'message.echoed'>, { writtenTo, thread }: Facts, moment: Moment): Decision {
  const [to] = data.to
  if (writtenTo === null || to === undefined || to.keys.length === 0) return nothing
  const others = thread.contacts.filter((it) => it.id !== writtenTo.id)
  return contactOf({ name: to.name, address: null, keys: to.keys }, [writtenTo, ...others], moment)
}

/** That it went out is told by `outbound`; under the echo's name it cannot be proven by another echo of the same words. */
const named = ({ data }: EventOf<'message.echoed'>, reply: ReplyRow, { now }: Moment): Decision => ({
  changes: [{ do: 'set-reply', reply: reply.id, state: reply.state, externalId: data.externalId, at: now }],
  events: [],
})

/**
 * The vendor says that two sets of keys are one person. Their contacts are merged and their keys lead to one conversation; a number that
 * nobody knew yet becomes a contact at once, so that a late message from the old one finds it.
 */
function link(event: EventOf<'contact.linked'>, { thread }: Facts, moment: Moment): Decision {
  const { from, to, threadKeys } = event.data
  const person = contactOf({ ...to, keys: [...new Set([...to.keys, ...from])] }, thread.contacts, moment)
  const talk = thread.conversation
  if (talk === null) return person
  const isNewest = talk.customerAt === null || event.at >= talk.customerAt
  const set = { ...keysOf(talk.id, threadKeys, thread), ...(isNewest ? { party: to } : {}) }
  return { changes: [...person.changes, ...setConversation(talk.id, set)], events: person.events }
}
