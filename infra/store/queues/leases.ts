// Leases by name, with an epoch that rises with every new holder; by the database's clock alone.
import type { Leases } from '../../../core/ports/queues.ts'
import { statement } from '../statement.ts'
import type { OnLoops } from './on-loops.ts'

// A lease that reaches farther than any lease can was given before the clock jumped back: it is free as well (G17).
const ifFree = `on conflict (name) do update set owner = excluded.owner, until = excluded.until,
     epoch = case when l.owner = excluded.owner then l.epoch else l.epoch + 1 end
     where l.owner = excluded.owner or l.until < clock_timestamp() or l.until > clock_timestamp() + interval '10 minutes'`
// In the order of their names: two processes that take the same ones do not wait for each other in a circle.
const takeAll = statement(
  'lease_take_all',
  `insert into lease as l (name, owner, epoch, until)
   select e.name, q.owner, 1, clock_timestamp() + make_interval(secs => q.seconds)
   from json_to_record($1::json) as q (names json, owner text, seconds double precision)
   cross join lateral json_array_elements_text(q.names) as e (name) order by e.name
   ${ifFree}
   returning name, epoch`,
)
// Who is there is a lease of each one's own; those of processes that are long gone are cleared away by whoever looks.
const gather = statement(
  'lease_gather',
  `with q as materialized (select * from json_to_record($1::json) as q (circle text, owner text, seconds double precision)),
     me as (insert into lease as l (name, owner, epoch, until)
       select q.circle || '/' || q.owner, q.owner, 1, clock_timestamp() + make_interval(secs => q.seconds) from q
       on conflict (name) do update set until = excluded.until),
     gone as (delete from lease l using q where starts_with(l.name, q.circle || '/') and l.until < clock_timestamp() - interval '1 hour'
       and l.owner <> q.owner)
   select l.owner from lease l join q on starts_with(l.name, q.circle || '/')
     where l.until between clock_timestamp() and clock_timestamp() + interval '10 minutes'
   union select q.owner from q order by 1`,
)
const take = statement(
  'lease_take',
  `insert into lease as l (name, owner, epoch, until)
   select q.name, q.owner, 1, clock_timestamp() + make_interval(secs => q.seconds)
   from json_to_record($1::json) as q (name text, owner text, seconds double precision)
   ${ifFree}
   returning epoch`,
)
// The row stays: the epoch must not begin anew.
const release = statement(
  'lease_release',
  `update lease l set until = '-infinity' from json_to_record($1::json) as q (name text, owner text)
   where l.name = q.name and l.owner = q.owner`,
)
const owners = statement(
  'lease_owners',
  `select distinct owner from lease where until > clock_timestamp() and $1::json is not null`,
)
const releaseAll = statement(
  'lease_release_all',
  `update lease set until = '-infinity' where until > clock_timestamp() and owner in (select json_array_elements_text($1::json))`,
)

export const makeLeases = (loops: OnLoops): Leases => ({
  take: async (name, owner, seconds) => (await loops.run<{ epoch: number }>(take, { name, owner, seconds }))[0] ?? null,
  takeAll: async (names, owner, seconds) => {
    if (names.length === 0) return new Map()
    const rows = await loops.run<{ name: string; epoch: number }>(takeAll, { names, owner, seconds })
    return new Map(rows.map(({ name, epoch }) => [name, epoch]))
  },
  release: async (name, owner) => {
    await loops.run(release, { name, owner })
  },
  gather: async (circle, owner, seconds) =>
    (await loops.run<{ owner: string }>(gather, { circle, owner, seconds })).map((it) => it.owner),
  leave: async (circle, owner) => {
    await loops.run(release, { name: `${circle}/${owner}`, owner })
  },
  owners: async () => (await loops.run<{ owner: string }>(owners, {})).map((it) => it.owner),
  releaseAll: async (dead) => {
    if (dead.length > 0) await loops.run(releaseAll, dead)
  },
})
