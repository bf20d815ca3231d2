// What is set aside for a person to look at, and how it is taken away again.
import { idFrom } from '../../schemas/ids.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { StoreTx } from '../../core/ports/store.ts'
import { statement, type Here } from './statement.ts'

type Held = { readonly worker: string; readonly event: AnyEvent }

const put = statement(
  'parked_put',
  `insert into parked (workspace, id, worker, event, why, attempts)
   select $1, q.id, q.worker, q.event, q.why, q.attempts
   from json_to_recordset($2::json) as q (id text, worker text, event json, why text, attempts int) order by q.id
   on conflict (workspace, id) do update set why = excluded.why, attempts = excluded.attempts, at = now()`,
)
/** The same event of the same worker is one row, however often it is set aside. */
export async function park(here: Here, all: readonly Parameters<StoreTx['park']>[0][]): Promise<void> {
  const rows = new Map(all.map((what) => [idFrom('prk', what.worker, what.event.id), what]))
  await here.run(
    put,
    [...rows].map(([id, what]) => ({ ...what, id })),
  )
}

const hold = statement(
  'parked_hold',
  `select worker, event from parked where workspace = $1 and id = $2::json #>> '{}' for update`,
)
const take = statement(
  'parked_take',
  `delete from parked where workspace = $1 and id = $2::json #>> '{}' returning worker, event`,
)
export const parked = async (here: Here, id: string): Promise<Held | null> =>
  (await here.run<Held>(hold, id))[0] ?? null
export const unpark = async (here: Here, id: string): Promise<Held | null> =>
  (await here.run<Held>(take, id))[0] ?? null
