// The lists without filters: desk settings by name, the trail and what was set aside by when, contacts by when they came.
import { sql, type RawBuilder } from 'kysely'
import type { Listed, Lists, PageAsk } from '../../../core/ports/queries.ts'
import type {
  AgentAnswer,
  CalendarAnswer,
  AutoReplyAnswer,
  FolderAnswer,
  GroupAnswer,
  NotificationAnswer,
  RuleAnswer,
  StatusAnswer,
  SlaPolicyAnswer,
  TopicAnswer,
  TypeAnswer,
} from '../../../schemas/desk-answers.ts'
import type { BrandAnswer, ContactAnswer, KeyAnswer, TemplateAnswer } from '../../../schemas/answers.ts'
import {
  accountAnswer,
  auditAnswer,
  parkedAnswer,
  type AccountRead,
  type AuditRead,
  type ParkedRead,
} from '../shapes.ts'
import {
  agentFrom,
  agentSelect,
  calendarSelect,
  folderSelect,
  groupSelect,
  autoReplySelect,
  notificationSelect,
  ruleSelect,
  statusFrom,
  statusSelect,
  slaPolicySelect,
  topicFrom,
  topicSelect,
  typeSelect,
} from './desk-selects.ts'
import { brandSelect, contactSelect, keySelect } from './one.ts'
import { afterCursor, orderBy, pageOf, placeOf, type Order, type Placed } from './paging.ts'
import type { Reading } from './reading.ts'

interface Source<T> {
  readonly select: string
  readonly from: string
  readonly order: Order
  readonly where?: RawBuilder<unknown>
  /** The alias whose workspace it is, where several have one. */
  readonly of?: string
  shape(row: unknown): T
}
const byText = (name: string, ...columns: readonly string[]): Order => ({
  name,
  keys: columns.map((column) => ({ by: sql.raw(column), type: 'text' })),
  descending: false,
})
const asItIs = <T>(row: unknown): T => {
  const { place: _, ...rest } = row as Placed
  return rest as T
}

const sources: { readonly [L in keyof Lists]: Source<Lists[L]> } = {
  brands: { select: brandSelect, from: 'brand b', order: byText('brands', 'b.id'), shape: asItIs<BrandAnswer> },
  accounts: {
    select: 'a.*',
    from: 'account a',
    order: byText('accounts', 'a.channel', 'a.id'),
    shape: (row) => accountAnswer(row as AccountRead),
  },
  keys: {
    select: keySelect,
    from: 'api_key k',
    order: {
      ...byText('keys', 'k.id'),
      keys: [
        { by: sql`k.created_at`, type: 'timestamptz' },
        { by: sql`k.id`, type: 'text' },
      ],
    },
    shape: asItIs<KeyAnswer>,
  },
  agents: {
    select: agentSelect,
    from: agentFrom,
    order: byText('agents', 'a.id'),
    of: 'a',
    shape: asItIs<AgentAnswer>,
  },
  groups: { select: groupSelect, from: 'team g', order: byText('groups', 'g.id'), shape: asItIs<GroupAnswer> },
  folders: { select: folderSelect, from: 'folder f', order: byText('folders', 'f.id'), shape: asItIs<FolderAnswer> },
  types: {
    select: typeSelect,
    from: 'catalogue c',
    where: sql`c.what = 'type'`,
    order: byText('types', 'c.key'),
    shape: asItIs<TypeAnswer>,
  },
  topics: {
    select: topicSelect,
    from: topicFrom,
    order: byText('topics', 'c.key'),
    shape: asItIs<TopicAnswer>,
  },
  statuses: {
    select: statusSelect,
    from: statusFrom,
    order: {
      name: 'statuses',
      keys: [
        { by: sql`s.n`, type: 'int' },
        { by: sql`s.key`, type: 'text' },
      ],
      descending: false,
    },
    of: 's',
    shape: asItIs<StatusAnswer>,
  },
  rules: {
    select: ruleSelect,
    from: 'rule r',
    order: {
      name: 'rules',
      keys: [
        { by: sql`r.weight`, type: 'int' },
        { by: sql`r.id`, type: 'text' },
      ],
      descending: false,
    },
    shape: asItIs<RuleAnswer>,
  },
  calendars: {
    select: calendarSelect,
    from: 'calendar k',
    order: byText('calendars', 'k.id'),
    shape: asItIs<CalendarAnswer>,
  },
  'auto-replies': {
    select: autoReplySelect,
    from: 'auto_reply r',
    order: {
      name: 'auto-replies',
      keys: [
        { by: sql`r.weight`, type: 'int' },
        { by: sql`r.id`, type: 'text' },
      ],
      descending: false,
    },
    shape: asItIs<AutoReplyAnswer>,
  },
  notifications: {
    select: notificationSelect,
    from: 'notification n',
    order: byText('notifications', 'n.id'),
    shape: asItIs<NotificationAnswer>,
  },
  'sla-policies': {
    select: slaPolicySelect,
    from: 'sla_policy p',
    order: {
      name: 'sla-policies',
      keys: [
        { by: sql`p.weight`, type: 'int' },
        { by: sql`p.id`, type: 'text' },
      ],
      descending: false,
    },
    shape: asItIs<SlaPolicyAnswer>,
  },
  templates: {
    select: 'p.channel, p.account, p.template, p.name, p.language, p.state, p.quality, p.category, p.why, p.at',
    from: 'template p',
    order: byText('templates', 'p.channel', 'p.account', 'p.name', 'p.template', 'p.language'),
    shape: asItIs<TemplateAnswer>,
  },
  // The newest first: what is looked for is what just happened.
  audit: {
    select: 'u.*',
    from: 'audit u',
    order: { name: 'audit', keys: [{ by: sql`u.seq`, type: 'bigint' }], descending: true },
    shape: (row) => auditAnswer(row as AuditRead),
  },
  parked: {
    select: 'q.*',
    from: 'parked q',
    order: {
      name: 'parked',
      keys: [
        { by: sql`q.at`, type: 'timestamptz' },
        { by: sql`q.id`, type: 'text' },
      ],
      descending: false,
    },
    shape: (row) => parkedAnswer(row as ParkedRead),
  },
}

export const listOf = <L extends keyof Lists>(
  { list, page }: { readonly list: L; readonly page: PageAsk },
  reading: Reading,
): Promise<Listed<Lists[L]>> => listFrom<Lists[L]>(sources[list] as Source<Lists[L]>, page, reading)

export function listContacts(
  { q, page }: { readonly q: string | null; readonly page: PageAsk },
  reading: Reading,
): Promise<Listed<ContactAnswer>> {
  const source: Source<ContactAnswer> = {
    select: contactSelect,
    from: 'contact c',
    order: {
      name: 'contacts',
      keys: [
        { by: sql`c.created_at`, type: 'timestamptz' },
        { by: sql`c.id`, type: 'text' },
      ],
      descending: false,
    },
    where: sql`c.merged_into is null and ${q === null ? sql`true` : names(q)}`,
    shape: asItIs<ContactAnswer>,
  }
  return listFrom(source, page, reading)
}

/** A number is found however it is typed: the digits alone are compared with the keys (W2). */
function names(q: string): RawBuilder<unknown> {
  const like = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`
  const digits = /^[+\d\s().-]{5,}$/.test(q) ? q.replace(/\D/g, '') : q
  return sql`(folded(c.name) like folded(${like(q)}) or folded(c.address) like folded(${like(q)}) or exists (
    select 1 from contact_key k where k.workspace = c.workspace and k.contact = c.id and k.key ilike ${like(digits)}))`
}

async function listFrom<T>(source: Source<T>, page: PageAsk, reading: Reading): Promise<Listed<T>> {
  const after = afterCursor(source.order, page.after)
  if (after === null) return { refuse: 'cursor' }
  const rows = await reading.ask<Placed>(sql`
    select ${sql.raw(source.select)}, ${placeOf(source.order)} from ${sql.raw(source.from)}
    where ${sql.raw(source.of === undefined ? 'workspace' : `${source.of}.workspace`)} = ${reading.workspace} and ${source.where ?? sql`true`} and ${after}
    order by ${orderBy(source.order)} limit ${page.limit + 1}`)
  return pageOf(rows, { page, order: source.order }, source.shape)
}
