// Rules: what should happen to which tickets, when (features 3.5). Made, changed, dropped; a draft is checked whole before it is kept.
import { Type, type Static } from 'typebox'
import { changeFields, Condition, ruleClocks, ruleEvents, RuleThen } from '../../schemas/rule.ts'
import { nullable, oneOf } from '../../schemas/shapes.ts'
import { command, type Refusal } from '../ports/command.ts'
import type { RuleRow } from '../ports/desk-rows.ts'
import { ruleDefault } from '../rules/desk-defaults.ts'
import { channelsAsked, namesOfRule } from '../rules/desk-names.ts'
import { whyNotARule } from '../rules/match/check.ts'
import {
  deskFacts,
  dropped,
  idOf,
  merged,
  names,
  saved,
  settingsLock,
  version,
  whyLoose,
  whyNotPut,
  whyOddKind,
  type DeskFacts,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound, notTheirs } from './refusals.ts'

const id = idOf('rule')
const scope = (of: string) => Type.Optional(nullable(names(of), `${of} null: of all.`))
const after = Type.Object(
  {
    minutes: Type.Integer({ minimum: 1, maximum: 5_256_000, description: 'So long after it.' }),
    since: oneOf(ruleClocks, 'The moment of the ticket that is counted from.'),
  },
  inputs.closed,
)
/** What describes a rule, beside its id: what a draft that is tried holds too. */
export const ruleFields = {
  name: Type.Optional(inputs.word('As people call it; it stands in the history of what the rule did.')),
  weight: Type.Optional(
    Type.Integer({
      minimum: -1_000_000,
      maximum: 1_000_000,
      description: 'Smaller first; of equals the smaller id. 0 when left out.',
    }),
  ),
  isActive: Type.Optional(Type.Boolean({ description: 'false: it is kept, and never asked.' })),
  on: Type.Optional(oneOf(ruleEvents, 'When it is asked; `created` when left out.')),
  fields: Type.Optional(
    Type.Array(oneOf(changeFields), {
      uniqueItems: true,
      maxItems: changeFields.length,
      description: 'Of `changed`: one of these is enough.',
    }),
  ),
  after: Type.Optional(nullable(after, 'Of `time`.')),
  brands: scope('Of these brands.'),
  channels: scope('Of these channels.'),
  accounts: scope('Of these accounts, each `channel/id`.'),
  when: Type.Optional(nullable(Condition, 'What must be so; null: always.')),
  then: Type.Optional(RuleThen),
}
export const PutRuleInput = Type.Object(
  { id: Type.Optional(id), version, ...ruleFields },
  { ...inputs.closed, description: 'A rule, made or changed.' },
)
export type PutRuleInput = Static<typeof PutRuleInput>
export const DropRuleInput = Type.Object({ id }, { ...inputs.closed, description: 'A rule that goes.' })
export type DropRuleInput = Static<typeof DropRuleInput>

const empty: RuleRow = { ...ruleDefault, id: '', name: '', then: {}, version: 0 }

export const putRule = command({
  name: 'put-rule',
  input: PutRuleInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: PutRuleInput, read) => deskFacts(input, read),
  decide(input: PutRuleInput, facts, moment, by) {
    const known = facts.desk.rows.rules.find((it) => it.id === input.id) ?? null
    const refusal = whyNotPut({ what: 'rule', id: input.id ?? null, known, asked: input })
    if (refusal !== null) return refusal
    if (known === null && input.then === undefined)
      return invalid('then_missing', 'then', 'A new rule needs a `then`: what it does.')
    const base = known ?? { ...empty, id: input.id ?? moment.newId('rul') }
    const rule = merged(base, { ...input, id: base.id, version: base.version + 1 })
    const beyond = notTheirs(by, [known, rule], facts.desk)
    if (beyond !== null) return beyond
    const odd = known !== null && saysTheSame(known, rule) ? null : whyNotKept(rule, facts)
    if (odd !== null) return odd
    const changes = [{ do: 'put-rule', rule, create: known === null }] as const
    return saved({ what: 'rule', id: rule.id, known, input, changes }, { moment, by })
  },
})

/** Where only its name, its place or whether it is asked changes, what it says was let in before: a channel of it may be gone since, and it can be switched off all the same. */
const saysTheSame = (known: RuleRow, rule: RuleRow): boolean =>
  said.every((field) => JSON.stringify(known[field]) === JSON.stringify(rule[field]))
const said = ['on', 'fields', 'after', 'brands', 'channels', 'accounts', 'when', 'then'] as const

function whyNotKept(rule: RuleRow, facts: DeskFacts): Refusal | null {
  const channels = (rule.channels ?? []).map((name) => ({ field: 'channels', name }))
  const nowhere =
    whyLoose(facts, namesOfRule(rule), [...channels, ...channelsAsked(rule.when)]) ?? whyOddKind(rule.when, facts)
  if (nowhere !== null) return nowhere
  const odd = whyNotARule(rule, facts.desk)
  return odd === null ? null : invalid('invalid_rule', odd.field.replaceAll('/', '.'), odd.why)
}

export const dropRule = command({
  name: 'drop-rule',
  input: DropRuleInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: DropRuleInput, read) => deskFacts(input, read),
  decide({ id }: DropRuleInput, { desk }, moment, by) {
    const rule = desk.rows.rules.find((it) => it.id === id)
    if (rule === undefined) return notFound('rule')
    return notTheirs(by, [rule], desk) ?? dropped('rule', id, [{ do: 'drop-rule', rule: id }], { moment, by })
  },
})
