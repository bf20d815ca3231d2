// A draft of a rule over a page of tickets that are there, in a transaction that can change nothing.
import { sql } from 'kysely'
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

export async function tryRuleOn(
  { rule, tickets: asked }: { readonly rule: RuleRow; readonly tickets: TicketsAsk },
  reading: Reading,
  memory: DeskMemory,
): ReturnType<Queries['tryRule']> {
  const desk = await readDesk(reading, memory)
  const odd = whyNotKept(rule, desk)
  if (odd !== null) return { refuse: 'rule', ...odd }
  const order = orderOf(asked.sort, asked.descending)
  const after = afterCursor(order, asked.after)
  if (after === null) return { refuse: 'cursor' }
  // What opened it is what a rule of opened tickets was asked about; any other one looks at the newest.
  const first =
    rule.on === 'created'
      ? sql`(select m.id from message m where m.workspace = t.workspace and m.ticket = t.id and m.direction = 'in' and m.kind = 'user'
          order by m.sent_at, m.seq limit 1)`
      : sql`null`
  const rows = await reading.ask<Looked>(sql`
    select t.id as ticket, ${first} as message, ${placeOf(order)} from ticket t
    where ${sql.join([...whereOf(asked, reading.workspace), after], sql` and `)} order by ${orderBy(order)} limit ${asked.limit + 1}`)
  const page = pageOf(rows, { page: asked, order }, ({ ticket, message }) => ({ ticket, message }))
  const asks = tryRule({ rule, desk, now: reading.now })
  const found = await triageReader(reading).triage.of(page.items)
  const items = found.flatMap((row) => {
    const tried = row === null ? null : asks(row)
    if (row === null || tried === null) return []
    const { id, number, subject, createdAt } = row.ticket
    return [{ ticket: id, number, subject, createdAt, ...tried }]
  })
  return { items, next: page.next, looked: page.items.length }
}
