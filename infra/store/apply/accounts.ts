// Verbs about accounts, their health and their templates.
import { statement } from '../statement.ts'
import { byStatement, lastOfEach, oneAfterAnother, type Applier } from './applier.ts'

const columns = `(channel text, id text, endpoint text, brand text, settings json, secrets json, state text, since timestamptz, why text, facts json,
  "tokenHash" text, assignment text, "autoAfterMinutes" int, lifecycle json, version int)`
// A taken (channel, id) is a unique violation: in this workspace, or in another one that nobody here may see.
const create = statement(
  'create_account',
  `insert into account (workspace, channel, id, endpoint, brand, settings, secrets, state, since, why, facts, token_hash, assignment,
     auto_after_minutes, lifecycle, version)
   select $1, q.channel, q.id, q.endpoint, q.brand, q.settings, q.secrets, q.state, q.since, q.why, q.facts, q."tokenHash", q.assignment,
     q."autoAfterMinutes", nullif(q.lifecycle::text, 'null')::json, q.version
   from json_to_recordset($2::json) as q ${columns} order by q.channel, q.id`,
)
const change = statement(
  'change_account',
  `update account a set endpoint = q.endpoint, brand = q.brand, settings = q.settings, secrets = q.secrets, state = q.state, since = q.since,
     why = q.why, facts = q.facts, token_hash = q."tokenHash", assignment = q.assignment, auto_after_minutes = q."autoAfterMinutes",
     lifecycle = nullif(q.lifecycle::text, 'null')::json, version = greatest(q.version, a.version + 1)
   from json_to_recordset($2::json) as q ${columns} where a.workspace = $1 and a.channel = q.channel and a.id = q.id`,
)
const dropRoutes = statement(
  'drop_routes',
  `delete from account_route r using json_to_recordset($2::json) as q (channel text, id text)
   where r.workspace = $1 and r.channel = q.channel and r.account = q.id`,
)
const putRoutes = statement(
  'put_routes',
  `insert into account_route (workspace, channel, account, n, route)
   select $1, q.channel, q.id, r.n, r.route from json_to_recordset($2::json) as q (channel text, id text, routes json)
   cross join lateral json_array_elements_text(q.routes) with ordinality as r (route, n)`,
)
// With what is known of it alone: an account that is made anew under its name is another one, with a place of its own to read on from.
const dropAccounts = statement(
  'drop_account',
  `with q as materialized (select * from json_to_recordset($2::json) as q (channel text, account text)),
     held as (delete from account_hold h using q where h.workspace = $1 and h.channel = q.channel and h.account = q.account),
     kept as (delete from keep k using q where k.workspace = $1 and k.channel = q.channel and k.account = q.account),
     told as (delete from template t using q where t.workspace = $1 and t.channel = q.channel and t.account = q.account)
   delete from account a using q where a.workspace = $1 and a.channel = q.channel and a.id = q.account`,
)
// Deliveries that wait "until the account works again" go on when somebody mended it, or the vendor says so.
const letGo = statement(
  'let_go_of_account',
  `delete from account_hold h using json_to_recordset($2::json) as q (channel text, account text)
   where h.workspace = $1 and h.channel = q.channel and h.account = q.account and h.until is null`,
)
// An older fact never overwrites a newer one; a fact without a state leaves the state.
const health = statement(
  'set_health',
  `update account a set
     state = case when q.at >= a.since then coalesce(q.state, a.state) else a.state end,
     since = case when q.at >= a.since and q.state <> a.state then q.at else a.since end,
     why = case when q.at >= a.since and q.state is not null then q.why else a.why end,
     facts = (a.facts::jsonb || coalesce(q.facts, '{}')::jsonb)::json
   from json_to_recordset($2::json) as q (channel text, account text, state text, why text, facts json, at timestamptz)
   where a.workspace = $1 and a.channel = q.channel and a.id = q.account`,
)
const template = statement(
  'set_template',
  `insert into template as t (workspace, channel, account, template, language, name, state, quality, category, why, at)
   select $1, q.channel, q.account, q.template, q.language, q.name, q.state, q.quality, q.category, q.why, q.at
   from json_to_recordset($2::json) as q (channel text, account text, template text, language text, name text, state text, quality text,
     category text, why text, at timestamptz) order by q.channel, q.account, q.template, q.language
   on conflict (workspace, channel, account, template, language) do update set name = excluded.name, state = excluded.state,
     quality = excluded.quality, category = excluded.category, why = excluded.why, at = excluded.at
     where t.at <= excluded.at`,
)

export const putAccount: Applier<'put-account'> = oneAfterAnother(async (here, changes) => {
  const rows = (made: boolean) =>
    changes.filter((it) => it.create === made).map((it) => ({ ...it.account, routes: it.routes }))
  const [fresh, known] = [rows(true), rows(false)]
  if (fresh.length > 0) await here.run(create, fresh)
  if (known.length > 0) {
    await here.run(change, known)
    await here.run(dropRoutes, known)
  }
  await here.run(putRoutes, [...fresh, ...known])
  if (known.length > 0)
    await here.run(
      letGo,
      known.map(({ channel, id }) => ({ channel, account: id })),
    )
})
export const dropAccount: Applier<'drop-account'> = byStatement(dropAccounts, (it) => it)
export const setHealth: Applier<'set-health'> = oneAfterAnother(async (here, changes) => {
  // One statement writes a row once, so facts of one account go one after the other; there are seldom two.
  for (const change of changes) {
    await here.run(health, [change])
    if (change.state === 'connected') await here.run(letGo, [change])
  }
})
export const setTemplate: Applier<'set-template'> = async (here, changes) => {
  const rows = changes.map((it) => it.template).sort((a, b) => (a.at < b.at ? -1 : 1))
  await here.run(
    template,
    lastOfEach(rows, (it) => JSON.stringify([it.channel, it.account, it.template, it.language])),
  )
}
