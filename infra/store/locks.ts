// Transaction-level advisory locks: one statement, by rank and then by number, so that nobody waits for somebody who waits for them.
import type { Here } from './statement.ts'
import { statement } from './statement.ts'
import { lockNumber, lockRanks, type LockKey } from '../../core/ports/worker.ts'

// A subquery with `offset 0` keeps the order: the lock is taken as each row comes out of it.
const take = statement(
  'lock_take',
  `select pg_advisory_xact_lock(k.number) from (
     select q.v::bigint as number from json_array_elements_text($2::json) with ordinality as q (v, n) where $1::text is not null order by q.n offset 0
   ) k`,
)

export async function takeLocks(here: Here, keys: readonly LockKey[]): Promise<void> {
  if (keys.length === 0) return
  const ranked = keys.map((key) => ({ rank: lockRanks.indexOf(key.rank), number: lockNumber(here.workspace, key) }))
  ranked.sort((a, b) => a.rank - b.rank || (a.number < b.number ? -1 : Number(a.number > b.number)))
  await here.run(take, [...new Set(ranked.map(({ number }) => String(number)))])
}
