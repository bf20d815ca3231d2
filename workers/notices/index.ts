// Tells the team by mail what concerns them (D72): as a machine, once, within a budget, and so that an answer to it is no customer's (P11).
import { lockOf, nothing, worker, type Change, type Decision, type Moment } from '../../core/ports/worker.ts'
import { noticeQueued } from '../../core/rules/notice.ts'
import { heard, newsIn, type Heard } from './heard.ts'
import { readFacts, type Facts, type Told } from './read.ts'
import { wordsOf } from './words.ts'

/** Nobody reads more; the last of an hour says so. */
export const anHour = 30
/** Of one ticket the same is told once in so many minutes: a customer may write in ten lines. */
const quietMinutes = 10
type Known = NonNullable<Facts>

export default worker({
  name: 'notices',
  on: [...heard],
  // What somebody was told of an event is noted with it: a repeat finds the note, and what concerns nobody leaves no row.
  guard: 'own-key',
  everyMs: 200,
  concerns: (event: Heard) => newsIn(event) !== null,
  locks: () => [],
  moreLocks: (_event, facts: Facts) => (facts?.told ?? []).map(({ agent }) => lockOf('agent', 'notices', agent.id)),
  facts: readFacts,
  decide: (event: Heard, facts: Facts, moment): Decision =>
    facts === null
      ? nothing
      : { changes: facts.told.flatMap((told) => noticeTo(told, facts, event, moment)), events: [] },
})

function noticeTo(told: Told, known: Known, event: Heard, moment: Moment): readonly Change[] {
  const { agent, account, to, lately } = told
  const { kind, ticket } = known.news
  const subject = ticket ?? `${event.channel}/${event.account}`
  if (told.isStopped || told.isOurs || isTold(told, { kind, subject, cause: event.id, now: moment.now })) return []
  const isLast = lately.length + 1 >= anHour
  const words = wordsOf(known, { subject, isLast, language: told.language })
  const { change } = noticeQueued(
    { agent, account, kind: told.kind, to, words, correlation: event.correlation },
    moment,
  )
  return [change, { do: 'note-notice', note: { agent: agent.id, kind, subject, cause: event.id, at: moment.now } }]
}

function isTold(
  { lately }: Told,
  it: { readonly kind: string; readonly subject: string; readonly cause: string; readonly now: string },
): boolean {
  const isRecent = (at: string): boolean => Date.parse(it.now) - Date.parse(at) < quietMinutes * 60_000
  if (lately.length >= anHour || lately.some(({ cause }) => cause === it.cause)) return true
  return lately.some(({ kind, subject, at }) => kind === it.kind && subject === it.subject && isRecent(at))
}
