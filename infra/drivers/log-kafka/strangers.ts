// Records in our topics that are no events of ours: passed over where they lie, counted, and said at most once a minute a topic.
import type { KafkaMessage } from 'kafkajs'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import { eventTypes } from '../../../schemas/events.ts'
import { typeOf } from './record.ts'

export interface Strangers {
  met(where: Where, why: string): void
}
interface Where {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}

const sayEveryMs = 60_000

export function makeStrangers(
  group: string,
  {
    clock,
    log,
    onForeign,
  }: { readonly clock: Clock; readonly log: Logger; readonly onForeign: (records: number) => void },
): Strangers {
  const told = new Map<string, { at: number; since: number }>()
  return {
    met(where, why) {
      onForeign(1)
      const last = told.get(where.topic) ?? { at: Number.NEGATIVE_INFINITY, since: 0 }
      told.set(where.topic, last)
      last.since++
      if (clock.ticks() - last.at < sayEveryMs) return
      const about = { group, ...where, why, records: last.since }
      log.error('A record of the log is no event of Inlet; it was passed over and lies where it lay.', about)
      last.at = clock.ticks()
      last.since = 0
    },
  }
}

const known: ReadonlySet<string> = new Set(eventTypes)

/** Null for an event of ours, whoever it is for. */
export function whyStrange(message: KafkaMessage): string | null {
  const type = typeOf(message)
  if (type === null) return 'the header ce_type is missing'
  return known.has(type) ? null : `this version knows no events of type ${type.slice(0, 100)}`
}
