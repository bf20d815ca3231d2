// Policies: what is promised to whom, and by when (B7, B8). Made, changed, dropped; clocks that run follow at once.
import { Type, type Static } from 'typebox'
import { Condition } from '../../schemas/rule.ts'
import { nullable, oneOf } from '../../schemas/shapes.ts'
import { reopenings, SlaTargets } from '../../schemas/sla.ts'
import { command } from '../ports/command.ts'
import type { SlaPolicyRow } from '../ports/desk-rows.ts'
import { slaPolicyDefault } from '../rules/desk-defaults.ts'
import { channelsAsked, given } from '../rules/desk-names.ts'
import { whyNotAPolicy } from '../rules/sla/check-policy.ts'
import {
  deskFacts,
  dropped,
  idOf,
  merged,
  saved,
  settingsLock,
  version,
  whyLoose,
  whyNotPut,
  whyOddKind,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound, notTheirs } from './refusals.ts'

const id = idOf('policy')
/** What describes a policy, beside its id: what a draft that is tried holds too. */
export const slaPolicyFields = {
  name: Type.Optional(inputs.word('As people call it; it stands in the history of what it promised.')),
  weight: Type.Optional(
    Type.Integer({
      minimum: -1_000_000,
      maximum: 1_000_000,
      description: 'Smaller first; of equals the smaller id. The first that matches holds. 0 when left out.',
    }),
  ),
  isActive: Type.Optional(Type.Boolean({ description: 'false: it is kept, and promises nothing.' })),
  when: Type.Optional(nullable(Condition, 'Whom it is for, in the conditions of rules; null: everybody.')),
  targets: Type.Optional(SlaTargets),
  byPriority: Type.Optional(
    Type.Object(
      {
        urgent: Type.Optional(SlaTargets),
        high: Type.Optional(SlaTargets),
        normal: Type.Optional(SlaTargets),
        low: Type.Optional(SlaTargets),
      },
      { ...inputs.closed, description: 'In place of `targets`; what is left out there is as in `targets`.' },
    ),
  ),
  calendar: Type.Optional(nullable(inputs.word('Whose hours count.'), 'A calendar; null: that of the ticket’s brand.')),
  pauses: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
      maxItems: 50,
      uniqueItems: true,
      description: 'Statuses in which the clocks stand still; `["pending"]` when left out.',
    }),
  ),
  warnAt: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: 99 }), {
      maxItems: 5,
      uniqueItems: true,
      description: 'Percent of the time after which a warning is given; `[80]` when left out.',
    }),
  ),
  reopened: Type.Optional(
    oneOf(reopenings, 'When a resolved ticket comes back, `resolution` goes on with what is over, or begins anew.'),
  ),
}
export const PutSlaPolicyInput = Type.Object(
  { id: Type.Optional(id), version, ...slaPolicyFields },
  { ...inputs.closed, description: 'A policy, made or changed.' },
)
export type PutSlaPolicyInput = Static<typeof PutSlaPolicyInput>
export const DropSlaPolicyInput = Type.Object({ id }, { ...inputs.closed, description: 'A policy that goes.' })
export type DropSlaPolicyInput = Static<typeof DropSlaPolicyInput>

const empty: SlaPolicyRow = { ...slaPolicyDefault, id: '', name: '', targets: {}, version: 0 }

export const putSlaPolicy = command({
  name: 'put-sla-policy',
  input: PutSlaPolicyInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: PutSlaPolicyInput, read) => deskFacts(input, read),
  decide(input: PutSlaPolicyInput, facts, moment, by) {
    const known = facts.desk.rows.slaPolicies.find((it) => it.id === input.id) ?? null
    const refusal = whyNotPut({ what: 'policy', id: input.id ?? null, known, asked: input })
    if (refusal !== null) return refusal
    const base = known ?? { ...empty, id: input.id ?? moment.newId('sla') }
    const policy = merged(base, { ...input, id: base.id, version: base.version + 1 })
    const beyond = notTheirs(by, [known, policy], facts.desk)
    if (beyond !== null) return beyond
    const nowhere =
      whyLoose(facts, given('calendar', 'calendar', [policy.calendar]), channelsAsked(policy.when)) ??
      whyOddKind(policy.when, facts)
    if (nowhere !== null) return nowhere
    const odd = whyNotAPolicy(policy, facts.desk)
    if (odd !== null) return invalid('invalid_policy', odd.field.replaceAll('/', '.'), odd.why)
    const changes = [{ do: 'put-sla-policy', policy, create: known === null }] as const
    return saved({ what: 'policy', id: policy.id, known, input, changes }, { moment, by })
  },
})

export const dropSlaPolicy = command({
  name: 'drop-sla-policy',
  input: DropSlaPolicyInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: DropSlaPolicyInput, read) => deskFacts(input, read),
  decide({ id }: DropSlaPolicyInput, { desk }, moment, by) {
    const policy = desk.rows.slaPolicies.find((it) => it.id === id)
    if (policy === undefined) return notFound('policy')
    return (
      notTheirs(by, [policy], desk) ?? dropped('policy', id, [{ do: 'drop-sla-policy', policy: id }], { moment, by })
    )
  },
})
