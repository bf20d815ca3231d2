// What assignment decides on: chairs with what they hold, as it is summed up, and who waits for one.
import type { Reader } from '../../../core/ports/reader.ts'
import type { HeldRow, PresenceRow, SeatRow, WaitingRow } from '../../../core/ports/desk-rows.ts'
import type { TicketRow } from '../../../core/ports/rows.ts'
import type { TicketId } from '../../../schemas/ids.ts'
import { priorities } from '../../../schemas/ticket.ts'
import { byPlace, needFrom, wordOf } from '../../../core/rules/assign/need.ts'
import { ticketOf } from '../row-json.ts'
import { statement, type Here, type Statement } from '../statement.ts'

const priorityOf = `(array['${priorities.join("','")}'])[w.rank + 1]`
const waitingRow = `json_build_object('ticket', w.ticket, 'channel', w.channel, 'account', w.account, 'brand', w.brand, 'language', w.language,
  'isLive', w.is_live, 'priority', ${priorityOf}, 'group', w.team, 'isGroupByLanguage', w.is_team_by_language, 'agent', w.agent, 'because', w.because, 'since', instant(w.since))`
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
  `select ${ticketOf('t')} as row, t.kind from ticket t
   where t.workspace = $1 and t.assignee = $2::json #>> '{}' and t.category in ('open', 'waiting') order by t.created_at, t.id`,
)
// Tickets of who is active no more, or may not see them any more. Who is there and sees everything (mostly all) is not looked at.
const leftBehind = statement(
  'left_behind',
  `select ${ticketOf('t')} as row, t.kind from agent a join ticket t on t.workspace = $1 and t.assignee = a.id and t.category in ('open', 'waiting')
   where a.workspace = $1 and (not a.is_active or a.brands is not null or a.channels is not null)
     and (not a.is_active or a.brands is not null and not coalesce(t.brand = any (a.brands), false)
       or a.channels is not null and t.channel is not null and not t.channel = any (a.channels))
   order by t.created_at, t.id limit ($2::json #>> '{}')::int`,
)
// By the order of the pool; of others' tickets no more than some are passed over in one go. One that rules were not asked about yet is given
// away once they were, in the account's new way already; that it never will be (what triage could not read, or older than triage) ten minutes say.
const pooled = statement(
  'pooled_of_account',
  `with q as (select * from json_to_record($2::json) as q (channel text, id text, after text, most int)),
   looked as materialized (select t.id, t.created_at, t.channel = q.channel and t.account = q.id and t.assignee is null and (
       t.created_at < now() - interval '10 minutes' or exists (
         select from ticket_event e where e.workspace = $1 and e.ticket = t.id and e.event ->> 'type' = 'ticket.triaged')) as may from q
     cross join lateral (select * from ticket t where t.workspace = $1 and t.category = 'open' and (q.after is null
       or (t.created_at, t.id) > (select o.created_at, o.id from ticket o where o.workspace = $1 and o.id = q.after))
       order by t.created_at, t.id limit 2000) t),
   found as (select id, created_at from looked where may order by created_at, id limit (select most from q))
   select coalesce((select json_agg(id order by created_at, id) from found), '[]') as ids,
     case when (select count(*) from found) = (select most from q) then (select id from found order by created_at desc, id desc limit 1)
       when (select count(*) from looked) = 2000 then (select id from looked order by created_at desc, id desc limit 1) end as next`,
)
const ticketsById = statement(
  'tickets_with_kind',
  `select ${ticketOf('t')} as row, t.kind from json_array_elements_text($2::json) as q (id)
   cross join lateral (select * from ticket t where t.workspace = $1 and t.id = q.id limit 1) t`,
)
const grouped = statement(
  'grouped_by',
  `select q.id as asked, h.because from json_array_elements_text($2::json) as q (id)
   cross join lateral (select e.event #> '{data,because}' as because from ticket_event e
     where e.workspace = $1 and e.ticket = q.id and e.event ->> 'type' = 'ticket.assigned' and e.event #>> '{data,field}' = 'group'
     order by e.seq desc limit 1) h`,
)
// What each holds, by channel and kind of conversation, the sums and what changed since: which kinds are live is known in memory.
const seats = statement(
  'board_seats',
  `select json_build_object('agent', a.id, 'presence', coalesce(p.presence, 'offline'), 'since', instant(coalesce(p.since, a.created_at)),
     'held', coalesce(h.held, '[]'), 'lately', coalesce(l.lately, '[]')) as row
   from agent a
   left join presence p on p.workspace = $1 and p.agent = a.id
   left join lateral (select json_agg(json_build_object('channel', h.channel, 'kind', h.kind, 'n', h.n)) as held from (
     select s.channel, nullif(s.kind, '') as kind, sum(s.n)::int as n from (
       select channel, kind, n from held where workspace = $1 and agent = a.id
       union all select channel, kind, n from held_change where workspace = $1 and agent = a.id) s
     group by 1, 2 having sum(s.n) <> 0) h) h on true
   left join lateral (select json_agg(instant(s.at) order by s.at desc) as lately from (
     select s.at from assignment s where a.rate is not null and s.workspace = $1 and s.agent = a.id
       and s.at > now() - make_interval(mins => (a.rate ->> 'minutes')::int) order by s.at desc limit (a.rate ->> 'max')::int) s) l on true
   where a.workspace = $1 and a.is_active and (coalesce(p.presence, 'offline') = 'online'
     or a.id in (select json_array_elements_text($2::json)))
   order by a.id`,
)
// One step of the index a kind, however many wait of it.
const needs = statement(
  'board_needs',
  `with recursive n (need) as (
     (select w.need from waiting w where w.workspace = $1 and $2::json is not null order by w.need limit 1)
     union all
     select (select w.need from waiting w where w.workspace = $1 and w.need > n.need order by w.need limit 1) from n where n.need is not null)
   select need from n where need is not null`,
)
const firstOfEach = statement(
  'first_of_each_need',
  `select ${waitingRow} as row from json_to_recordset($2::json) as q (need text, count int)
   cross join lateral (select * from waiting w where w.workspace = $1 and w.need = q.need order by w.rank, w.since, w.ticket limit q.count) w`,
)

type Counted = Omit<SeatRow, 'holds' | 'live'> & {
  readonly held: readonly { readonly channel: string; readonly kind: string | null; readonly n: number }[]
}

export function assigningReader(here: Here, capabilities: Reader['capabilities']): Pick<Reader, 'assigning'> {
  const isLive = (channel: string | null, kind: string | null): boolean =>
    channel !== null && kind !== null && capabilities(channel, kind)?.live === true
  const seatOf = ({ held: all, ...seat }: Counted): SeatRow => {
    const live = all.filter(({ channel, kind }) => isLive(channel, kind))
    return { ...seat, holds: byChannel(all), live: byChannel(live) }
  }
  const heldRows = async (of: Statement, rows: unknown): Promise<readonly HeldRow[]> =>
    (await here.run<{ row: TicketRow; kind: string | null }>(of, rows)).map(({ row, kind }) => ({
      ...row,
      isLive: isLive(row.channel, kind),
    }))
  const waitingOf = async (tickets: readonly TicketId[]) =>
    tickets.length === 0 ? [] : here.run<{ asked: TicketId; row: WaitingRow }>(waitingById, tickets)
  const groupsOf = async (tickets: readonly TicketId[]) =>
    here.run<{ asked: TicketId; because: WaitingRow['because'] }>(grouped, tickets)
  // Looked at before the tickets are locked and again after: the board is ours all the while.
  const counted = new Map<string, readonly SeatRow[]>()
  const seatsOf = async (wanted: readonly string[]): Promise<readonly SeatRow[]> => {
    const asked = wanted.toSorted().join('\n')
    const known = counted.get(asked) ?? (await here.run<{ row: Counted }>(seats, wanted)).map(({ row }) => seatOf(row))
    counted.set(asked, known)
    return known
  }
  let named: readonly TicketId[] | null = null
  return {
    assigning: {
      async board(agents = []) {
        const words = await here.run<{ need: string }>(needs, 0)
        const kinds = words.map(({ need }) => needFrom(need))
        const wanted = [...new Set([...agents, ...kinds.flatMap(({ agent }) => agent ?? [])])]
        return { seats: await seatsOf(wanted), needs: kinds }
      },
      async next(asked, most) {
        if (named !== null) return (await waitingOf(named)).map(({ row }) => row).toSorted(byPlace)
        const each = asked.map(({ need, count }) => ({ need: wordOf(need), count: Math.min(count, most) }))
        const rows = each.length === 0 ? [] : await here.run<{ row: WaitingRow }>(firstOfEach, each)
        const first = rows
          .map(({ row }) => row)
          .toSorted(byPlace)
          .slice(0, most)
        named = first.map(({ ticket }) => ticket)
        return first
      },
      pooled: async (of, most) =>
        (await here.run<{ ids: readonly TicketId[]; next: string | null }>(pooled, { ...of, most }))[0]!,
      leftBehind: (most) => heldRows(leftBehind, most),
      tickets: async (ids) =>
        ids.length === 0 ? new Map() : new Map((await heldRows(ticketsById, ids)).map((row) => [row.id, row])),
      presence: async (agents) =>
        new Map(
          (await here.run<{ asked: string; row: PresenceRow }>(presences, agents)).map(({ asked, row }) => [
            asked,
            row,
          ]),
        ),
      heldBy: (agent) => heldRows(held, agent),
      waiting: async (tickets) => new Map((await waitingOf(tickets)).map(({ asked, row }) => [asked, row])),
      groupedBy: async (tickets) => new Map((await groupsOf(tickets)).map(({ asked, because }) => [asked, because])),
    },
  }
}

function byChannel(all: Counted['held']): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const { channel, n } of all) sums[channel] = (sums[channel] ?? 0) + n
  return sums
}
