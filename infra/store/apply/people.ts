// Verbs about the desk's people and rules: agents, groups, folders, types and topics, rules, calendars.
import type { Change, Verb } from '../../../core/ports/worker.ts'
import { statement, type Here, type Statement } from '../statement.ts'
import { byStatement, oneAfterAnother, type Applier } from './applier.ts'

export const array = (column: string): string =>
  `case when json_typeof(q.${column}) = 'array' then array(select json_array_elements_text(q.${column})) end`

const agentColumns = `(id text, name text, email text, role text, "isActive" boolean, brands json, channels json, languages json, groups json,
  capacity json, rate json, version int)`
const makeAgent = statement(
  'make_agent',
  `insert into agent (workspace, id, name, email, role, is_active, brands, channels, languages, capacity, rate, version)
   select $1, q.id, q.name, q.email, q.role, q."isActive", ${array('brands')}, ${array('channels')}, ${array('languages')}, q.capacity, q.rate, q.version
   from json_to_recordset($2::json) as q ${agentColumns} order by q.id`,
)
const changeAgent = statement(
  'change_agent',
  `update agent a set name = q.name, email = q.email, role = q.role, is_active = q."isActive", brands = ${array('brands')},
     channels = ${array('channels')}, languages = ${array('languages')}, capacity = q.capacity, rate = q.rate, version = greatest(q.version, a.version + 1)
   from json_to_recordset($2::json) as q ${agentColumns} where a.workspace = $1 and a.id = q.id`,
)
// Who is in which group is told of both: whoever read the other side before would write the old membership back (L5).
const thenMoved = (side: 'agent' | 'team'): string =>
  `update ${side} o set version = o.version + 1 from (select distinct moved.${side} as id from moved) m where o.workspace = $1 and o.id = m.id`
const leaveTeams = statement(
  'leave_teams',
  `with moved as (delete from agent_team m using json_to_recordset($2::json) as q (id text, groups json)
     where m.workspace = $1 and m.agent = q.id and m.team not in (select json_array_elements_text(q.groups)) returning m.team)
   ${thenMoved('team')}`,
)
const joinTeams = statement(
  'join_teams',
  `with moved as (insert into agent_team (workspace, agent, team)
     select $1, q.id, g.team from json_to_recordset($2::json) as q (id text, groups json)
     cross join lateral json_array_elements_text(q.groups) as g (team) on conflict do nothing returning team)
   ${thenMoved('team')}`,
)
// What waits for them waits for anybody now: its need is read by its word, which must say so too.
const needBut = (changed: Readonly<Record<number, string>>): string =>
  `'[' || ${[0, 1, 2, 3, 4, 5, 6].map((at) => changed[at] ?? `(w.need::json -> ${at})::text`).join(` || ',' || `)} || ']'`
const dropAgents = statement(
  'drop_agent',
  `with q as materialized (select * from json_to_recordset($2::json) as q (agent text)),
     free as (update waiting w set agent = null, because = null, need = ${needBut({ 5: `'null'` })} from q where w.workspace = $1 and w.agent = q.agent)
   delete from agent a using q where a.workspace = $1 and a.id = q.agent`,
)

const groupColumns = `(id text, name text, description text, channels json, "isDefault" boolean, "followUp" json, version int)`
const makeGroup = statement(
  'make_group',
  `insert into team (workspace, id, name, description, channels, is_default, follow_up, version)
   select $1, q.id, q.name, q.description, ${array('channels')}, q."isDefault", nullif(q."followUp"::text, 'null')::json, q.version from json_to_recordset($2::json) as q ${groupColumns} order by q.id`,
)
const changeGroup = statement(
  'change_group',
  `update team g set name = q.name, description = q.description, channels = ${array('channels')}, is_default = q."isDefault",
     follow_up = nullif(q."followUp"::text, 'null')::json,
     version = greatest(q.version, g.version + 1)
   from json_to_recordset($2::json) as q ${groupColumns} where g.workspace = $1 and g.id = q.id`,
)
const leaveTeam = statement(
  'leave_team',
  `with moved as (delete from agent_team m using json_to_recordset($2::json) as q (id text, agents json)
     where m.workspace = $1 and m.team = q.id and m.agent not in (select json_array_elements_text(q.agents)) returning m.agent)
   ${thenMoved('agent')}`,
)
const joinTeam = statement(
  'join_team',
  `with moved as (insert into agent_team (workspace, agent, team)
     select $1, a.agent, q.id from json_to_recordset($2::json) as q (id text, agents json)
     cross join lateral json_array_elements_text(q.agents) as a (agent) on conflict do nothing returning agent)
   ${thenMoved('agent')}`,
)
const dropGroups = statement(
  'drop_group',
  `with q as materialized (select * from json_to_recordset($2::json) as q ("group" text)),
     free as (update waiting w set team = null, is_team_by_language = false, because = null, need = ${needBut({ 3: `'null'`, 4: `'false'` })}
       from q where w.workspace = $1 and w.team = q."group")
   delete from team g using q where g.workspace = $1 and g.id = q."group"`,
)

const makeFolder = statement(
  'make_folder',
  `insert into folder (workspace, id, name, version)
   select $1, q.id, q.name, q.version from json_to_recordset($2::json) as q (id text, name text, version int) order by q.id`,
)
const changeFolder = statement(
  'change_folder',
  `update folder f set name = q.name, version = greatest(q.version, f.version + 1)
   from json_to_recordset($2::json) as q (id text, name text, version int) where f.workspace = $1 and f.id = q.id`,
)
const dropFolders = statement(
  'drop_folder',
  `with q as materialized (select * from json_to_recordset($2::json) as q (folder text)),
     out as (update ticket t set folders = array_remove(t.folders, q.folder), version = t.version + 1 from q
       where t.workspace = $1 and t.folders <> '{}' and t.folders @> array[q.folder])
   delete from folder f using q where f.workspace = $1 and f.id = q.folder`,
)

const entryColumns = `(what text, key text, name text, brands json, "group" text, agent text, version int)`
const makeEntry = statement(
  'make_entry',
  `insert into catalogue (workspace, what, key, name, brands, team, agent, version)
   select $1, q.what, q.key, q.name, ${array('brands')}, q."group", q.agent, q.version
   from json_to_recordset($2::json) as q ${entryColumns} order by q.what, q.key`,
)
const changeEntry = statement(
  'change_entry',
  `update catalogue c set name = q.name, brands = ${array('brands')}, team = q."group", agent = q.agent, version = greatest(q.version, c.version + 1)
   from json_to_recordset($2::json) as q ${entryColumns} where c.workspace = $1 and c.what = q.what and c.key = q.key`,
)
const dropEntries = statement(
  'drop_entry',
  `delete from catalogue c using json_to_recordset($2::json) as q (what text, key text) where c.workspace = $1 and c.what = q.what and c.key = q.key`,
)

const statusColumns = `(key text, name text, category text, labels json, version int)`
const makeStatus = statement(
  'make_status',
  `insert into status (workspace, key, name, category, labels, version)
   select $1, q.key, q.name, q.category, q.labels, q.version from json_to_recordset($2::json) as q ${statusColumns} order by q.key`,
)
const changeStatus = statement(
  'change_status',
  `update status s set name = q.name, labels = q.labels, version = greatest(q.version, s.version + 1)
   from json_to_recordset($2::json) as q ${statusColumns} where s.workspace = $1 and s.key = q.key`,
)
const dropStatuses = statement(
  'drop_status',
  `delete from status s using json_to_recordset($2::json) as q (status text) where s.workspace = $1 and s.key = q.status`,
)

const ruleColumns = `(id text, name text, weight int, "isActive" boolean, "on" text, fields json, after json, brands json, channels json, accounts json,
  "when" json, "then" json, version int)`
const makeRule = statement(
  'make_rule',
  `insert into rule (workspace, id, name, weight, is_active, event, fields, after, brands, channels, accounts, condition, effect, version)
   select $1, q.id, q.name, q.weight, q."isActive", q."on", ${array('fields')}, nullif(q.after::text, 'null')::json, ${array('brands')},
     ${array('channels')}, ${array('accounts')}, nullif(q."when"::text, 'null')::json, q."then", q.version
   from json_to_recordset($2::json) as q ${ruleColumns} order by q.id`,
)
const changeRule = statement(
  'change_rule',
  `update rule r set name = q.name, weight = q.weight, is_active = q."isActive", event = q."on", fields = ${array('fields')},
     after = nullif(q.after::text, 'null')::json, brands = ${array('brands')}, channels = ${array('channels')}, accounts = ${array('accounts')},
     condition = nullif(q."when"::text, 'null')::json, effect = q."then", version = greatest(q.version, r.version + 1)
   from json_to_recordset($2::json) as q ${ruleColumns} where r.workspace = $1 and r.id = q.id`,
)
const dropRules = statement(
  'drop_rule',
  `delete from rule r using json_to_recordset($2::json) as q (rule text) where r.workspace = $1 and r.id = q.rule`,
)

const calendarColumns = `(id text, name text, timezone text, weekly json, holidays json, exceptions json, version int)`
const makeCalendar = statement(
  'make_calendar',
  `insert into calendar (workspace, id, name, timezone, weekly, holidays, exceptions, version)
   select $1, q.id, q.name, q.timezone, q.weekly, ${array('holidays')}, q.exceptions, q.version
   from json_to_recordset($2::json) as q ${calendarColumns} order by q.id`,
)
const changeCalendar = statement(
  'change_calendar',
  `update calendar c set name = q.name, timezone = q.timezone, weekly = q.weekly, holidays = ${array('holidays')}, exceptions = q.exceptions,
     version = greatest(q.version, c.version + 1)
   from json_to_recordset($2::json) as q ${calendarColumns} where c.workspace = $1 and c.id = q.id`,
)
const dropCalendars = statement(
  'drop_calendar',
  `delete from calendar c using json_to_recordset($2::json) as q (calendar text) where c.workspace = $1 and c.id = q.calendar`,
)

/** Runs a statement on the rows it is for, if there are any. */
const some = async (here: Here, to: Statement, rows: readonly unknown[]): Promise<void> => {
  if (rows.length > 0) await here.run(to, rows)
}
/** A taken id is a unique violation, which is a conflict: made and changed are two statements. */
export const putting = <K extends Verb, Row>(
  how: { readonly make: Statement; readonly change: Statement; readonly then?: readonly Statement[] },
  row: (change: Change<K>) => Row,
): Applier<K> =>
  oneAfterAnother(async (here, changes) => {
    const isNew = (change: Change<K>): boolean => (change as { readonly create?: boolean }).create === true
    await some(here, how.make, changes.filter(isNew).map(row))
    await some(here, how.change, changes.filter((it) => !isNew(it)).map(row))
    for (const next of how.then ?? []) await some(here, next, changes.map(row))
  })

export const putAgent: Applier<'put-agent'> = putting(
  { make: makeAgent, change: changeAgent, then: [leaveTeams, joinTeams] },
  ({ agent }) => agent,
)
export const dropAgent: Applier<'drop-agent'> = byStatement(dropAgents, (it) => it)
export const putGroup: Applier<'put-group'> = oneAfterAnother(async (here, changes) => {
  await putting<'put-group', unknown>({ make: makeGroup, change: changeGroup }, ({ group }) => group)(here, changes)
  const members = changes.flatMap(({ group, agents }) => (agents === undefined ? [] : [{ id: group.id, agents }]))
  await some(here, leaveTeam, members)
  await some(here, joinTeam, members)
})
export const dropGroup: Applier<'drop-group'> = byStatement(dropGroups, (it) => it)
export const putFolder: Applier<'put-folder'> = putting({ make: makeFolder, change: changeFolder }, (it) => it.folder)
export const dropFolder: Applier<'drop-folder'> = byStatement(dropFolders, (it) => it)
export const putEntry: Applier<'put-entry'> = putting({ make: makeEntry, change: changeEntry }, (it) => it.entry)
export const dropEntry: Applier<'drop-entry'> = byStatement(dropEntries, (it) => it)
export const putStatus: Applier<'put-status'> = putting({ make: makeStatus, change: changeStatus }, (it) => it.status)
export const dropStatus: Applier<'drop-status'> = byStatement(dropStatuses, (it) => it)
export const putRule: Applier<'put-rule'> = putting({ make: makeRule, change: changeRule }, (it) => it.rule)
export const dropRule: Applier<'drop-rule'> = byStatement(dropRules, (it) => it)
export const putCalendar: Applier<'put-calendar'> = putting(
  { make: makeCalendar, change: changeCalendar },
  (it) => it.calendar,
)
export const dropCalendar: Applier<'drop-calendar'> = byStatement(dropCalendars, (it) => it)
