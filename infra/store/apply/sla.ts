// Verbs about promises: policies, and the clocks of tickets.
import { GatewayError } from '../../../core/errors.ts'
import { statement } from '../statement.ts'
import { byStatement, oneAfterAnother, type Applier } from './applier.ts'
import { array, putting } from './people.ts'

const policyColumns = `(id text, name text, weight int, "isActive" boolean, "when" json, targets json, "byPriority" json, calendar text, pauses json,
  "warnAt" json, reopened text, version int)`
const warnAt = `array(select json_array_elements_text(q."warnAt")::int)`
const makePolicy = statement(
  'make_sla_policy',
  `insert into sla_policy (workspace, id, name, weight, is_active, condition, targets, by_priority, calendar, pauses, warn_at, reopened, version)
   select $1, q.id, q.name, q.weight, q."isActive", nullif(q."when"::text, 'null')::json, q.targets, q."byPriority", q.calendar, ${array('pauses')},
     ${warnAt}, q.reopened, q.version from json_to_recordset($2::json) as q ${policyColumns} order by q.id`,
)
const changePolicy = statement(
  'change_sla_policy',
  `update sla_policy p set name = q.name, weight = q.weight, is_active = q."isActive", condition = nullif(q."when"::text, 'null')::json,
     targets = q.targets, by_priority = q."byPriority", calendar = q.calendar, pauses = ${array('pauses')}, warn_at = ${warnAt},
     reopened = q.reopened, version = greatest(q.version, p.version + 1)
   from json_to_recordset($2::json) as q ${policyColumns} where p.workspace = $1 and p.id = q.id`,
)
const dropPolicies = statement(
  'drop_sla_policy',
  `delete from sla_policy p using json_to_recordset($2::json) as q (policy text) where p.workspace = $1 and p.id = q.policy`,
)
const clocks = statement(
  'put_clock',
  `insert into sla_clock as k (workspace, ticket, metric, policy, state, started_at, target_minutes, due_at, warned, ended_at, next_at, because,
     desk_version, version)
   select $1, q.ticket, q.metric, q.policy, q.state, q."startedAt", q."targetMinutes", q."dueAt", q.warned, q."endedAt", q."nextAt",
     nullif(q.because::text, 'null')::json, q."deskVersion", q.version
   from json_to_recordset($2::json) as q (ticket text, metric text, policy text, state text, "startedAt" timestamptz, "targetMinutes" int,
     "dueAt" timestamptz, warned int, "endedAt" timestamptz, "nextAt" timestamptz, because json, "deskVersion" bigint, version int)
   order by q.ticket, q.metric
   on conflict (workspace, ticket, metric) do update set policy = excluded.policy, state = excluded.state, started_at = excluded.started_at,
     target_minutes = excluded.target_minutes, due_at = excluded.due_at, warned = excluded.warned, ended_at = excluded.ended_at,
     next_at = excluded.next_at, because = excluded.because, desk_version = excluded.desk_version, version = excluded.version
     where k.version = excluded.version - 1
   returning k.ticket`,
)

export const putSlaPolicy: Applier<'put-sla-policy'> = putting(
  { make: makePolicy, change: changePolicy },
  ({ policy }) => policy,
)
export const dropSlaPolicy: Applier<'drop-sla-policy'> = byStatement(dropPolicies, (it) => it)
export const putClock: Applier<'put-clock'> = oneAfterAnother(async (here, changes) => {
  const rows = changes.map(({ clock }) => clock)
  const written = await here.run<{ ticket: string }>(clocks, rows)
  if (written.length < rows.length)
    throw new GatewayError('store.conflict', 'a clock is not as it was believed: somebody else moved it')
})
