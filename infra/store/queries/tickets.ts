// The list of tickets: filters that narrow each other, in an order that can be gone on with.
import { sql, type RawBuilder } from 'kysely'
import {
  urgentStatus,
  type Listed,
  type TicketSort,
  type TicketsAsk,
  type TicketsFilter,
  type TicketWord,
} from '../../../core/ports/queries.ts'
import { isId } from '../../../schemas/ids.ts'
import { priorities } from '../../../schemas/ticket.ts'
import type { TicketAnswer } from '../../../schemas/answers.ts'
import { ticketAnswer, type ShapeDeps, type TicketRead } from '../shapes.ts'
import { afterCursor, orderBy, pageOf, placeOf, type Order, type Placed } from './paging.ts'
import type { Reading } from './reading.ts'

/** `t` is the ticket, `v` its conversation. */
export const ticketSelect = `t.*, v.kind, v.customer_at, coalesce((select json_agg(json_build_object('metric', k.metric, 'policy', k.policy,
    'state', k.state, 'startedAt', instant(k.started_at), 'targetMinutes', k.target_minutes, 'dueAt', instant(k.due_at),
    'endedAt', instant(k.ended_at)) order by k.metric) from sla_clock k where k.workspace = t.workspace and k.ticket = t.id), '[]') as sla`
export const ticketFrom = `ticket t left join conversation v on v.workspace = t.workspace and v.id = t.conversation`

export async function listTickets(asked: TicketsAsk, reading: Reading, deps: ShapeDeps): Promise<Listed<TicketAnswer>> {
  const order = orderOf(asked.sort, asked.descending)
  const after = afterCursor(order, asked.after)
  if (after === null) return { refuse: 'cursor' }
  const where = [...whereOf(asked, reading.workspace), after]
  const rows = await reading.ask<TicketRead & Placed>(sql`
    select ${sql.raw(ticketSelect)}, ${placeOf(order)} from ${sql.raw(ticketFrom)}
    where ${sql.join(where, sql` and `)} order by ${orderBy(order)} limit ${asked.limit + 1}`)
  return pageOf(rows, { page: asked, order }, (row) => ticketAnswer(row, reading.now, deps))
}

const created = { by: sql`t.created_at`, type: 'timestamptz' } as const
const id = { by: sql`t.id`, type: 'text' } as const
const orders: Readonly<Record<TicketSort, Order['keys']>> = {
  createdAt: [created, id],
  updatedAt: [{ by: sql`t.updated_at`, type: 'timestamptz' }, id],
  lastMessageAt: [{ by: sql`coalesce(t.last_message_at, t.created_at)`, type: 'timestamptz' }, id],
  number: [{ by: sql`t.number`, type: 'bigint' }, id],
  // The most urgent first, and of those whoever has waited longest.
  priority: [
    { by: sql`array_position(${sql.raw(`array['${priorities.join("','")}']`)}, t.priority)`, type: 'int' },
    created,
    id,
  ],
}
export const orderOf = (sort: TicketSort, descending: boolean): Order => ({
  name: `tickets:${descending ? '-' : ''}${sort}`,
  keys: orders[sort],
  descending,
})

const columns: Readonly<Record<Exclude<TicketWord, 'tag' | 'folder' | 'account'>, string>> = {
  status: 'coalesce(t.custom_status, t.status)',
  statusCategory: 't.category',
  channel: 't.channel',
  brand: 't.brand',
  assignee: 't.assignee',
  group: 't.team',
  priority: 't.priority',
  type: 't.type',
  topic: 't.topic',
  language: 't.language',
}
/** Where a ticket may be without one, `none` asks for those. */
const mayBeWithout: readonly TicketWord[] = ['brand', 'assignee', 'group', 'type', 'topic', 'language', 'channel']

/** Of `t`. */
export const whereOf = (asked: TicketsFilter, workspace: string): readonly RawBuilder<unknown>[] => [
  sql`t.workspace = ${workspace}`,
  ...conditionsOf(asked),
]

function conditionsOf(asked: TicketsFilter): readonly RawBuilder<unknown>[] {
  const words = (Object.entries(asked.words) as [TicketWord, readonly string[]][]).map(([word, values]) =>
    wordIs(word, values),
  )
  return [
    ...words,
    ...(asked.createdFrom === null ? [] : [sql`t.created_at >= ${asked.createdFrom}::timestamptz`]),
    ...(asked.createdTo === null ? [] : [sql`t.created_at < ${asked.createdTo}::timestamptz`]),
    ...(asked.requester === null ? [] : [requesterIs(asked.requester)]),
    ...(asked.q === null ? [] : [mentions(asked.q)]),
  ]
}

function wordIs(word: TicketWord, values: readonly string[]): RawBuilder<unknown> {
  if (word === 'folder') return liesIn(values)
  if (word === 'tag')
    return sql`exists (select from unnest(t.tags) as g (tag) where folded(g.tag) in (select folded(v) from unnest(${[...values]}::text[]) as v))`
  if (word === 'status' && values.includes(urgentStatus))
    return sql`(t.status = any(${[...values]}::text[]) or (t.priority = 'urgent' and t.category in ('open', 'waiting')))`
  if (word === 'account') return isOfAccount(values)
  const column = sql.raw(columns[word])
  // Tags of languages have no case, whoever wrote them.
  const named =
    word === 'language'
      ? sql`lower(t.language) = any(${values.map((it) => it.toLowerCase())}::text[])`
      : sql`${column} = any(${[...values]}::text[])`
  return mayBeWithout.includes(word) && values.includes('none') ? sql`(${column} is null or ${named})` : named
}

/** By its id, or as rules and settings write it, `channel/id`: ids are the same in several channels. */
function isOfAccount(values: readonly string[]): RawBuilder<unknown> {
  const [whole, ids] = [values.filter((it) => it.includes('/')), values.filter((it) => !it.includes('/'))]
  const ways = [
    sql`t.account = any(${ids}::text[])`,
    ...(whole.length === 0 ? [] : [sql`t.channel || '/' || t.account = any(${whole}::text[])`]),
    ...(ids.includes('none') ? [sql`t.account is null`] : []),
  ]
  return sql`(${sql.join(ways, sql` or `)})`
}

/** The first half is what the index holds. */
function liesIn(folders: readonly string[]): RawBuilder<unknown> {
  const named = sql`(t.folders <> '{}' and t.folders && ${[...folders]}::text[])`
  return folders.includes('none') ? sql`(t.folders = '{}' or ${named})` : named
}

/** A merged contact's id leads to the one that stays. */
function requesterIs(asked: string): RawBuilder<unknown> {
  if (isId('con', asked))
    // Two questions of their own and no coalesce, which row security keeps away from the index.
    return sql`t.contact in (select c.merged_into from contact c where c.id = ${asked} and c.merged_into is not null
      union all select ${asked} where not exists (select from contact c where c.id = ${asked} and c.merged_into is not null))`
  return sql`(folded(t.requester_address) = folded(${asked}) or folded(t.requester_name) = folded(${asked}) or t.contact in (
    select k.contact from contact_key k where k.workspace = t.workspace and (k.key = ${asked} or split_part(k.key, ':', 2) = ltrim(${asked}, '+'))))`
}

function mentions(q: string): RawBuilder<unknown> {
  const like = `%${q.replace(/[\\%_]/g, '\\$&')}%`
  const number = /^#?(\d{1,15})$/.exec(q)?.[1]
  const ways = [
    sql`folded(t.subject) like folded(${like})`,
    sql`folded(t.requester_name) like folded(${like})`,
    sql`folded(t.requester_address) like folded(${like})`,
    sql`t.id in (select message_tickets(${q}))`,
    ...(isId('tkt', q) ? [sql`t.id = ${q}`] : []),
    ...(number === undefined ? [] : [sql`t.number = ${number}::bigint`]),
  ]
  return sql`(${sql.join(ways, sql` or `)})`
}
