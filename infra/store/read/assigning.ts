// What assignment decides on: chairs with what they hold, counted from the tickets, and who waits for one.
import type { Reader } from '../../../core/ports/reader.ts'
import type { PresenceRow, SeatRow, WaitingRow } from '../../../core/ports/desk-rows.ts'
import type { TicketRow } from '../../../core/ports/rows.ts'
import type { TicketId } from '../../../schemas/ids.ts'
import { priorities } from '../../../schemas/ticket.ts'
import { ticketOf } from '../row-json.ts'
import { statement, type Here } from '../statement.ts'

const priorityOf = `(array['${priorities.join("','")}'])[w.rank + 1]`
const waitingRow = `json_build_object('ticket', w.ticket, 'channel', w.channel, 'account', w.account, 'brand', w.brand, 'language', w.language,
  'isLive', w.is_live, 'priority', ${priorityOf}, 'group', w.team, 'isGroupByLanguage', w.is_team_by_language, 'agent', w.agent, 'since', instant(w.since))`
const presences = statement(
  'presence_of',
  `select q.agent as asked, json_build_object('agent', q.agent, 'presence', coalesce(p.presence, 'offline'),
     'since', instant(coalesce(p.since, a.created_at))) as row
   from json_array_elements_text($2::json) as q (agent)
   cross join lateral (select created_at from agent a where a.workspace = $1 and a.id = q.agent limit 1) a
   left join lateral (select * from presence p where p.workspace = $1 and p.agent = q.agent limit 1) p on true`,
)
const waitingById = statement(
  'waiting_by_id',
  `select q.id as asked, ${waitingRow} as row from json_array_elements_text($2::json) as q (id)
   cross join lateral (select * from waiting w where w.workspace = $1 and w.ticket = q.id limit 1) w`,
)
const held = statement(
  'held_by',
  `select ${ticketOf('t')} as row, v.kind from ticket t
   left join lateral (select v.kind from conversation v where v.workspace = $1 and v.id = t.conversation limit 1) v on true
   where t.workspace = $1 and t.assignee = $2::json #>> '{}' and t.category in ('open', 'waiting') order by t.created_at, t.id`,
)
// What each holds, by channel and kind of conversation: which kinds are live is known in memory.
const seats = statement(
  'board_seats',
  `select json_build_object('agent', a.id, 'presence', coalesce(p.presence, 'offline'), 'since', instant(coalesce(p.since, a.created_at)),
     'held', coalesce(h.held, '[]'), 'lately', coalesce(l.n, 0)) as row
   from agent a
   left join presence p on p.workspace = $1 and p.agent = a.id
   left join lateral (select json_agg(json_build_object('channel', h.channel, 'kind', h.kind, 'n', h.n)) as held from (
     select t.channel, v.kind, count(*) as n from ticket t left join conversation v on v.workspace = $1 and v.id = t.conversation
     where t.workspace = $1 and t.assignee = a.id and t.category in ('open', 'waiting') group by 1, 2) h) h on true
   left join lateral (select count(*) as n from assignment s where a.rate is not null and s.workspace = $1 and s.agent = a.id
     and s.at > now() - make_interval(mins => (a.rate ->> 'minutes')::int)) l on true
   where a.workspace = $1 and a.is_active and (coalesce(p.presence, 'offline') = 'online'
     or a.id in (select json_array_elements_text($2::json -> 'agents')))
   order by a.id`,
)
const waiting = statement(
  'board_waiting',
  `select ${waitingRow} as row from waiting w where w.workspace = $1
     and (w.ticket in (select json_array_elements_text($2::json -> 'tickets')) or w.ticket in (
       select f.ticket from waiting f where f.workspace = $1 order by f.rank, f.since, f.ticket limit 200))
   order by w.rank, w.since, w.ticket`,
)

type Counted = Omit<SeatRow, 'holds' | 'live'> & {
  readonly held: readonly { readonly channel: string; readonly kind: string | null; readonly n: number }[]
}

export function assigningReader(here: Here, capabilities: Reader['capabilities']): Pick<Reader, 'assigning'> {
  const isLive = (channel: string | null, kind: string | null): boolean =>
    channel !== null && kind !== null && capabilities(channel, kind)?.live === true
  const seatOf = ({ held: all, ...seat }: Counted): SeatRow => {
    const holds: Record<string, number> = {}
    for (const { channel, n } of all) holds[channel] = (holds[channel] ?? 0) + n
    const live = all.filter(({ channel, kind }) => isLive(channel, kind)).reduce((sum, { n }) => sum + n, 0)
    return { ...seat, holds, live }
  }
  return {
    assigning: {
      async board({ agents = [], tickets = [] } = {}) {
        const found = await here.run<{ row: Counted }>(seats, { agents })
        const rows = await here.run<{ row: WaitingRow }>(waiting, { tickets })
        return { seats: found.map(({ row }) => seatOf(row)), waiting: rows.map(({ row }) => row) }
      },
      presence: async (agents) =>
        new Map(
          (await here.run<{ asked: string; row: PresenceRow }>(presences, agents)).map(({ asked, row }) => [
            asked,
            row,
          ]),
        ),
      heldBy: async (agent) =>
        (await here.run<{ row: TicketRow; kind: string | null }>(held, agent)).map(({ row, kind }) => ({
          ...row,
          isLive: isLive(row.channel, kind),
        })),
      waiting: async (tickets) =>
        tickets.length === 0
          ? new Map()
          : new Map(
              (await here.run<{ asked: TicketId; row: WaitingRow }>(waitingById, tickets)).map(({ asked, row }) => [
                asked,
                row,
              ]),
            ),
    },
  }
}
