// Writes down how far the partitions of a member are: together, every 100 ms, one request at a time, refused where the group has moved on.
import { messageOf } from '../../../core/errors.ts'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import { kindOf } from './fault.ts'
import { writtenDown, type Lane, type Lanes } from './lanes.ts'

const everyMs = 100

export interface Committer {
  /** Now. Never rejects: what was not written is written with the next one, or read again by who has it then. */
  commit(): Promise<void>
  run(signal: AbortSignal): Promise<void>
}

interface CommitterDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly group: string
  /** Whether the group still takes this process for a member. */
  isMember(): boolean
  /** The group said that it does not. */
  thrownOut(): void
}

export function makeCommitter(lanes: Lanes, deps: CommitterDeps): Committer {
  let last: Promise<void> = Promise.resolve()
  let failures = 0

  async function write(): Promise<void> {
    const due = [...lanes.held.values()].filter((lane) => lane.payload !== null && lane.next > lane.committed)
    const through = due[0]?.payload
    if (!through || !deps.isMember()) return
    const ends = due.map((lane) => lane.next)
    try {
      await through.commitOffsetsIfNecessary({ topics: topicsOf(due) })
      failures = 0
      for (const [index, lane] of due.entries()) writtenDown(lane, ends[index] ?? -1)
    } catch (error) {
      failures++
      if (['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'].includes(kindOf(error))) deps.thrownOut()
      const about = { group: deps.group, why: `${messageOf(error)} (${kindOf(error)})` }
      if (failures === 10) deps.log.warn('A group’s positions cannot be written down; tried again.', about)
      else deps.log.debug('Positions are written down later.', about)
    }
  }
  /** An older position must not come after a newer one. */
  const commit = (): Promise<void> => (last = last.then(write))
  return {
    commit,
    async run(signal) {
      while (!signal.aborted) {
        await deps.clock.sleep(everyMs, signal).catch(() => undefined)
        await commit()
      }
    },
  }
}

/** Only of what is held now: a position of what was lost would set its new holder back. */
function topicsOf(lanes: readonly Lane[]) {
  return [...Map.groupBy(lanes, (lane) => lane.topic)].map(([topic, mine]) => ({
    topic,
    partitions: mine.map((lane) => ({ partition: lane.partition, offset: String(lane.next) })),
  }))
}
