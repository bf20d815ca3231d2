// Accounts, brands, keys and the workspace's own settings.
import { GatewayError } from '../../../core/errors.ts'
import type { Closing, Reader } from '../../../core/ports/reader.ts'
import type { AccountRow, BrandRow, KeyRow, WorkspaceRow } from '../../../core/ports/rows.ts'
import { accountOf } from '../row-json.ts'
import { statement, type Here } from '../statement.ts'
import { one } from './by-id.ts'

const account = statement(
  'account_one',
  `select ${accountOf('a')} as row from json_to_record($2::json) as q (channel text, id text)
   cross join lateral (select * from account a where a.workspace = $1 and a.channel = q.channel and a.id = q.id limit 1) a`,
)
// An account without an endpoint is its own, under its own id.
const ofEndpoint = statement(
  'account_of_endpoint',
  `select ${accountOf('a')} as row from account a cross join json_to_record($2::json) as q (channel text, endpoint text)
   where a.workspace = $1 and a.channel = q.channel and coalesce(a.endpoint, a.id) = q.endpoint order by a.id`,
)
const routes = statement(
  'account_routes_among',
  `select distinct r.route from account_route r cross join json_to_record($2::json) as q (channel text, names json)
   where r.workspace = $1 and r.channel = q.channel and r.route = any (array(select json_array_elements_text(q.names)))`,
)
const brand = statement(
  'brand_one',
  `select json_build_object('id', b.id, 'name', b.name, 'language', b.language, 'timezone', b.timezone, 'calendar', b.calendar,
     'lifecycle', b.lifecycle, 'autoReplyBudgets', b.auto_reply_budgets, 'version', b.version) as row
   from brand b where b.workspace = $1 and b.id = $2::json #>> '{}' limit 1`,
)
const key = statement(
  'key_one',
  `select json_build_object('id', k.id, 'name', k.name, 'prefix', k.prefix, 'scopes', k.scopes, 'createdAt', instant(k.created_at),
     'expiresAt', instant(k.expires_at), 'revokedAt', instant(k.revoked_at), 'lastUsedAt', instant(k.last_used_at)) as row
   from api_key k where k.workspace = $1 and k.id = $2::json #>> '{}' limit 1`,
)
const workspace = statement(
  'workspace_own',
  `select json_build_object('id', w.workspace, 'name', w.name, 'onReply', w.on_reply, 'followUpDays', w.follow_up_days, 'closeDays', w.close_days,
     'requireTopic', w.require_topic, 'autoReplyBudgets', w.auto_reply_budgets, 'version', w.version) as row
   from workspace w where w.workspace = $1 and $2::json is not null limit 1`,
)

const holds = statement(
  'workspace_holds',
  `select (select count(*) from account a where a.workspace = $1) as accounts,
     (select count(*) from ticket t where t.workspace = $1) as tickets,
     exists (select from audit u where u.workspace = $1 and u.what = 'workspace.dropped') as "wasDropped" where $2::json is not null`,
)

const withStatus = statement(
  'tickets_with_status',
  `select count(*)::int as tickets from (select from ticket t where t.workspace = $1 and t.custom_status = $2::json #>> '{}' limit 10000) t`,
)
const closing = statement(
  'closing_after',
  `select w.subject as ticket, instant(w.due_at) as "dueAt" from wakeup w
   where w.workspace = $1 and w.kind = 'close_ticket' and w.subject > ($2::json ->> 'after')
   order by w.subject limit ($2::json ->> 'limit')::int`,
)

export const deskReader = (
  here: Here,
): Pick<Reader, 'accounts' | 'brands' | 'keys' | 'workspace' | 'workspaceHolds' | 'ticketsWithStatus' | 'closing'> => ({
  accounts: {
    one: (channel, id) => one<AccountRow>(here, account, { channel, id }),
    ofEndpoint: async (channel, endpoint) =>
      (await here.run<{ row: AccountRow }>(ofEndpoint, { channel, endpoint })).map(({ row }) => row),
    routesAmong: async (channel, names) =>
      new Set((await here.run<{ route: string }>(routes, { channel, names })).map(({ route }) => route)),
  },
  brands: { one: (id) => one<BrandRow>(here, brand, id) },
  keys: { one: (id) => one<KeyRow>(here, key, id) },
  workspace: async () => {
    const row = await one<WorkspaceRow>(here, workspace, null)
    if (row === null)
      throw new GatewayError('event.invalid', `There is no workspace ${here.workspace}; it may have been deleted.`)
    return row
  },
  closing: (after, limit) => here.run<Closing>(closing, { after: after ?? '', limit }),
  ticketsWithStatus: async (key) => (await here.run<{ tickets: number }>(withStatus, key))[0]?.tickets ?? 0,
  workspaceHolds: async () => {
    type Held = Awaited<ReturnType<Reader['workspaceHolds']>>
    return (await here.run<Held>(holds, null))[0] ?? { accounts: 0, tickets: 0, wasDropped: false }
  },
})
