// What becomes of a ticket without a person: its language, its type, how urgent it is, where it lies and whose it is; each with its why.
import type { EventData } from '../../schemas/events.ts'
import type { RuleMatch } from '../../core/ports/rule-book.ts'
import type { TriageRow } from '../../core/ports/reader.ts'
import { lockOf, nothing, worker, type Change, type Decision, type Moment } from '../../core/ports/worker.ts'
import { byOrder } from '../../core/rules/match/rule-book.ts'
import { nextWake, struckBy, type Struck } from '../../core/rules/match/ticket-hours.ts'
import { deedsOf, factsAsked, type AllDeeds } from '../../core/rules/triage/deeds.ts'
import { isDeepest } from '../../core/rules/triage/question.ts'
import type { Deeds, Snapshot } from '../../core/rules/triage/snapshot.ts'
import { silent, spokenIn, type Spoken } from '../../core/rules/triage/speak.ts'
import { closesByGroup } from '../../core/rules/ticket-status.ts'
import { newsOf, questionOf, triaged, type Triaged } from './question.ts'
import { readFacts, sifted, type Facts } from './read.ts'

export default worker({
  name: 'triage',
  on: triaged,
  guard: 'inbox',
  everyMs: 25,
  // Of the events of a new ticket one of six is its business: the others are its own doing.
  batch: 300,
  concerns: (event: Triaged) => questionOf(event) !== null,
  sift: sifted,
  locks: (event: Triaged) => {
    const question = questionOf(event)
    return question === null ? [] : [lockOf('ticket', question.ticket)]
  },
  facts: readFacts,
  decide: (event: Triaged, facts: Facts, moment): Decision => (facts === null ? nothing : decide(event, facts, moment)),
})

/** One picture after the language is known, all rules on it at once, and everything they do in one breath. A closed ticket does not change any more. */
function decide(event: Triaged, facts: NonNullable<Facts>, { now }: Moment): Decision {
  const { question, row, desk, detect, isLive } = facts
  const { ticket } = row
  if (ticket.status === 'closed') return nothing
  const spoken = speaks(facts) ? spokenIn(row, desk, detect) : silent
  const seen = spoken.found === null ? row : { ...row, ticket: { ...ticket, language: spoken.found.language } }
  const struck = question.on === 'time' ? struckBy(now, row, desk) : []
  const matches = matchesOf(facts, seen, struck)
  const snapshot: Snapshot = { news: newsOf(event), question, desk, row, ticket, isLive, now, matches }
  const deeds = deedsOf(snapshot, spoken)
  return {
    changes: [...changesOf(snapshot, deeds), ...timeOf(snapshot, deeds, struck)],
    events: [...deeds.events, ...told(snapshot, deeds, spoken)],
  }
}

/** What a customer writes says it, as long as nobody knows. */
const speaks = ({ question, row }: NonNullable<Facts>): boolean =>
  question.on === 'created' || (question.on === 'message' && row.ticket.language === null)

/** None that led here is asked again, and no fourth after three (P14). */
function matchesOf(
  { question, desk }: NonNullable<Facts>,
  row: TriageRow,
  struck: readonly Struck[],
): readonly RuleMatch[] {
  const { on, field, after } = question
  if (isDeepest(question)) return []
  const { channel, account, brand } = row.ticket
  const asked = {
    on,
    channel,
    account,
    brand,
    facts: factsAsked(row, desk),
    ...(field === null ? {} : { fields: [field] }),
  }
  const matches =
    on === 'time'
      ? inOrder(struck.flatMap(({ rule }) => desk.rules.matches({ ...asked, rule })))
      : desk.rules.matches(asked)
  return matches.filter(({ rule }) => !after.includes(rule.id))
}
const inOrder = (matches: readonly RuleMatch[]): readonly RuleMatch[] =>
  matches.toSorted(({ rule: a }, { rule: b }) => byOrder(a, b))

function changesOf({ ticket, now, desk }: Snapshot, { set, changes }: Deeds): readonly Change[] {
  const isSet = Object.keys(set).length > 0
  const own: readonly Change[] = isSet ? [{ do: 'set-ticket', ticket: ticket.id, set, at: now }] : []
  return [...own, ...changes, ...closesByGroup(ticket, set, desk)]
}

/** Replays and imports start no clock. */
function timeOf(it: Snapshot, { set }: Deeds, struck: readonly Struck[]): readonly Change[] {
  const { news, question, desk, ticket } = it
  const moves = question.on !== 'changed' || question.field === 'status'
  if (!moves || news.origin !== 'live' || !(desk.listensTo.has('time') || question.on === 'time')) return []
  const asked = struck.map((hour): Change => ({ do: 'note-hour', ticket: ticket.id, ...hour }))
  return [...asked, nextWake(it, { ...ticket, ...set }, struck)]
}

/** Always of one that was opened; else when something was done. */
function told(
  { ticket: before, question: { on, message } }: Snapshot,
  deeds: AllDeeds,
  spoken: Spoken,
): Decision['events'] {
  if (on !== 'created' && deeds.events.length === 0 && !deeds.waits) return []
  const { id, priority, type, topic, group, tags, folders, language } = { ...before, ...deeds.set }
  const data: EventData['ticket.triaged'] = {
    ticket: id,
    on,
    ...(message === null ? {} : { message }),
    priority,
    type,
    topic,
    group,
    tags: [...tags],
    folders: [...folders],
    language,
    detected: spoken.detected,
    waits: deeds.waits,
    rules: [...Map.groupBy(deeds.did, ({ rule }) => rule)].map(([rule, did]) => ({
      rule,
      did: [...new Set(did.map(({ target }) => target))],
    })),
  }
  return [{ type: 'ticket.triaged', key: id, subject: id, data }]
}
