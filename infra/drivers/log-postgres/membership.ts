// One member of a group: says it lives, keeps its leases, takes its share of the partitions and lets go of what is above it.
import type { Pool } from 'pg'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import { ask } from './ask.ts'
import { makeBell, nap } from '../bell.ts'
import { logFault } from './fault.ts'
import type { Flusher } from './flush.ts'
import { freestSlot } from '../log-share.ts'
import type { Lane } from './lanes.ts'

/** A dead member's partitions go to others within leaseMs and one beat. All by the database's clock. */
const leaseMs = 5_000
const beatEveryMs = 1_000
/** While others still hold some of its share, or the database is away. */
const hurryMs = 250
const silentAfterMs = 3_000

export interface Membership {
  readonly lanes: ReadonlySet<Lane>
  /** False when this process could not renew for as long as a lease holds: somebody else may be at work. */
  isFresh(): boolean
  /** Lets go now of what is leaving and no longer busy. */
  letGoSoon(): void
  /** Beats until the signal aborts, then writes down the positions and leaves. */
  run(signal: AbortSignal): Promise<void>
}
interface Who {
  readonly group: string
  readonly member: string
  readonly topics: readonly string[]
  readonly handlers: number
  /** Called when lanes came. */
  readonly onLanes: () => void
}
interface Dependencies {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Logger
  readonly flusher: Flusher
}
interface BeatRow {
  readonly topic: string
  readonly partition: number
  readonly position: number
  readonly day: string
  readonly epoch: number
  readonly members: number
  readonly lanes: number
}

export function makeMembership(who: Who, deps: Dependencies): Membership {
  const lanes = new Set<Lane>()
  const bell = makeBell()
  let renewedAt = Number.NEGATIVE_INFINITY
  let joined = false

  const tell = <Row extends object>(name: string, text: string, values: readonly unknown[]): Promise<readonly Row[]> =>
    ask<Row>(deps.pool, { name, text, values, silentAfterMs })

  async function beat(): Promise<number> {
    if (!joined) await tell('log_join', 'select log_join($1, $2)', [who.group, who.topics])
    joined = true
    const began = deps.clock.ticks()
    const rows = await tell<BeatRow>('log_beat', 'select * from log_beat($1, $2, $3, $4)', [
      who.group,
      who.member,
      who.topics,
      `${leaseMs} ms`,
    ])
    renewedAt = began
    // Nothing at all: perhaps somebody dropped the group. Joining again does no harm.
    joined = rows.length > 0
    if (settle(lanes, rows, who)) who.onLanes()
    await letGo()
    const { members = 1, lanes: all = 0 } = rows[0] ?? {}
    return lanes.size < Math.floor(all / members) || rows.length === 0 ? hurryMs : beatEveryMs
  }
  async function letGo(): Promise<void> {
    const going = [...lanes].filter((lane) => lane.leaving && !lane.busy && !lane.lost)
    if (going.length === 0) return
    await deps.flusher.flush()
    const names = going.map(({ topic: t, partition: p }) => ({ t, p }))
    await tell('log_release', 'select log_release($1, $2, $3)', [who.group, who.member, JSON.stringify(names)])
    for (const lane of going) lanes.delete(lane)
  }
  async function leave(): Promise<void> {
    try {
      await deps.flusher.flush()
      await tell('log_leave', 'select log_release($1, $2, null)', [who.group, who.member])
    } catch (error) {
      deps.log.warn('A group was left without a word; its partitions wait for their leases to end.', {
        group: who.group,
        why: String(error),
      })
    }
    lanes.clear()
  }
  return {
    lanes,
    isFresh: () => deps.clock.ticks() < renewedAt + leaseMs,
    letGoSoon: bell.ring,
    async run(signal) {
      let silent = false
      while (!signal.aborted) {
        let pauseMs = hurryMs
        try {
          pauseMs = await beat()
          silent = false
        } catch (error) {
          const why = logFault(error, `Keeping the partitions of group ${who.group}`).message
          if (!silent) deps.log.warn('A group’s leases cannot be renewed; tried again.', { group: who.group, why })
          silent = true
        }
        await nap(deps.clock, pauseMs, { signal, bell })
      }
      await leave()
    },
  }
}

/** As they are taken: of each topic some. In any other order one process might keep a whole topic, and another get nothing of it. */
const byPartition = (a: Lane, b: Lane): number => a.partition - b.partition || (a.topic < b.topic ? -1 : 1)

/** Brings what we hold in line with what the database says. True when lanes came. */
function settle(lanes: Set<Lane>, rows: readonly BeatRow[], who: Who): boolean {
  const told = new Map(rows.map((row) => [`${row.topic}/${row.partition}/${row.epoch}`, row]))
  for (const lane of lanes) {
    if (told.delete(`${lane.topic}/${lane.partition}/${lane.epoch}`) && !lane.lost) continue
    lane.lost = true
    lanes.delete(lane)
  }
  for (const { topic, partition, epoch, position, day } of told.values()) {
    const slot = freestSlot(lanes, who.handlers)
    const state = { position, day, flushed: position, busy: false, leaving: false, lost: false }
    lanes.add({ group: who.group, member: who.member, topic, partition, epoch, slot, ...state })
  }
  const { members = 1, lanes: all = 0 } = rows[0] ?? {}
  const staying = [...lanes].filter((lane) => !lane.leaving).toSorted(byPartition)
  for (const lane of staying.slice(Math.ceil(all / members))) lane.leaving = true
  return told.size > 0
}
