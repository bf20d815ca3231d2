// Verbs about the desk's own settings: workspace, brands, keys, and the audit of who changed them.
import { statement } from '../statement.ts'
import { byStatement, type Applier } from './applier.ts'

const workspace = statement(
  'put_workspace',
  `insert into workspace as w (workspace, name, on_reply, follow_up_days, close_days, require_topic, auto_reply_budgets, version)
   select q.id, q.name, q."onReply", q."followUpDays", q."closeDays", q."requireTopic", nullif(q."autoReplyBudgets"::text, 'null')::json, q.version
   from json_to_recordset($2::json) as q (id text, name text, "onReply" text, "followUpDays" int, "closeDays" int, "requireTopic" boolean,
     "autoReplyBudgets" json, version int)
   where $1::text is not null
   on conflict (workspace) do update set name = excluded.name, on_reply = excluded.on_reply, follow_up_days = excluded.follow_up_days, close_days = excluded.close_days,
     require_topic = excluded.require_topic, auto_reply_budgets = excluded.auto_reply_budgets,
     version = greatest(excluded.version, w.version + 1)`,
)
const dropWorkspaces = statement(
  'drop_workspace',
  `delete from workspace w where w.workspace = $1 and $2::json is not null`,
)
const brand = statement(
  'put_brand',
  `insert into brand as b (workspace, id, name, language, timezone, calendar, lifecycle, auto_reply_budgets, version)
   select $1, q.id, q.name, q.language, q.timezone, q.calendar, nullif(q.lifecycle::text, 'null')::json,
     nullif(q."autoReplyBudgets"::text, 'null')::json, q.version
   from json_to_recordset($2::json) as q (id text, name text, language text, timezone text, calendar text, lifecycle json,
     "autoReplyBudgets" json, version int) order by q.id
   on conflict (workspace, id) do update set name = excluded.name, language = excluded.language, timezone = excluded.timezone,
     calendar = excluded.calendar, lifecycle = excluded.lifecycle, auto_reply_budgets = excluded.auto_reply_budgets,
     version = greatest(excluded.version, b.version + 1)`,
)
const dropBrands = statement(
  'drop_brand',
  `delete from brand b using json_to_recordset($2::json) as q (brand text) where b.workspace = $1 and b.id = q.brand`,
)
const key = statement(
  'put_key',
  `insert into api_key (workspace, id, name, prefix, hash, scopes, created_at, expires_at)
   select $1, q.key, q.name, q.prefix, q.hash, array(select json_array_elements_text(q.scopes)), q.at, q."expiresAt"
   from json_to_recordset($2::json) as q (key text, name text, prefix text, hash text, scopes json, at timestamptz, "expiresAt" timestamptz)`,
)
const revoke = statement(
  'revoke_key',
  `update api_key k set revoked_at = coalesce(k.revoked_at, q.at) from json_to_recordset($2::json) as q (key text, at timestamptz)
   where k.workspace = $1 and k.id = q.key`,
)
const auditPut = statement(
  'audit_put',
  `insert into audit (workspace, at, what, subject, actor_kind, actor_id, from_address, about)
   select $1, q.at, q.what, q.subject, q.by ->> 'kind', q.by ->> 'id', q."from", q.about
   from rows from (json_to_recordset($2::json) as (what text, subject text, by json, "from" text, about json, at timestamptz))
     with ordinality as q (what, subject, by, "from", about, at, n) order by q.n`,
)

export const putWorkspace: Applier<'put-workspace'> = byStatement(workspace, (it) => it.workspace)
export const putBrand: Applier<'put-brand'> = byStatement(brand, (it) => it.brand)
export const dropWorkspace: Applier<'drop-workspace'> = byStatement(dropWorkspaces, (it) => it)
export const dropBrand: Applier<'drop-brand'> = byStatement(dropBrands, (it) => it)
export const putKey: Applier<'put-key'> = byStatement(key, (it) => it)
export const revokeKey: Applier<'revoke-key'> = byStatement(revoke, (it) => it)
export const audit: Applier<'audit'> = byStatement(auditPut, (it) => it)
