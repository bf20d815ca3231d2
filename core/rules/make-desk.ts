// The rows of a desk made ready for use: everything by its id, the rules as a book.
import type { Desk } from '../ports/desk.ts'
import type { ChangeField, RuleEvent } from '../../schemas/rule.ts'
import { lifecycleDefault } from '../../schemas/lifecycle.ts'
import type { DeskRows } from '../ports/desk-rows.ts'
import { systemTopic } from './catalogue.ts'
import { allStatuses } from './statuses.ts'
import { makeAutoReplies } from './auto-reply/book.ts'
import { makeRuleBook } from './match/rule-book.ts'
import { makePolicyBook } from './sla/policies.ts'

const by = <T>(rows: readonly T[], key: (row: T) => string): ReadonlyMap<string, T> =>
  new Map(rows.map((row) => [key(row), row]))

export const makeDesk = (rows: DeskRows): Desk => ({
  rows,
  rules: makeRuleBook(rows),
  autoReplies: makeAutoReplies(rows.autoReplies),
  ruleById: by(rows.rules, ({ id }) => id),
  listensTo: new Set(
    rows.rules
      .filter(({ isActive }) => isActive)
      .flatMap(({ on, fields }): readonly (RuleEvent | ChangeField)[] => (on === 'changed' ? fields : [on])),
  ),
  agents: by(rows.agents, ({ id }) => id),
  groups: by(rows.groups, ({ id }) => id),
  folders: by(rows.folders, ({ id }) => id),
  types: by(
    rows.catalogue.filter(({ what }) => what === 'type'),
    ({ key }) => key,
  ),
  topics: by([systemTopic, ...rows.catalogue.filter(({ what }) => what === 'topic')], ({ key }) => key),
  calendars: by(rows.calendars, ({ id }) => id),
  statuses: by(allStatuses(rows.statuses), ({ key }) => key),
  sla: makePolicyBook(rows.slaPolicies),
  brands: by(rows.brands, ({ id }) => id),
  accounts: by(rows.accounts, ({ channel, id }) => `${channel}/${id}`),
})

export const emptyDesk: DeskRows = {
  version: 0,
  agents: [],
  groups: [],
  folders: [],
  catalogue: [],
  rules: [],
  calendars: [],
  statuses: [],
  lifecycle: lifecycleDefault,
  autoReplyBudgets: null,
  autoReplies: [],
  notifications: [],
  slaPolicies: [],
  brands: [],
  accounts: [],
  requireTopic: false,
}
