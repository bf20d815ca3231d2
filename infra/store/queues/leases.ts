// Leases by name, with an epoch that rises with every new holder; by the database's clock alone.
import type { Leases } from '../../../core/ports/queues.ts'
import { statement } from '../statement.ts'
import type { OnLoops } from './on-loops.ts'

// A lease that reaches farther than any lease can was given before the clock jumped back: it is free as well (G17).
const take = statement(
  'lease_take',
  `insert into lease as l (name, owner, epoch, until)
   select q.name, q.owner, 1, clock_timestamp() + make_interval(secs => q.seconds)
   from json_to_record($1::json) as q (name text, owner text, seconds double precision)
   on conflict (name) do update set owner = excluded.owner, until = excluded.until,
     epoch = case when l.owner = excluded.owner then l.epoch else l.epoch + 1 end
     where l.owner = excluded.owner or l.until < clock_timestamp() or l.until > clock_timestamp() + interval '10 minutes'
   returning epoch`,
)
// The row stays: the epoch must not begin anew.
const release = statement(
  'lease_release',
  `update lease l set until = '-infinity' from json_to_record($1::json) as q (name text, owner text)
   where l.name = q.name and l.owner = q.owner`,
)

export const makeLeases = (loops: OnLoops): Leases => ({
  take: async (name, owner, seconds) => (await loops.run<{ epoch: number }>(take, { name, owner, seconds }))[0] ?? null,
  release: async (name, owner) => {
    await loops.run(release, { name, owner })
  },
})
