// What became of promises: kept, missed, withdrawn, from the sla.* events in the history of tickets; read when it is asked for, kept nowhere (D17).
import { sql } from 'kysely'
import type { Queries } from '../../../core/ports/queries.ts'
import type { SlaReportAnswer } from '../../../schemas/report-answers.ts'
import type { Reading } from './reading.ts'
import { whereOf } from './tickets.ts'

type Asked = Parameters<Queries['slaReport']>[1]
type Row = Omit<SlaReportAnswer['items'][number], 'metPercent'>

const columns = { brand: 't.brand', channel: 't.channel', priority: 't.priority', group: 't.team' } as const

/** A clock is a metric of a ticket from one beginning. Missed is missed for good; else what was told of it last holds. */
export async function slaReport(asked: Asked, reading: Reading): Promise<SlaReportAnswer> {
  const value = sql.raw(asked.by === null ? 'null::text' : columns[asked.by])
  const rows = await reading.ask<Row>(sql`
    select c.policy, c.metric, c.value, count(*)::int as clocks,
      count(*) filter (where not c.missed and c.last = 'sla.met')::int as met, count(*) filter (where c.missed)::int as missed,
      count(*) filter (where not c.missed and c.last = 'sla.cancelled')::int as withdrawn,
      count(*) filter (where not c.missed and c.last not in ('sla.met', 'sla.cancelled'))::int as open
    from (
      select ${value} as value, h.event #>> '{data,metric}' as metric, (array_agg(h.event #>> '{data,policy}' order by h.seq desc))[1] as policy,
        bool_or(h.event ->> 'type' = 'sla.breached') as missed, (array_agg(h.event ->> 'type' order by h.seq desc))[1] as last
      from ticket t join ticket_event h on h.workspace = t.workspace and h.ticket = t.id and h.event ->> 'type' like 'sla.%'
      where ${sql.join(whereOf({ ...asked, requester: null, q: null }, reading.workspace), sql` and `)}
      group by t.id, 1, 2, h.event #>> '{data,startedAt}'
    ) c group by 1, 2, 3 order by 1, 2, 3 nulls first`)
  const { createdFrom, createdTo, by } = asked
  return { createdFrom, createdTo, by, items: rows.map((row) => ({ ...row, metPercent: percentOf(row) })) }
}
const percentOf = ({ met, missed }: Row): number | null =>
  met + missed === 0 ? null : Math.round((met / (met + missed)) * 1000) / 10
