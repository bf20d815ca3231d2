// The feed, from a sequence on; and whether what a cursor stands for is still kept.
import { sql } from 'kysely'
import type { Feed, FeedAsk, FeedItem } from '../../../core/ports/queries.ts'
import type { AnyEvent } from '../../../schemas/events.ts'
import type { Reading } from './reading.ts'

interface Ends {
  /** The first that is kept; the next to come where none is. */
  readonly oldest: number
  readonly next: number
}

/** Who sees a part may have to pass over many that are not theirs: no more than so many in one call. */
const mostPassed = 20_000

export async function readFeed({ after, types, limit }: FeedAsk, reading: Reading): Promise<Feed> {
  const ends = await endsOf(reading)
  const from = after === null ? ends.oldest - 1 : Number(after)
  const upTo = reading.isPart ? from + mostPassed : Number.MAX_SAFE_INTEGER
  // Older than what is kept, or of a feed that held more (a database from before): either way the reader would miss events unknowingly.
  if (from < ends.oldest - 1 || from >= ends.next) return { refuse: 'gone', oldest: String(ends.oldest) }
  const rows = await reading.ask<{ readonly sequence: number; readonly event: AnyEvent }>(sql`
    select sequence, event from feed where workspace = ${reading.workspace} and sequence > ${from} and sequence <= ${upTo}
      and ${types.length === 0 ? sql`true` : sql`type = any(${[...types]}::text[])`}
    order by sequence limit ${limit + 1}`)
  const items: readonly FeedItem[] = rows
    .slice(0, limit)
    .map(({ sequence, event }) => ({ sequence: String(sequence), event }))
  const isCut = rows.length > limit
  const more = isCut || upTo < ends.next - 1
  // With nothing more to give, everything up to the head has been passed, also what the types left out.
  return {
    items,
    more,
    at: isCut ? (items.at(-1)?.sequence ?? String(from)) : String(more ? upTo : Math.max(from, lastSeen(rows, ends))),
  }
}

/** The head was read before the rows: what came in between is given, or comes next time. */
const lastSeen = (rows: readonly { readonly sequence: number }[], ends: Ends): number =>
  Math.max(ends.next - 1, rows.at(-1)?.sequence ?? 0)

async function endsOf(reading: Reading): Promise<Ends> {
  const [ends] = await reading.ask<{ readonly next: number; readonly oldest: number | null }>(sql`
    select coalesce((select next from feed_head where workspace = ${reading.workspace}), 1) as next,
      feed_oldest() as oldest`)
  const next = ends?.next ?? 1
  return { next, oldest: ends?.oldest ?? next }
}
