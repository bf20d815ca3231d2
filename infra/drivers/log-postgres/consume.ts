// One group's reading in this process: handlers that take batches from the lanes owned, in order, again until they succeed.
import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { eventTypes, topicOf, type AnyEvent, type EventType } from '../../../schemas/events.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import { ask } from './ask.ts'
import { makeBell, nap } from '../bell.ts'
import type { Flusher } from './flush.ts'
import type { Heads } from './heads.ts'
import { checkHandlers, pauseAfter } from '../log-share.ts'
import type { Places } from '../log-places.ts'
import { asksFor, type Ask } from './lanes.ts'
import { makeMembership, type Membership } from './membership.ts'

const notFreshPauseMs = 100
/** After a look that brought nothing for this group: of a busy topic most is for others, and a look at each of their events would be most of the reading. */
const othersRestMs = 40

export interface Consumption {
  readonly group: string
  readonly types: readonly EventType[]
  readonly handle: (batch: readonly AnyEvent[]) => Promise<void>
  readonly handlers: number
  /** Events of a batch. */
  readonly most: number
  readonly everyMs: number
}
export interface Readers {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Logger
  readonly heads: Heads
  readonly flusher: Flusher
  readonly places: Places
}
interface Row {
  readonly i: number
  readonly position: number
  readonly day: string | null
  /** null: `position` is how far there are positions. */
  readonly event: string | null
}
interface Turn {
  readonly slot: number
  readonly it: Consumption
  /** Types of its topics that are not for it; what is none of these nor of its own was written by a newer release. */
  readonly others: readonly EventType[]
  readonly membership: Membership
  readonly signal: AbortSignal
}

/** Resolves when the signal aborted, the handlers under way ended, and the partitions were let go. */
export async function consume(it: Consumption, signal: AbortSignal, deps: Readers): Promise<void> {
  checkHandlers(it)
  const bell = makeBell()
  const topics = [...new Set(it.types.map(topicOf))]
  const others = eventTypes.filter((type) => topics.includes(topicOf(type)) && !it.types.includes(type))
  const left = new AbortController()
  deps.heads.onGrowth(topics, bell.ring, left.signal)
  signal.addEventListener('abort', bell.ring, { once: true })
  const who = { group: it.group, member: randomUUID(), topics, handlers: it.handlers, onLanes: bell.ring }
  const membership = makeMembership(who, deps)
  const gone = deps.places.reader(it.group, membership.isFresh)
  // Leases are kept until the last handler has ended.
  const kept = membership.run(left.signal)
  const turns = Array.from({ length: it.handlers }, (_, slot) =>
    takeTurns({ slot, it, others, membership, signal }, bell.heard, deps),
  )
  try {
    await Promise.all(turns)
  } finally {
    gone()
    left.abort()
    signal.removeEventListener('abort', bell.ring)
    await kept
  }
}

async function takeTurns(turn: Turn, heard: () => Promise<void>, deps: Readers): Promise<void> {
  let failures = 0
  let nextAt = -Infinity
  while (!turn.signal.aborted) {
    const mine = turn.membership.isFresh() ? [...turn.membership.lanes].filter((lane) => lane.slot === turn.slot) : []
    const asks = asksFor(mine, deps.heads, turn.it.most)
    if (asks.length === 0) {
      await (turn.membership.isFresh() ? heard() : nap(deps.clock, notFreshPauseMs, turn))
      continue
    }
    const began = deps.clock.ticks()
    if (began < nextAt && isLittle(asks, turn.it)) {
      await nap(deps.clock, nextAt - began, turn)
      continue
    }
    for (const { lane } of asks) lane.busy = true
    try {
      const brought = await takeOne(asks, turn, deps)
      nextAt = began + Math.max(turn.it.everyMs, brought ? 0 : othersRestMs)
      failures = 0
    } catch (error) {
      failures++
      deps.log.warn('The log cannot be read; tried again.', { group: turn.it.group, why: messageOf(error) })
      await nap(deps.clock, pauseAfter(failures), turn)
    } finally {
      for (const { lane } of asks) lane.busy = false
      if (asks.some(({ lane }) => lane.leaving)) turn.membership.letGoSoon()
    }
  }
}

/** Less than a batch, however much of it is for this group. */
const isLittle = (asks: readonly Ask[], { most }: Consumption): boolean =>
  asks.reduce((sum, { from, to }) => sum + to - from, 0) < most

/** Reads, handles, moves the positions in memory; whether there was something for this group. A batch that was given up moves nothing. */
async function takeOne(asks: readonly Ask[], turn: Turn, deps: Readers): Promise<boolean> {
  const rows = await read(asks, turn.others, deps.pool)
  const events = rows.flatMap(({ event }) => (event === null ? [] : [JSON.parse(event) as AnyEvent]))
  if (events.length > 0 && !(await handled(events, { asks, turn, deps }))) return true
  let isShort = false
  for (const [index, one] of asks.entries()) {
    const read = rows.filter((row) => row.i === index)
    const end = read.pop()?.position ?? one.from
    isShort ||= end < one.to
    move(one, read, end)
    deps.flusher.note(one.lane)
  }
  if (isShort) await deps.heads.refresh()
  return events.length > 0
}

/** Fewer than asked for: all up to `to` was walked over, also events of types that are not for this group. */
function move({ lane, from, to, quota }: Ask, read: readonly Row[], end: number): void {
  const last = read.at(-1)
  lane.position = last !== undefined && read.length === quota ? last.position + 1 : Math.max(from, Math.min(to, end))
  if (last?.day && last.day > lane.day) lane.day = last.day
}

/** Again and again with growing pauses, until handled (true), or stopped or partly somebody else's (false). */
async function handled(
  events: readonly AnyEvent[],
  { asks, turn, deps }: { readonly asks: readonly Ask[]; readonly turn: Turn; readonly deps: Readers },
): Promise<boolean> {
  for (let failures = 1; !turn.signal.aborted; failures++) {
    if (asks.some(({ lane }) => lane.lost || (lane.leaving && failures > 1))) return false
    try {
      await turn.it.handle(events)
      return true
    } catch (error) {
      const { group } = turn.it
      deps.log.warn('A batch was not handled; it comes again.', {
        group,
        events: events.length,
        failures,
        why: messageOf(error),
      })
      await nap(deps.clock, pauseAfter(failures), turn)
    }
  }
  return false
}

async function read(asks: readonly Ask[], others: readonly EventType[], pool: Pool): Promise<readonly Row[]> {
  const lanes = asks.map(({ lane, from: a, to: b, quota: q }, i) => ({ i, t: lane.topic, p: lane.partition, a, b, q }))
  const since = asks.map(({ lane }) => lane.day).reduce((a, b) => (a < b ? a : b))
  return ask<Row>(pool, {
    name: 'log_read_but',
    text: 'select * from log_read_but($1, $2, $3)',
    values: [JSON.stringify(lanes), others, since],
    silentAfterMs: 10_000,
  })
}
