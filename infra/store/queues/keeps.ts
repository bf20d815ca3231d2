// What polls and sessions remember, stored only while the process that read it still holds the lease.
import { receiverLease, type Keeps, type LiveAccount } from '../../../core/ports/queues.ts'
import { statement } from '../statement.ts'
import type { OnLoops } from './on-loops.ts'

const get = statement(
  'keep_get',
  `select k.value from json_to_record($1::json) as q (workspace text, channel text, account text, receiver text, name text)
   cross join lateral (select value from keep k where k.workspace = q.workspace and k.channel = q.channel and k.account = q.account
     and k.receiver = q.receiver and k.name = q.name limit 1) k`,
)
// The lease's row stays shared-locked to the commit: a new holder waits, and then reads what was stored here.
const put = statement(
  'keep_put',
  `with q as materialized (select * from json_to_record($1::json) as q (workspace text, channel text, account text, receiver text, lease text, epoch bigint,
       keep json)),
     held as materialized (select 1 from lease l join q on l.name = q.lease and l.epoch = q.epoch where l.until > clock_timestamp() for share of l),
     entry as materialized (select e.key as name, e.value #>> '{}' as value from q cross join lateral json_each(q.keep) e cross join held),
     gone as (delete from keep k using q, entry e where k.workspace = q.workspace and k.channel = q.channel and k.account = q.account
       and k.receiver = q.receiver and k.name = e.name and e.value is null),
     kept as (insert into keep (workspace, channel, account, receiver, name, value)
       select q.workspace, q.channel, q.account, q.receiver, e.name, e.value from q cross join entry e where e.value is not null
       on conflict (workspace, channel, account, receiver, name) do update set value = excluded.value)
   select 1 as held from held`,
)

const placeOf = ({ workspace, channel, id }: LiveAccount, receiver: string) => ({
  workspace,
  channel,
  account: id,
  receiver,
})

export const makeKeeps = (loops: OnLoops): Keeps => ({
  get: async (account, receiver, name) =>
    (await loops.run<{ value: string }>(get, { ...placeOf(account, receiver), name }))[0]?.value ?? null,
  put: async (account, receiver, keep, epoch) => {
    const rows = await loops.run(put, {
      ...placeOf(account, receiver),
      lease: receiverLease(account, receiver),
      epoch,
      keep,
    })
    return rows.length > 0
  },
})
