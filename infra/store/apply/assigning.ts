// Verbs about who gets what: tickets that wait for an agent, what was given to whom, who is there.
import { priorities } from '../../../schemas/ticket.ts'
import { needOf, wordOf } from '../../../core/rules/assign/need.ts'
import { statement } from '../statement.ts'
import { byStatement, lastOfEach, type Applier } from './applier.ts'

const queue = statement(
  'queue_ticket',
  `insert into waiting as w (workspace, ticket, channel, account, brand, language, is_live, rank, team, is_team_by_language, agent, because, since, need)
   select $1, q.ticket, q.channel, q.account, q.brand, q.language, q."isLive", q.rank, q."group", coalesce(q."isGroupByLanguage", false), q.agent, q.because, q.since, q.need
   from json_to_recordset($2::json) as q (ticket text, channel text, account text, brand text, language text, "isLive" boolean, rank smallint,
     "group" text, "isGroupByLanguage" boolean, agent text, because json, since timestamptz, need text) order by q.ticket
   on conflict (workspace, ticket) do update set brand = excluded.brand, language = excluded.language, is_live = excluded.is_live, rank = excluded.rank,
     team = excluded.team, is_team_by_language = excluded.is_team_by_language, agent = excluded.agent, need = excluded.need, since = least(w.since, excluded.since),
     because = case when w.team is not distinct from excluded.team and w.agent is not distinct from excluded.agent then coalesce(excluded.because, w.because)
       else excluded.because end`,
)
const unqueue = statement(
  'unqueue_ticket',
  `delete from waiting w using json_to_recordset($2::json) as q (ticket text) where w.workspace = $1 and w.ticket = q.ticket`,
)
const hour = statement(
  'note_hour',
  `insert into rule_hour (workspace, ticket, rule, clock)
   select $1, q.ticket, q.rule, q.clock from json_to_recordset($2::json) as q (ticket text, rule text, clock timestamptz) order by q.ticket, q.rule
   on conflict (workspace, ticket, rule) do update set clock = excluded.clock`,
)
const note = statement(
  'note_assignment',
  `insert into assignment (workspace, agent, ticket, at)
   select $1, q.agent, q.ticket, q.at from json_to_recordset($2::json) as q (agent text, ticket text, at timestamptz)`,
)
const presence = statement(
  'set_presence',
  `insert into presence (workspace, agent, presence, since)
   select $1, q.agent, q.presence, q.at from json_to_recordset($2::json) as q (agent text, presence text, at timestamptz) order by q.agent
   on conflict (workspace, agent) do update set presence = excluded.presence, since = excluded.since`,
)

export const queueTicket: Applier<'queue-ticket'> = (here, changes) =>
  byStatement<'queue-ticket'>(queue, ({ waiting }) => ({
    ...waiting,
    rank: priorities.indexOf(waiting.priority),
    need: wordOf(needOf(waiting)),
  }))(
    here,
    lastOfEach(changes, ({ waiting }) => waiting.ticket),
  )
export const unqueueTicket: Applier<'unqueue-ticket'> = byStatement(unqueue, (it) => it)
export const noteHour: Applier<'note-hour'> = byStatement(hour, (it) => it)
export const noteAssignment: Applier<'note-assignment'> = byStatement(note, (it) => it)
export const setPresence: Applier<'set-presence'> = (here, changes) =>
  byStatement<'set-presence'>(presence, (it) => it)(
    here,
    lastOfEach(changes, ({ agent }) => agent),
  )
