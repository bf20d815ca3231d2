// Automatic replies made ready: their scopes and conditions are those of rules, so a book of rules answers which of them may fit.
import type { AutoReplies, AutoReplyRow } from '../../ports/auto-reply-rows.ts'
import type { RuleRow } from '../../ports/desk-rows.ts'
import { ruleDefault } from '../desk-defaults.ts'
import { makeRuleBook } from '../match/rule-book.ts'

export const asRule = ({ id, name, weight, isActive, brands, channels, accounts, when }: AutoReplyRow): RuleRow => ({
  ...ruleDefault,
  id,
  name,
  weight,
  isActive,
  brands,
  channels,
  accounts,
  when,
  then: {},
  version: 1,
})

export const makeAutoReplies = (rows: readonly AutoReplyRow[]): AutoReplies => ({
  rows: new Map(rows.map((row) => [row.id, row])),
  kinds: new Set(rows.filter(({ isActive }) => isActive).map(({ kind }) => kind)),
  book: makeRuleBook({ rules: rows.map(asRule) }),
})
