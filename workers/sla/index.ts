// Promises kept to the business's own clock: each ticket's clocks begin, stand still, warn, break once or are kept (B7, B8, V1 to V12).
import type { TicketId } from '../../schemas/ids.ts'
import { lockOf, nothing, worker, type Change, type Decision, type Moment } from '../../core/ports/worker.ts'
import { plusSeconds } from '../../core/rules/durations.ts'
import { ruleFactsOf } from '../../core/rules/match/facts.ts'
import { targetOf } from '../../core/rules/sla/reckon.ts'
import { coursesOf } from '../../core/rules/sla/timeline.ts'
import { choosesPolicy, heard, isConcern, matters, recount, type Heard } from './heard.ts'
import { choosesAnew, readFacts, type Facts } from './read.ts'
import { isClosed, step, type Promised } from './step.ts'

type OfTicket = Extract<Facts, { of: 'ticket' }>
type OfDesk = Extract<Facts, { of: 'desk' }>

/** Everything is reckoned from the ticket as it stands, never from what an event says of it: repeats and any order come to the same. */
export default worker({
  name: 'sla',
  on: heard,
  guard: 'own-key',
  everyMs: 200,
  concerns: (event: Heard) => isConcern(event),
  async sift(events: readonly Heard[], read) {
    const { sla } = await read.desk()
    return events.filter((event) => matters(event, sla))
  },
  locks: () => [],
  moreLocks: (_event: Heard, facts: Facts) => (facts?.of === 'ticket' ? [lockOf('ticket', facts.row.ticket.id)] : []),
  facts: readFacts,
  decide(event: Heard, facts: Facts, moment): Decision {
    if (facts === null) return nothing
    return facts.of === 'ticket' ? decide(event, facts, moment) : recountOf(event, facts, moment)
  },
})

function decide(event: Heard, facts: OfTicket, { now }: Moment): Decision {
  const { row, desk } = facts
  const chosen = promiseOf(event, facts)
  const isNew = row.clocks.length === 0
  if (isNew && (chosen === null || !mayBegin(event, facts, chosen))) return nothing
  const { clocks, all, events } = step(chosen, { row, desk, now, mayStart: event.origin === 'live' })
  const changes: Change[] = clocks.map((clock) => ({ do: 'put-clock', clock }))
  return { changes: [...changes, ...wakes(event, row.ticket.id, { before: row.clocks, now: all })], events }
}

/** What is brought in from another desk, or read once more, is promised nothing (D70). */
const mayBegin = (event: Heard, { row, desk }: OfTicket, { policy }: Promised): boolean =>
  event.origin === 'live' &&
  (choosesPolicy(event, desk.sla) || promisesLaterOnly(row, policy)) &&
  row.ticket.origin !== 'import' &&
  ['open', 'waiting'].includes(row.ticket.category)

/** What promises nothing before the customer asks again had no clock to begin when the ticket was triaged; anything else had one. */
const promisesLaterOnly = (row: OfTicket['row'], policy: Promised['policy']): boolean =>
  coursesOf(row, policy).every(
    ({ metric }) => metric === 'nextResponse' || targetOf(policy, metric, row.ticket.priority) === null,
  )

/** Chosen anew where what it looks at changed; else the one that holds already. */
function promiseOf(event: Heard, { row, desk, seen }: OfTicket): Promised | null {
  const held = row.clocks.findLast((it) => !isClosed(it)) ?? row.clocks.at(-1)
  const policy = desk.sla.byId(held?.policy ?? '')
  if (policy !== null && !choosesAnew(event, row, desk)) return { policy, because: held?.because ?? null }
  const found = seen === null ? null : desk.sla.match(ruleFactsOf(seen, desk))
  if (found === null) return null
  const because = { rule: null, by: 'policy' as const, name: found.policy.name, tests: [...found.tests] }
  return { policy: found.policy, because }
}

type Clocks = OfTicket['row']['clocks']
/** One wake-up a ticket, at the next of its hours. One that has rung is gone, and is asked for again. */
function wakes(
  event: Heard,
  ticket: TicketId,
  of: { readonly before: Clocks; readonly now: Clocks },
): readonly Change[] {
  const [asked, wanted] = [nextOf(of.before), nextOf(of.now)]
  const about = { kind: 'sla', subject: ticket } as const
  if (wanted === null) return asked === null ? [] : [{ do: 'forget-wake', ...about }]
  if (wanted === asked && event.type !== 'wake.due') return []
  return [{ do: 'wake-me', ...about, dueAt: wanted, basis: null }]
}
const nextOf = (clocks: Clocks) => clocks.flatMap(({ nextAt }) => nextAt ?? []).toSorted()[0] ?? null

/**
 * A policy, a calendar or a brand changed: every open clock is woken, some hundreds a step. After the last step it is looked once more, for
 * what was decided on the old desk meanwhile and written later.
 */
function recountOf(event: Heard, { tickets }: OfDesk, { now }: Moment): Decision {
  const basis = event.type === 'wake.due' ? event.data.basis : null
  const woken = tickets.map((subject): Change => ({ do: 'wake-me', kind: 'sla', subject, dueAt: now, basis: recount }))
  const again = { do: 'wake-me', kind: 'sla_recount', subject: 'desk' } as const
  const last = tickets.at(-1)
  if (last !== undefined) return { changes: [...woken, { ...again, dueAt: now, basis: last }], events: [] }
  if (basis === null || basis === lastLook) return nothing
  return { changes: [{ ...again, dueAt: plusSeconds(now, 10), basis: lastLook }], events: [] }
}
/** Sorts before every id. */
const lastLook = '!'
