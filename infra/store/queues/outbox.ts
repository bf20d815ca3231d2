// The outbox: what decisions raised, on its way to a log that is not in this database.
import type { AnyEvent } from '../../../schemas/events.ts'
import type { Outbox } from '../../../core/ports/queues.ts'
import { statement } from '../statement.ts'
import type { Waits } from './waits.ts'
import type { OnLoops } from './on-loops.ts'

// From every partition its oldest, so that one that cannot leave does not hide the others behind it; in order within each.
const oldest = statement(
  'outbox_oldest',
  `with recursive lane as (
     (select partition from outbox order by partition limit 1)
     union all
     select n.partition from lane l
     cross join lateral (select o.partition from outbox o where o.partition > l.partition order by o.partition limit 1) n)
   select e.seq::text as seq, e.event from lane l
   cross join lateral (select o.seq, o.event from outbox o where o.partition = l.partition order by o.seq
     limit greatest(1, ($1::json #>> '{}')::int / (select count(*) from lane))) e
   order by e.seq`,
)
const remove = statement(
  'outbox_remove',
  `delete from outbox where seq = any (array(select v::bigint from json_array_elements_text($1::json) v))`,
)

export const makeOutbox = (loops: OnLoops, waits: Waits): Outbox => ({
  oldest: (limit) => loops.run<{ seq: string; event: AnyEvent }>(oldest, limit),
  remove: async (seqs) => {
    if (seqs.length > 0) await loops.run(remove, seqs)
  },
  wait: waits.wait,
})
