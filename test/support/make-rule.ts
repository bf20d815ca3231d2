// A rule as a test needs it: everything that is not said is as if nobody had said it.
import type { RuleRow } from '../../core/ports/desk-rows.ts'
import type { RuleFacts, RuleQuestion } from '../../core/ports/rule-book.ts'

export const ruleRow = (said: Partial<RuleRow> = {}): RuleRow => ({
  id: 'rule',
  name: 'A rule',
  weight: 0,
  isActive: true,
  on: 'created',
  fields: [],
  after: null,
  brands: null,
  channels: null,
  accounts: null,
  when: null,
  then: { priority: 'high' },
  version: 1,
  ...said,
})

export const question = (facts: RuleFacts, said: Partial<RuleQuestion> = {}): RuleQuestion => ({
  on: 'created',
  channel: 'pigeon',
  account: 'main',
  brand: 'shop',
  facts,
  ...said,
})
