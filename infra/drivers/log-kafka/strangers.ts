// Records in our topics that are no events of ours: passed over where they lie, counted, and said at most once a minute a topic.
import type { KafkaMessage } from 'kafkajs'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import { isKnownType, topicOf, type EventType } from '../../../schemas/events.ts'
import { typeOf } from './record.ts'

export interface Strangers {
  /** Of a record as it was fetched. */
  look(message: KafkaMessage, where: Place): void
  met(where: Where, why: string): void
}
interface Place {
  readonly topic: string
  readonly partition: number
}
interface Where extends Place {
  readonly offset: string
}

const sayEveryMs = 60_000

export function makeStrangers(
  group: string,
  {
    clock,
    log,
    prefix,
    onForeign,
  }: {
    readonly clock: Clock
    readonly log: Logger
    /** Of the topics. */
    readonly prefix: string
    readonly onForeign: (records: number) => void
  },
): Strangers {
  const told = new Map<string, { at: number; since: number }>()
  const met = (where: Where, why: string): void => {
    onForeign(1)
    const last = told.get(where.topic) ?? { at: Number.NEGATIVE_INFINITY, since: 0 }
    told.set(where.topic, last)
    last.since++
    if (clock.ticks() - last.at < sayEveryMs) return
    const about = { group, ...where, why, records: last.since }
    log.error('A record of the log is no event of Inlet; it was passed over and lies where it lay.', about)
    last.at = clock.ticks()
    last.since = 0
  }
  return {
    met,
    look(message, { topic, partition }) {
      const why = whyStrange(message, topic, prefix)
      if (why !== null) met({ topic, partition, offset: message.offset }, why)
    },
  }
}

/** Whether a record of this topic is for a group. */
export type IsFor = (message: KafkaMessage, topic: string) => boolean

/** Its own types, and those that a newer release beside this one wrote: past them the group would never come back, so they are set aside (G18). */
export function forGroup(types: readonly EventType[], prefix: string): IsFor {
  const own: ReadonlySet<string> = new Set(types)
  return (message, topic) => {
    const type = typeOf(message)
    return type !== null && (own.has(type) || isNewer(type, topic, prefix))
  }
}

const isNewer = (type: string, topic: string, prefix: string): boolean =>
  !isKnownType(type) && /^[a-z]+\.[a-z_]+$/.test(type) && topic === `${prefix}${topicOf(type)}`

/** Null for an event of ours, whoever it is for; whether one of a newer release is whole is seen when it is read. */
function whyStrange(message: KafkaMessage, topic: string, prefix: string): string | null {
  const type = typeOf(message)
  if (type === null) return 'the header ce_type is missing'
  if (isKnownType(type) || isNewer(type, topic, prefix)) return null
  return `no events of this topic are of type ${type.slice(0, 100)}`
}
