// Replies by their own id, by the vendor's, and up to a watermark; templates by name and by the vendor's id.
import type { Reader } from '../../../core/ports/reader.ts'
import type { ReplyRow, TemplateRow } from '../../../core/ports/rows.ts'
import type { RegistryFacts } from '../index.ts'
import { replyOf, templateOf } from '../row-json.ts'
import { statement, type Here } from '../statement.ts'
import { byId, byIdStatement, one } from './by-id.ts'

const replies = byIdStatement('reply', replyOf('x'))
const byExternalId = statement(
  'reply_by_external_id',
  `select x.row from rows from (json_to_recordset($2::json) as (channel text, account text, "externalId" text))
     with ordinality as q (channel, account, external, n)
   left join lateral (select ${replyOf('r')} as row from reply r
     where r.workspace = $1 and r.channel = q.channel and r.account = q.account and r.external_id = q.external
     order by r.seq desc limit 1) x on true
   order by q.n`,
)
// By when it was asked for: the vendor's own moment of it is earlier than when its answer was written down here.
const upTo = statement(
  'reply_up_to',
  `select ${replyOf('r')} as row from reply r cross join json_to_record($2::json) as q (conversation text, at timestamptz)
   where r.workspace = $1 and r.conversation = q.conversation and r.queued_at <= q.at and r.state in ('sent', 'delivered')
   order by r.seq`,
)
const underWay = statement(
  'reply_under_way',
  `select ${replyOf('r')} as row from reply r
   where r.workspace = $1 and r.conversation = $2::json #>> '{}' and r.state in ('sending', 'unsure') order by r.seq`,
)
const mayProve = statement(
  'reply_may_prove',
  `select ${replyOf('r')} as row
   from reply r cross join json_to_record($2::json) as q (channel text, account text, kind text, conversation text)
   where r.workspace = $1 and r.state in ('sending', 'unsure') and r.channel = q.channel and r.account = q.account
     and (r.conversation = q.conversation or (r.outbound ->> 'kind' <> q.kind and json_array_length(r.outbound -> 'parts') > 0))
   order by r.conversation is distinct from q.conversation, r.seq`,
)
const last = statement(
  'reply_last',
  `select ${replyOf('r')} as row from reply r
   where r.workspace = $1 and r.conversation = $2::json #>> '{}' and r.state not in ('failed', 'cancelled') order by r.seq desc limit 1`,
)
const templateByName = statement(
  'template_one',
  `select ${templateOf('t')} as row from json_to_record($2::json) as q (channel text, account text, name text, language text)
   cross join lateral (select * from template t where t.workspace = $1 and t.channel = q.channel and t.account = q.account
     and t.name = q.name and t.language = q.language order by t.at desc limit 1) t`,
)
const templatesById = statement(
  'template_by_ids',
  `select x.row from rows from (json_to_recordset($2::json) as (channel text, account text, template text, language text))
     with ordinality as q (channel, account, template, language, n)
   left join lateral (select ${templateOf('t')} as row from template t where t.workspace = $1 and t.channel = q.channel
     and t.account = q.account and t.template = q.template and t.language = q.language limit 1) x on true
   order by q.n`,
)

export const repliesReader = (
  here: Here,
  registry: Pick<RegistryFacts, 'capabilities'>,
): Pick<Reader, 'replies' | 'templates'> => ({
  replies: {
    byId: (ids) => byId(here, replies, ids),
    byExternalId: async (asked) =>
      asked.length === 0 ? [] : (await here.run<{ row: ReplyRow | null }>(byExternalId, asked)).map(({ row }) => row),
    upTo: async (conversation, at) =>
      (await here.run<{ row: ReplyRow }>(upTo, { conversation, at })).map(({ row }) => row),
    underWay: async (conversation) => (await here.run<{ row: ReplyRow }>(underWay, conversation)).map(({ row }) => row),
    mayProve: async (echo) =>
      (await here.run<{ row: ReplyRow }>(mayProve, echo))
        .map(({ row }) => row)
        .filter(
          ({ conversation, kind }) =>
            conversation === echo.conversation || registry.capabilities(echo.channel, kind)?.once !== undefined,
        ),
    last: (conversation) => one<ReplyRow>(here, last, conversation),
  },
  templates: {
    one: (channel, account, name, language) =>
      one<TemplateRow>(here, templateByName, { channel, account, name, language }),
    byIds: async (asked) =>
      asked.length === 0
        ? []
        : (await here.run<{ row: TemplateRow | null }>(templatesById, asked)).map(({ row }) => row),
  },
})
