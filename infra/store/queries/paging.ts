// Pages that hold their place: a cursor is the sort key of the last row given, so rows that arrive meanwhile move nothing.
import { createHash } from 'node:crypto'
import { sql, type RawBuilder } from 'kysely'
import type { Page, PageAsk } from '../../../core/ports/queries.ts'

/** What a list is sorted by, down to what is unique; all in one direction, so that one row comparison says what comes after. */
export interface Order {
  /** Goes into the cursor: one of another list or order is refused. */
  readonly name: string
  readonly keys: readonly { readonly by: RawBuilder<unknown>; readonly type: KeyType }[]
  readonly descending: boolean
}
type KeyType = 'timestamptz' | 'bigint' | 'int' | 'text'
/** Added to what a list selects: the key as PostgreSQL writes it, microseconds and all. */
export interface Placed {
  readonly place: readonly string[]
}

export const placeOf = (order: Order): RawBuilder<unknown> =>
  sql`array[${sql.join(order.keys.map(({ by }) => sql`${by}::text`))}] as place`

export function orderBy({ keys, descending }: Order): RawBuilder<unknown> {
  return sql.join(keys.map(({ by }) => (descending ? sql`${by} desc` : by)))
}

/** Null where the cursor is not one of this order. */
export function afterCursor(order: Order, after: string | null): RawBuilder<unknown> | null {
  if (after === null) return sql`true`
  const place = readCursor(order, after)
  if (place === null) return null
  const values = order.keys.map(({ type }, at) => sql`${place[at]}::${sql.raw(type)}`)
  const keys = order.keys.map(({ by }) => by)
  return sql`(${sql.join(keys)}) ${sql.raw(order.descending ? '<' : '>')} (${sql.join(values)})`
}

/** `rows`: one more than asked for, where there are so many. */
export function pageOf<Row extends Placed, T>(
  rows: readonly Row[],
  { page, order }: { readonly page: PageAsk; readonly order: Order },
  shape: (row: Row) => T,
): Page<T> {
  const given = rows.slice(0, page.limit)
  const last = given.at(-1)
  const next = rows.length > page.limit && last !== undefined ? writeCursor(order, last.place) : null
  return { items: given.map(shape), next }
}

export const writeCursor = (order: Pick<Order, 'name'>, place: readonly string[]): string => {
  const json = JSON.stringify([order.name, ...place])
  return Buffer.from(`${sumOf(json)}${json}`).toString('base64url')
}

/** What a cursor knows of an order: whose it is, and of how many keys. */
type Kept = Pick<Order, 'name'> & { readonly keys: { readonly length: number } }
/** The sum catches what was cut or typed, so that it is refused in words; forging one gives nothing that a filter does not. */
export function readCursor(order: Kept, cursor: string): readonly string[] | null {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const json = text.slice(sumLength)
  if (cursor.length > 2_000 || text.slice(0, sumLength) !== sumOf(json)) return null
  const [name, ...place] = JSON.parse(json) as string[]
  return name === order.name && place.length === order.keys.length ? place : null
}
const sumLength = 8
const sumOf = (json: string): string => createHash('sha256').update(json).digest('base64url').slice(0, sumLength)
