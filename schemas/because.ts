// Why a machine did it: which rule, which conditions, which values (features 3.5).
import Type, { type Static } from 'typebox'
import { nullable, oneOf, text } from './shapes.ts'

/** One leaf that held, with what was found. */
export const MatchedTest = Type.Object({
  field: Type.String(),
  op: Type.String(),
  value: Type.Optional(Type.Unknown()),
  found: Type.Unknown({ description: 'What the ticket had there; long words are shortened.' }),
})
export type MatchedTest = Static<typeof MatchedTest>
/** Why something was done without a person: which rule, which conditions, which values. */
export const Because = Type.Object({
  rule: nullable(text('Its id; null: no rule, but what `by` names.')),
  by: oneOf([
    'rule',
    'type',
    'language',
    'default_group',
    'queue',
    'presence',
    'detected',
    'contact',
    'default',
    'auto_reply',
    'policy',
  ]),
  name: nullable(text('What the rule, group or type is called.')),
  tests: Type.Array(MatchedTest),
  after: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'The rules whose effects it answered, the first one first: none of them is asked again, and three are the most (P14).',
    }),
  ),
})
export type Because = Static<typeof Because>
