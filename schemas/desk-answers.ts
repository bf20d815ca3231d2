// What the API answers of people, groups, folders, types, topics, rules, calendars and promises.
import Type, { type Static } from 'typebox'
import { presences, roles } from './agent.ts'
import { autoReplyHours, autoReplyKinds, AutoReplyText } from './auto-reply.ts'
import { MatchedTest } from './because.ts'
import { Exceptions, Holidays, Weekly } from './calendar.ts'
import { noticeKinds } from './notification.ts'
import { changeFields, Condition, ruleClocks, ruleEvents, RuleThen } from './rule.ts'
import { FollowUp } from './lifecycle.ts'
import { instant, nullable, oneOf, record, text } from './shapes.ts'
import { categories } from './ticket.ts'
import { reopenings, SlaTargets } from './sla.ts'

const version = Type.Integer({ minimum: 1, description: 'Rises with every change; a change must name it.' })
const names = (description: string) => nullable(Type.Array(Type.String()), `${description} null: all.`)

export const AgentAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  email: Type.String(),
  role: oneOf(roles),
  isActive: Type.Boolean(),
  /** Not secret, and what an administrator asks first. */
  hasPassword: Type.Boolean({ description: 'false: invited, and has not come yet.' }),
  brands: names('Brands they may see.'),
  channels: names('Channels they may see.'),
  languages: Type.Array(Type.String()),
  groups: Type.Array(Type.String()),
  capacity: record(Type.Integer({ minimum: 0 }), 'The most tickets at once, by channel; `*` for every other one.'),
  rate: nullable(
    Type.Object({ max: Type.Integer({ minimum: 1 }), minutes: Type.Integer({ minimum: 1 }) }),
    'No more assignments by the machine than `max` in `minutes`.',
  ),
  presence: oneOf(presences),
  presenceSince: instant,
  version,
})
export type AgentAnswer = Static<typeof AgentAnswer>
export const GroupAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: nullable(Type.String()),
  agents: Type.Array(Type.String()),
  channels: Type.Array(Type.String(), { description: 'Whose tickets it gets first, when it is a default group.' }),
  isDefault: Type.Boolean(),
  followUp: nullable(FollowUp, 'null: as it is set for brand and account.'),
  version,
})
export type GroupAnswer = Static<typeof GroupAnswer>
export const FolderAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  tickets: Type.Integer({ minimum: 0, description: 'In it, and not done.' }),
  version,
})
export type FolderAnswer = Static<typeof FolderAnswer>
const entry = {
  key: text('A word or a path: `billing/refund`.'),
  name: Type.String(),
  brands: names('Of these brands.'),
}
export const TypeAnswer = Type.Object({
  ...entry,
  group: nullable(text('Whose its tickets are.')),
  agent: nullable(Type.String()),
  version,
})
export type TypeAnswer = Static<typeof TypeAnswer>
export const TopicAnswer = Type.Object({
  ...entry,
  isSystem: Type.Boolean({ description: 'true: given by automatic replies; it is always there and does not change.' }),
  version,
})
export type TopicAnswer = Static<typeof TopicAnswer>
export const StatusAnswer = Type.Object({
  key: text('What filters and rules name it by.'),
  name: Type.String(),
  category: oneOf(categories, 'What becomes of a ticket that has it; it never changes.'),
  labels: record(Type.String(), 'By language: `tr`, `en`; `name` where there is none.'),
  isBuiltIn: Type.Boolean({ description: 'true: it can be given other names, and does not go.' }),
  version,
})
export type StatusAnswer = Static<typeof StatusAnswer>
export const TagAnswer = Type.Object({
  tag: text('As it was last written; İ, I, ı and i are the same letter.'),
  tickets: Type.Integer({ minimum: 1, description: 'How many of those looked at have it.' }),
  lastUsedAt: instant,
})
export type TagAnswer = Static<typeof TagAnswer>
export const RuleAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  weight: Type.Integer({ description: 'Smaller first; of equals the smaller id.' }),
  isActive: Type.Boolean(),
  on: oneOf(ruleEvents),
  fields: Type.Array(oneOf(changeFields), { description: 'Of `changed`: one of these is enough.' }),
  after: nullable(Type.Object({ minutes: Type.Integer({ minimum: 1 }), since: oneOf(ruleClocks) }), 'Of `time`.'),
  brands: names('Of these brands.'),
  channels: names('Of these channels.'),
  accounts: nullable(Type.Array(Type.String()), 'Each `channel/id`. null: all.'),
  when: nullable(Condition, 'null: always.'),
  then: RuleThen,
  version,
})
export type RuleAnswer = Static<typeof RuleAnswer>
export const CalendarAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  timezone: text('IANA.'),
  weekly: Weekly,
  holidays: Holidays,
  exceptions: Exceptions,
  version,
})
export type CalendarAnswer = Static<typeof CalendarAnswer>
export const SlaPolicyAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  weight: Type.Integer({ description: 'Smaller first; the first that matches holds.' }),
  isActive: Type.Boolean(),
  when: nullable(Condition, 'null: everybody.'),
  targets: SlaTargets,
  byPriority: record(SlaTargets, 'By priority, in place of `targets`.'),
  calendar: nullable(text('Whose hours count; null: those of the ticket’s brand.')),
  pauses: Type.Array(Type.String()),
  warnAt: Type.Array(Type.Integer()),
  reopened: oneOf(reopenings),
  version,
})
export type SlaPolicyAnswer = Static<typeof SlaPolicyAnswer>

const value = Type.Union([Type.String(), Type.Array(Type.String()), Type.Null()])
/** A ticket that a draft matches, and what the draft would do to it. */
export const TriedTicketAnswer = Type.Object({
  ticket: text('tkt_…'),
  number: Type.Integer({ minimum: 1 }),
  subject: nullable(Type.String()),
  createdAt: instant,
  tests: Type.Array(MatchedTest, { description: 'Why it matches: the conditions that held, and what was found.' }),
  changes: Type.Array(Type.Object({ field: Type.String(), from: value, to: value }), {
    description: 'What would be set, against what is there today. Empty: it matches, and all is so already.',
  }),
  overruled: Type.Array(Type.Object({ field: Type.String(), rule: Type.String(), name: Type.String() }), {
    description:
      'What a rule in force decides instead: of single values the first one that says something, and whose it is by the narrower one.',
  }),
})
export type TriedTicketAnswer = Static<typeof TriedTicketAnswer>

export const AutoReplyAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  weight: Type.Integer({ description: 'Smaller first; of equals the smaller id.' }),
  isActive: Type.Boolean(),
  kind: oneOf(autoReplyKinds),
  hours: oneOf(autoReplyHours),
  calendar: nullable(text('Whose hours; null: those of the ticket’s brand.')),
  brands: names('Of these brands.'),
  channels: names('Of these channels.'),
  accounts: nullable(Type.Array(Type.String()), 'Each `channel/id`. null: all.'),
  when: nullable(Condition, 'null: always.'),
  texts: record(AutoReplyText, 'By language.'),
  resolve: Type.Boolean(),
  version,
})
export type AutoReplyAnswer = Static<typeof AutoReplyAnswer>
export const NotificationAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  isActive: Type.Boolean(),
  on: Type.Array(oneOf(noticeKinds)),
  agents: nullable(Type.Array(Type.String()), 'Of those it concerns, only these. null: all of them.'),
  except: Type.Array(Type.String()),
  brands: names('Of tickets of these brands.'),
  channels: names('Of tickets of these channels.'),
  account: text('What it is sent from: `channel/id`.'),
  version,
})
export type NotificationAnswer = Static<typeof NotificationAnswer>
