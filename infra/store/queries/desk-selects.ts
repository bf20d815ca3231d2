// Agents, groups, folders, types, topics, statuses, rules, calendars and policies as the API gives them.
import { systemTopic } from '../../../core/rules/catalogue.ts'
import { builtInStatuses } from '../../../core/rules/statuses.ts'

export const agentSelect = `a.id, a.name, a.email, a.role, a.is_active as "isActive", a.brands, a.channels, a.languages,
  array(select m.team from agent_team m where m.workspace = a.workspace and m.agent = a.id order by m.team) as groups, a.capacity, a.rate,
  exists (select 1 from password w where w.workspace = a.workspace and w.agent = a.id) as "hasPassword", coalesce(p.presence, 'offline') as presence, coalesce(p.since, a.created_at) as "presenceSince", a.version`
export const agentFrom = `agent a left join presence p on p.workspace = a.workspace and p.agent = a.id`
export const groupSelect = `g.id, g.name, g.description,
  array(select m.agent from agent_team m where m.workspace = g.workspace and m.team = g.id order by m.agent) as agents, g.channels,
  g.is_default as "isDefault", g.follow_up as "followUp", g.version`
export const folderSelect = `f.id, f.name, (select count(*)::int from ticket t where t.workspace = f.workspace and t.folders <> '{}'
    and t.folders @> array[f.id] and t.category in ('open', 'waiting')) as tickets, f.version`
export const typeSelect = `c.key, c.name, c.brands, c.team as "group", c.agent, c.version`
export const calendarSelect = `k.id, k.name, k.timezone, k.weekly, k.holidays, k.exceptions, k.version`
const text = (it: string): string => `'${it.replaceAll("'", "''")}'`
const builtIn = builtInStatuses.map(
  ({ key, name, category, labels }, n) =>
    `(${n}, ${text(key)}, ${text(name)}, ${text(category)}, ${text(JSON.stringify(labels))}::json)`,
)
export const topicSelect = `c.key, c.name, c.brands, c."isSystem", c.version`
/** Those of the catalogue, and the one that automatic replies give (D8). */
export const topicFrom = `(
  select o.workspace, o.key, o.name, o.brands, false as "isSystem", o.version from catalogue o where o.what = 'topic'
  union all
  select w.workspace, ${text(systemTopic.key)}, ${text(systemTopic.name)}, null, true, ${systemTopic.version} from workspace w) c`
export const statusSelect = `s.key, s.name, s.category, s.labels, s."isBuiltIn", s.version`
/** The built-in ones under the names they have here, then those of their own; `n` is their order. */
export const statusFrom = `(
  select w.workspace, b.n, b.key, coalesce(o.name, b.name) as name, b.category, coalesce(o.labels, b.labels) as labels, true as "isBuiltIn",
    coalesce(o.version, 1) as version
  from workspace w cross join (values ${builtIn.join(', ')}) as b (n, key, name, category, labels)
  left join status o on o.workspace = w.workspace and o.key = b.key
  union all
  select o.workspace, ${builtIn.length}, o.key, o.name, o.category, o.labels, false, o.version from status o
  where o.key <> all (array[${builtInStatuses.map(({ key }) => text(key)).join(', ')}])) s`
export const autoReplySelect = `r.id, r.name, r.weight, r.is_active as "isActive", r.kind, r.hours, r.calendar, r.brands, r.channels, r.accounts,
  r.condition as "when", r.texts, r.resolve, r.version`
export const notificationSelect = `n.id, n.name, n.is_active as "isActive", n.events as "on", n.agents, n.except_agents as "except", n.brands, n.channels,
  n.account, n.version`
export const slaPolicySelect = `p.id, p.name, p.weight, p.is_active as "isActive", p.condition as "when", p.targets, p.by_priority as "byPriority", p.calendar,
  p.pauses, p.warn_at as "warnAt", p.reopened, p.version`
export const ruleSelect = `r.id, r.name, r.weight, r.is_active as "isActive", r.event as "on", r.fields, r.after, r.brands, r.channels, r.accounts,
  r.condition as "when", r.effect as "then", r.version`
