// One resource as the API gives it, inside whatever transaction asks: a command's own, or a reading one.
import type { Shown } from '../../../core/ports/command.ts'
import type { Answers } from '../../../core/ports/queries.ts'
import type {
  AgentAnswer,
  CalendarAnswer,
  AutoReplyAnswer,
  FolderAnswer,
  GroupAnswer,
  NotificationAnswer,
  RuleAnswer,
  StatusAnswer,
  SlaPolicyAnswer,
  TopicAnswer,
  TypeAnswer,
} from '../../../schemas/desk-answers.ts'
import type { BrandAnswer, ContactAnswer, KeyAnswer, WorkspaceAnswer } from '../../../schemas/answers.ts'
import {
  accountAnswer,
  attachmentAnswer,
  messageAnswer,
  replyAnswer,
  ticketAnswer,
  type AccountRead,
  type AttachmentRead,
  type MessageRead,
  type ReplyRead,
  type ShapeDeps,
  type TicketRead,
} from '../shapes.ts'
import { statement, type Here, type Statement } from '../statement.ts'
import {
  agentFrom,
  agentSelect,
  calendarSelect,
  folderSelect,
  groupSelect,
  autoReplySelect,
  notificationSelect,
  ruleSelect,
  statusFrom,
  statusSelect,
  slaPolicySelect,
  topicFrom,
  topicSelect,
  typeSelect,
} from './desk-selects.ts'
import { ticketFrom, ticketSelect } from './tickets.ts'

const named = `($2::json ->> 'id')`
const oneOf = (name: string, text: string): Statement => statement(`one-${name}`, text)

export const replySelect = `r.*, (select coalesce(json_agg(json_build_object('n', a.n, 'at', instant(a.at), 'outcome', a.outcome, 'why', a.why)
    order by a.n), '[]') from reply_attempt a where a.workspace = r.workspace and a.reply = r.id) as attempts`
export const contactSelect = `c.id, c.name, c.address, c.language, c.stops, c.is_blocked as "isBlocked", c.version, c.created_at as "createdAt", c.updated_at as "updatedAt",
  array(select k.key from contact_key k where k.workspace = c.workspace and k.contact = c.id order by k.key) as keys`
export const brandSelect = `b.id, b.name, b.language, b.timezone, b.calendar, b.lifecycle, b.auto_reply_budgets as "autoReplyBudgets", b.version`
export const keySelect = `k.id, k.name, k.prefix, k.scopes, k.created_at as "createdAt", k.expires_at as "expiresAt",
  k.revoked_at as "revokedAt", k.last_used_at as "lastUsedAt"`

const statements = {
  ticket: oneOf('ticket', `select ${ticketSelect} from ${ticketFrom} where t.workspace = $1 and t.id = ${named}`),
  message: oneOf('message', `select m.* from message m where m.workspace = $1 and m.id = ${named}`),
  reply: oneOf('reply', `select ${replySelect} from reply r where r.workspace = $1 and r.id = ${named}`),
  // The id of a merged contact leads to the one that stays, however often it was merged on.
  contact: oneOf(
    'contact',
    `with recursive led (id, merged_into) as (
       select id, merged_into from contact where workspace = $1 and id = ${named}
       union select n.id, n.merged_into from led join contact n on n.workspace = $1 and n.id = led.merged_into)
     select ${contactSelect} from led join contact c on c.workspace = $1 and c.id = led.id where led.merged_into is null`,
  ),
  brand: oneOf('brand', `select ${brandSelect} from brand b where b.workspace = $1 and b.id = ${named}`),
  account: oneOf(
    'account',
    `select a.* from account a where a.workspace = $1 and a.channel = split_part(${named}, '/', 1) and a.id = split_part(${named}, '/', 2)`,
  ),
  workspace: oneOf(
    'workspace',
    `select workspace as id, name, on_reply as "onReply", follow_up_days as "followUpDays", close_days as "closeDays", require_topic as "requireTopic",
       auto_reply_budgets as "autoReplyBudgets", version
     from workspace where workspace = $1 and workspace = ${named}`,
  ),
  key: oneOf('key', `select ${keySelect} from api_key k where k.workspace = $1 and k.id = ${named}`),
  agent: oneOf('agent', `select ${agentSelect} from ${agentFrom} where a.workspace = $1 and a.id = ${named}`),
  group: oneOf('group', `select ${groupSelect} from team g where g.workspace = $1 and g.id = ${named}`),
  folder: oneOf('folder', `select ${folderSelect} from folder f where f.workspace = $1 and f.id = ${named}`),
  type: oneOf(
    'type',
    `select ${typeSelect} from catalogue c where c.workspace = $1 and c.what = 'type' and c.key = ${named}`,
  ),
  topic: oneOf('topic', `select ${topicSelect} from ${topicFrom} where c.workspace = $1 and c.key = ${named}`),
  status: oneOf('status', `select ${statusSelect} from ${statusFrom} where s.workspace = $1 and s.key = ${named}`),
  rule: oneOf('rule', `select ${ruleSelect} from rule r where r.workspace = $1 and r.id = ${named}`),
  calendar: oneOf('calendar', `select ${calendarSelect} from calendar k where k.workspace = $1 and k.id = ${named}`),
  'auto-reply': oneOf(
    'auto-reply',
    `select ${autoReplySelect} from auto_reply r where r.workspace = $1 and r.id = ${named}`,
  ),
  notification: oneOf(
    'notification',
    `select ${notificationSelect} from notification n where n.workspace = $1 and n.id = ${named}`,
  ),
  policy: oneOf('policy', `select ${slaPolicySelect} from sla_policy p where p.workspace = $1 and p.id = ${named}`),
  attachment: oneOf('attachment', `select a.* from attachment a where a.workspace = $1 and a.id = ${named}`),
} as const satisfies Record<Shown, Statement>

const filesOf = statement(
  'files-of-messages',
  `select a.id, a.message, a.name, a.type, a.size, a.sha256, a.state, a.blob
   from json_array_elements_text($2::json -> 'messages') as q (message)
   cross join lateral (select * from attachment f where f.workspace = $1 and f.message = q.message) a order by a.message, a.n`,
)
/** One statement for the files of a page of messages. */
export async function withFiles(rows: readonly MessageRead[], here: Here) {
  const files = rows.length === 0 ? [] : await here.run<AttachmentRead>(filesOf, { messages: rows.map((it) => it.id) })
  return rows.map((row) =>
    messageAnswer(
      row,
      files.filter((file) => file.message === row.id),
    ),
  )
}

type Show<W extends Shown> = (row: unknown, here: Here, deps: ShapeDeps) => Answers[W] | Promise<Answers[W]>
const shows: { readonly [W in Shown]: Show<W> } = {
  ticket: (row, here, deps) => ticketAnswer(row as TicketRead, here.now, deps),
  message: async (row, here) => (await withFiles([row as MessageRead], here))[0]!,
  reply: (row) => replyAnswer(row as ReplyRead),
  contact: (row) => row as ContactAnswer,
  brand: (row) => row as BrandAnswer,
  account: (row) => accountAnswer(row as AccountRead),
  workspace: (row) => row as WorkspaceAnswer,
  key: (row) => row as KeyAnswer,
  agent: (row) => row as AgentAnswer,
  group: (row) => row as GroupAnswer,
  folder: (row) => row as FolderAnswer,
  type: (row) => row as TypeAnswer,
  topic: (row) => row as TopicAnswer,
  status: (row) => row as StatusAnswer,
  rule: (row) => row as RuleAnswer,
  calendar: (row) => row as CalendarAnswer,
  'auto-reply': (row) => row as AutoReplyAnswer,
  notification: (row) => row as NotificationAnswer,
  policy: (row) => row as SlaPolicyAnswer,
  attachment: (row) => attachmentAnswer(row as AttachmentRead),
}

/** What is asked for, by its id; an account is named `channel/id`. */
export interface Wanted<W extends Shown> {
  readonly what: W
  readonly id: string
}
/** Null: not here. */
export async function showOne<W extends Shown>(
  { what, id }: Wanted<W>,
  here: Here,
  deps: ShapeDeps,
): Promise<Answers[W] | null> {
  const [row] = await here.run(statements[what], { id })
  return row === undefined ? null : (shows[what](row, here, deps) as Promise<Answers[W]>)
}
