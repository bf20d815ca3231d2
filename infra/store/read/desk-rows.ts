// The whole desk in one question, and the copy of it that a process keeps: read anew when its version moved, so that a change is in force at once.
import type { Desk } from '../../../core/ports/desk.ts'
import type { DeskRows } from '../../../core/ports/desk-rows.ts'
import { lifecycleDefault } from '../../../schemas/lifecycle.ts'
import { makeDesk } from '../../../core/rules/make-desk.ts'
import { statement, type Here } from '../statement.ts'

export const agentRow = (
  a: string,
): string => `json_build_object('id', ${a}.id, 'name', ${a}.name, 'email', ${a}.email, 'role', ${a}.role,
  'isActive', ${a}.is_active, 'brands', ${a}.brands, 'channels', ${a}.channels, 'languages', ${a}.languages,
  'groups', array(select m.team from agent_team m where m.workspace = ${a}.workspace and m.agent = ${a}.id order by m.team),
  'capacity', ${a}.capacity, 'rate', ${a}.rate, 'version', ${a}.version)`
export const groupRow = (
  g: string,
): string => `json_build_object('id', ${g}.id, 'name', ${g}.name, 'description', ${g}.description,
  'channels', ${g}.channels, 'isDefault', ${g}.is_default, 'followUp', ${g}.follow_up, 'version', ${g}.version)`
export const folderRow = (f: string): string =>
  `json_build_object('id', ${f}.id, 'name', ${f}.name, 'version', ${f}.version)`
export const entryRow = (
  c: string,
): string => `json_build_object('what', ${c}.what, 'key', ${c}.key, 'name', ${c}.name, 'brands', ${c}.brands,
  'group', ${c}.team, 'agent', ${c}.agent, 'version', ${c}.version)`
export const statusRow = (
  s: string,
): string => `json_build_object('key', ${s}.key, 'name', ${s}.name, 'category', ${s}.category, 'labels', ${s}.labels,
  'version', ${s}.version)`
export const ruleRow = (
  r: string,
): string => `json_build_object('id', ${r}.id, 'name', ${r}.name, 'weight', ${r}.weight, 'isActive', ${r}.is_active,
  'on', ${r}.event, 'fields', ${r}.fields, 'after', ${r}.after, 'brands', ${r}.brands, 'channels', ${r}.channels, 'accounts', ${r}.accounts,
  'when', ${r}.condition, 'then', ${r}.effect, 'version', ${r}.version)`

export const calendarRow = (
  c: string,
): string => `json_build_object('id', ${c}.id, 'name', ${c}.name, 'timezone', ${c}.timezone, 'weekly', ${c}.weekly, 'holidays', ${c}.holidays,
  'exceptions', ${c}.exceptions, 'version', ${c}.version)`
export const autoReplyRow = (
  r: string,
): string => `json_build_object('id', ${r}.id, 'name', ${r}.name, 'weight', ${r}.weight, 'isActive', ${r}.is_active, 'kind', ${r}.kind,
  'hours', ${r}.hours, 'calendar', ${r}.calendar, 'brands', ${r}.brands, 'channels', ${r}.channels, 'accounts', ${r}.accounts, 'when', ${r}.condition,
  'texts', ${r}.texts, 'resolve', ${r}.resolve, 'version', ${r}.version)`
export const notificationRow = (
  n: string,
): string => `json_build_object('id', ${n}.id, 'name', ${n}.name, 'isActive', ${n}.is_active, 'on', ${n}.events, 'agents', ${n}.agents,
  'except', ${n}.except_agents, 'brands', ${n}.brands, 'channels', ${n}.channels, 'account', ${n}.account, 'version', ${n}.version)`

export const slaPolicyRow = (
  p: string,
): string => `json_build_object('id', ${p}.id, 'name', ${p}.name, 'weight', ${p}.weight, 'isActive', ${p}.is_active, 'when', ${p}.condition,
  'targets', ${p}.targets, 'byPriority', ${p}.by_priority, 'calendar', ${p}.calendar, 'pauses', ${p}.pauses, 'warnAt', ${p}.warn_at,
  'reopened', ${p}.reopened, 'version', ${p}.version)`

const rows = (table: string, row: (alias: string) => string, order: string): string =>
  `(select coalesce(json_agg(${row('x')} order by ${order}), '[]') from ${table} x where x.workspace = $1)`
const version = statement(
  'desk_version_now',
  `select version from desk_version where workspace = $1 and $2::json is not null`,
)
const whole = statement(
  'desk_whole',
  `select json_build_object('version', coalesce((select version from desk_version where workspace = $1), 0),
     'agents', ${rows('agent', agentRow, 'x.id')}, 'groups', ${rows('team', groupRow, 'x.id')}, 'folders', ${rows('folder', folderRow, 'x.id')},
     'catalogue', ${rows('catalogue', entryRow, 'x.what, x.key')}, 'rules', ${rows('rule', ruleRow, 'x.weight, x.id')},
     'calendars', ${rows('calendar', calendarRow, 'x.id')},
     'autoReplies', ${rows('auto_reply', autoReplyRow, 'x.weight, x.id')}, 'notifications', ${rows('notification', notificationRow, 'x.id')},
     'slaPolicies', ${rows('sla_policy', slaPolicyRow, 'x.weight, x.id')},
     'brands', (select coalesce(json_agg(json_build_object('id', b.id, 'name', b.name, 'language', b.language, 'timezone', b.timezone,
       'calendar', b.calendar, 'lifecycle', b.lifecycle, 'autoReplyBudgets', b.auto_reply_budgets, 'version', b.version) order by b.id), '[]') from brand b where b.workspace = $1),
     'statuses', ${rows('status', statusRow, 'x.key')},
     'lifecycle', coalesce((select json_build_object('onReply', w.on_reply, 'followUpDays', w.follow_up_days, 'closeDays', w.close_days)
       from workspace w where w.workspace = $1), '${JSON.stringify(lifecycleDefault)}'),
     'autoReplyBudgets', (select w.auto_reply_budgets from workspace w where w.workspace = $1),
     'accounts', (select coalesce(json_agg(json_build_object('channel', a.channel, 'id', a.id, 'brand', a.brand, 'mode', a.assignment,
       'autoAfterMinutes', a.auto_after_minutes, 'lifecycle', a.lifecycle) order by a.channel, a.id), '[]') from account a where a.workspace = $1),
     'requireTopic', coalesce((select w.require_topic from workspace w where w.workspace = $1), false)) as row where $2::json is not null`,
)

/** What a process remembers: the newest desk of each workspace that it met. */
export type DeskMemory = Map<string, Desk>

/** One short question where nothing changed. A desk that is read inside a transaction that changes it is not kept: it may be rolled back. */
export async function readDesk(here: Here, memory: DeskMemory): Promise<Desk> {
  const [now] = await here.run<{ version: number | string }>(version, null)
  const known = memory.get(here.workspace)
  if (known !== undefined && known.rows.version === Number(now?.version ?? 0)) return known
  const [found] = await here.run<{ row: DeskRows }>(whole, null)
  const desk = makeDesk({ ...found!.row, version: Number(found!.row.version) })
  if (known === undefined || known.rows.version < desk.rows.version) memory.set(here.workspace, desk)
  return desk
}
