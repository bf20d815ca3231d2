// How often an event was tried: counted outside the transaction it may kill (G13).
import type { Attempts } from '../../../core/ports/queues.ts'
import { eventIdOf, uuidOf } from '../event-uuid.ts'
import { statement } from '../statement.ts'
import type { OnLoops } from './on-loops.ts'

const bump = statement(
  'attempt_bump',
  `insert into event_attempt as a (worker, event, tries)
   select $1::json ->> 'worker', v::uuid, 1 from json_array_elements_text($1::json -> 'events') v order by v
   on conflict (worker, event) do update set tries = a.tries + 1, at = now()
   returning event, tries`,
)
const forget = statement(
  'attempt_forget',
  `delete from event_attempt where worker = $1::json ->> 'worker'
   and event = any (array(select v::uuid from json_array_elements_text($1::json -> 'events') v))`,
)

export const makeAttempts = (loops: OnLoops): Attempts => ({
  bump: async (worker, events) => {
    if (events.length === 0) return new Map()
    const asked = { worker, events: [...new Set(events)].map(uuidOf) }
    const rows = await loops.run<{ event: string; tries: number }>(bump, asked)
    return new Map(rows.map(({ event, tries }) => [eventIdOf(event), tries]))
  },
  forget: async (worker, events) => {
    if (events.length > 0) await loops.run(forget, { worker, events: events.map(uuidOf) })
  },
})
