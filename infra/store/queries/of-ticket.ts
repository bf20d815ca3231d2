// What hangs on one ticket: its messages in the order they were said, its history, its replies.
import { sql, type RawBuilder } from 'kysely'
import { historyOf } from '../../../core/rules/history.ts'
import type { Listed, PageAsk } from '../../../core/ports/queries.ts'
import type { HistoryAnswer, MessageAnswer, ReplyAnswer } from '../../../schemas/answers.ts'
import type { AnyEvent } from '../../../schemas/events.ts'
import { replyAnswer, type MessageRead, type ReplyRead } from '../shapes.ts'
import { replySelect, withFiles } from './one.ts'
import { afterCursor, orderBy, pageOf, placeOf, type Order, type Placed } from './paging.ts'
import type { Reading } from './reading.ts'

export interface OfTicket {
  readonly ticket: string
  readonly page: PageAsk
}
interface Part {
  readonly select: string
  readonly from: string
  readonly order: Order
}

/** When it was sent; where two share a moment, which came first (R4). */
const messages: Part = {
  select: 'm.*',
  from: 'message m',
  order: {
    name: 'messages',
    keys: [
      { by: sql`m.sent_at`, type: 'timestamptz' },
      { by: sql`m.seq`, type: 'bigint' },
    ],
    descending: false,
  },
}
const history: Part = {
  select: 'h.event',
  from: 'ticket_event h',
  order: { name: 'history', keys: [{ by: sql`h.seq`, type: 'bigint' }], descending: false },
}
const replies: Part = {
  select: replySelect,
  from: 'reply r',
  order: { name: 'replies', keys: [{ by: sql`r.seq`, type: 'bigint' }], descending: false },
}

export async function listMessages(asked: OfTicket, reading: Reading): Promise<Listed<MessageAnswer> | null> {
  const rows = await rowsOf<MessageRead>(messages, asked, reading)
  if (rows === null || 'refuse' in rows) return rows
  const page = pageOf(rows, { page: asked.page, order: messages.order }, (row) => row)
  return { ...page, items: await withFiles(page.items, reading) }
}

export async function listHistory(asked: OfTicket, reading: Reading): Promise<Listed<HistoryAnswer> | null> {
  const rows = await rowsOf<{ readonly event: AnyEvent }>(history, asked, reading)
  if (rows === null || 'refuse' in rows) return rows
  const page = pageOf(rows, { page: asked.page, order: history.order }, (row) => row.event)
  return { ...page, items: historyOf(page.items) }
}

export async function listReplies(asked: OfTicket, reading: Reading): Promise<Listed<ReplyAnswer> | null> {
  const rows = await rowsOf<ReplyRead>(replies, asked, reading)
  if (rows === null || 'refuse' in rows) return rows
  return pageOf(rows, { page: asked.page, order: replies.order }, replyAnswer)
}

async function rowsOf<Row>(
  part: Part,
  { ticket, page }: OfTicket,
  reading: Reading,
): Promise<readonly (Row & Placed)[] | { readonly refuse: 'cursor' } | null> {
  const after = afterCursor(part.order, page.after)
  if (after === null) return { refuse: 'cursor' }
  const rows = await reading.ask<Row & Placed>(selectOf(part, { ticket, page, after }, reading))
  if (rows.length > 0) return rows
  const found = await reading.ask(sql`select 1 from ticket where workspace = ${reading.workspace} and id = ${ticket}`)
  return found.length === 0 ? null : rows
}

const selectOf = (
  { select, from, order }: Part,
  { ticket, page, after }: OfTicket & { readonly after: RawBuilder<unknown> },
  { workspace }: Reading,
): RawBuilder<unknown> => sql`
  select ${sql.raw(select)}, ${placeOf(order)} from ${sql.raw(from)}
  where workspace = ${workspace} and ticket = ${ticket} and ${after} order by ${orderBy(order)} limit ${page.limit + 1}`
