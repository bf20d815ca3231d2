// A draft of a rule over a page of tickets that are there, in a transaction that can change nothing.
import { sql, type RawBuilder } from 'kysely'
import type { Queries, TicketsAsk } from '../../../core/ports/queries.ts'
import type { Desk } from '../../../core/ports/desk.ts'
import type { RuleRow } from '../../../core/ports/desk-rows.ts'
import { loose, namesOfRule } from '../../../core/rules/desk-names.ts'
import { tryRule } from '../../../core/rules/triage/try-rule.ts'
import { whyNotARule } from '../../../core/rules/match/check.ts'
import type { TicketId, MessageId } from '../../../schemas/ids.ts'
import { readDesk, type DeskMemory } from '../read/desk-rows.ts'
import { triageReader } from '../read/triage.ts'
import { orderOf, whereOf } from './tickets.ts'
import { afterCursor, orderBy, pageOf, placeOf, type Placed } from './paging.ts'
import type { Reading } from './reading.ts'

/** In the words in which the same rule would be refused when it is made. */
function whyNotKept(rule: RuleRow, desk: Desk) {
  const nowhere = loose(desk, namesOfRule(rule))
  if (nowhere !== null) return nowhere
  const odd = whyNotARule(rule, desk)
  return odd === null ? null : { code: 'invalid_rule', field: odd.field.replaceAll('/', '.'), why: odd.why }
}

interface Looked extends Placed {
  readonly ticket: TicketId
  readonly message: MessageId | null
}

export type In = <T>(work: (reading: Reading) => Promise<T>) => Promise<T>
/** Which tickets there are, as whoever asks sees them (D54); the settings, and what hangs on a ticket that they see, as they are. */
interface Readings {
  readonly seen: In
  readonly whole: In
}

/** One reading after the other: who holds a connection waits for no second one. */
export async function tryRuleOn(
  { rule, tickets: asked }: { readonly rule: RuleRow; readonly tickets: TicketsAsk },
  { seen, whole }: Readings,
  memory: DeskMemory,
): ReturnType<Queries['tryRule']> {
  const desk = await whole((reading) => readDesk(reading, memory))
  const odd = whyNotKept(rule, desk)
  if (odd !== null) return { refuse: 'rule', ...odd }
  const order = orderOf(asked.sort, asked.descending)
  const after = afterCursor(order, asked.after)
  if (after === null) return { refuse: 'cursor' }
  const page = await seen((reading) => lookedAt(rule, asked, { order, after, reading }))
  return whole(async (reading) => {
    const asks = tryRule({ rule, desk, now: reading.now })
    const found = await triageReader(reading).triage.of(page.items)
    const items = found.flatMap((row) => {
      const tried = row === null ? null : asks(row)
      if (row === null || tried === null) return []
      const { id, number, subject, createdAt } = row.ticket
      return [{ ticket: id, number, subject, createdAt, ...tried }]
    })
    return { items, next: page.next, looked: page.items.length }
  })
}

interface At {
  readonly order: ReturnType<typeof orderOf>
  readonly after: RawBuilder<unknown>
  readonly reading: Reading
}
async function lookedAt(rule: RuleRow, asked: TicketsAsk, { order, after, reading }: At) {
  // What opened it is what a rule of opened tickets was asked about; any other one looks at the newest.
  const first =
    rule.on === 'created'
      ? sql`(select m.id from message m where m.workspace = t.workspace and m.ticket = t.id and m.direction = 'in' and m.kind = 'user'
          order by m.sent_at, m.seq limit 1)`
      : sql`null`
  const rows = await reading.ask<Looked>(sql`
    select t.id as ticket, ${first} as message, ${placeOf(order)} from ticket t
    where ${sql.join([...whereOf(asked, reading.workspace), after], sql` and `)} order by ${orderBy(order)} limit ${asked.limit + 1}`)
  return pageOf(rows, { page: asked, order }, ({ ticket, message }) => ({ ticket, message }))
}
