// Which events a worker has never met, and the kept answers of commands: the guards of a transaction.
import type { EventId } from '../../schemas/ids.ts'
import type { StoreTx } from '../../core/ports/store.ts'
import { eventIdOf, uuidOf } from './event-uuid.ts'
import { statement, type Here } from './statement.ts'

const claim = statement(
  'inbox_claim',
  `select inbox_claim($2::json ->> 'worker', array(select v::uuid from json_array_elements_text($2::json -> 'events') v)) as event
   where $1::text is not null`,
)
export async function claimEvents(here: Here, worker: string, events: readonly EventId[]): Promise<Set<EventId>> {
  if (events.length === 0) return new Set()
  const rows = await here.run<{ event: string }>(claim, { worker, events: events.map(uuidOf) })
  return new Set(rows.map(({ event }) => eventIdOf(event)))
}

const find = statement(
  'answer_find',
  `select input_hash as "inputHash", status, body from answer where workspace = $1 and key = $2::json #>> '{}' limit 1`,
)
export async function findAnswer(here: Here, key: string): ReturnType<StoreTx['answered']> {
  type Kept = Awaited<ReturnType<StoreTx['answered']>>
  return (await here.run<NonNullable<Kept>>(find, key))[0] ?? null
}

const keep = statement(
  'answer_keep',
  `insert into answer (workspace, key, input_hash, status, body)
   select $1, q.key, q."inputHash", q.status, q.body
   from json_to_record($2::json) as q (key text, "inputHash" text, status int, body json)`,
)
/** A twin that kept one first is a unique violation, so a conflict: the command is asked again and finds it. */
export async function keepAnswer(
  here: Here,
  answer: { readonly key: string; readonly inputHash: string; readonly status: number; readonly body: unknown },
) {
  await here.run(keep, answer)
}
