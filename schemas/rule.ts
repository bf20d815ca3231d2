// Rules: what an administrator says should happen to a ticket, when; and what is told of one that did (features 3.5, D13 to D16, B3, B13).
import Type, { type Static } from 'typebox'
import { priorities } from './ticket.ts'
import { oneOf } from './shapes.ts'

/** What a condition may look at. `mail.header.<name>` looks at one header of a mail, in lower case. */
export const conditionFields = {
  'message.text': 'words',
  'message.subject': 'words',
  'message.from': 'words',
  'message.fromName': 'words',
  'message.to': 'list',
  'message.cc': 'list',
  'message.kind': 'word',
  'message.automatic': 'word',
  'message.attachments': 'number',
  'message.attachmentTypes': 'list',
  'message.rating': 'number',
  'message.parts': 'list',
  'ticket.channel': 'word',
  'ticket.account': 'word',
  'ticket.brand': 'word',
  'ticket.subject': 'words',
  'ticket.status': 'word',
  'ticket.statusCategory': 'word',
  'ticket.priority': 'word',
  'ticket.type': 'word',
  'ticket.topic': 'word',
  'ticket.tags': 'list',
  'ticket.folders': 'list',
  'ticket.language': 'word',
  'ticket.assignee': 'word',
  'ticket.group': 'word',
  'ticket.origin': 'word',
  'ticket.isFollowUp': 'flag',
  'ticket.messageCount': 'number',
  'contact.name': 'words',
  'contact.address': 'words',
  'contact.language': 'word',
  /** Of the message, by the clock of the ticket's brand: `HH:MM`, 0 to 24. */
  'time.clock': 'clock',
  /** `mon` … `sun`. */
  'time.weekday': 'word',
} as const satisfies Record<string, 'words' | 'word' | 'list' | 'number' | 'flag' | 'clock'>
export type FieldType = 'words' | 'word' | 'list' | 'number' | 'flag' | 'clock'
export const headerField = 'mail.header.'

/** Which operators a field of a type takes. `matches`: a regular expression that runs in linear time (S15). */
export const operators = {
  words: [
    'contains',
    'not_contains',
    'is',
    'is_not',
    'starts_with',
    'ends_with',
    'any_of',
    'matches',
    'is_set',
    'is_not_set',
  ],
  word: ['is', 'is_not', 'any_of', 'none_of', 'is_set', 'is_not_set'],
  list: ['has', 'has_not', 'has_any', 'has_all', 'matches', 'is_set', 'is_not_set'],
  number: ['equals', 'above', 'below', 'at_least', 'at_most', 'is_set', 'is_not_set'],
  flag: ['is_true', 'is_false'],
  clock: ['between', 'not_between'],
} as const satisfies Record<FieldType, readonly string[]>
export type Operator = (typeof operators)[FieldType][number]
export const everyOperator = [...new Set(Object.values(operators).flat())] as readonly Operator[]

/** One leaf of the tree. Words are compared without case, and so that İ, I, ı and i are one letter. */
export interface Test {
  readonly field: string
  readonly op: Operator
  /** Left out by `is_set`, `is_true` …; a list for `any_of`, `has_any`, and `['09:00', '17:30']` for `between`. */
  readonly value?: string | number | readonly string[]
}
export type Condition =
  { readonly all: readonly Condition[] } | { readonly any: readonly Condition[] } | { readonly not: Condition } | Test

/** The shape alone, of bounded size; that fields, operators and values fit is said by `core/rules/match`, with a sentence. */
export const Condition = Type.Unsafe<Condition>(
  Type.Cyclic(
    {
      Condition: Type.Union([
        Type.Object({ all: Type.Array(Type.Ref('Condition'), { maxItems: 100 }) }, { additionalProperties: false }),
        Type.Object({ any: Type.Array(Type.Ref('Condition'), { maxItems: 100 }) }, { additionalProperties: false }),
        Type.Object({ not: Type.Ref('Condition') }, { additionalProperties: false }),
        Type.Object(
          {
            field: Type.String({ minLength: 1, maxLength: 200 }),
            op: Type.Enum([...everyOperator]),
            value: Type.Optional(
              Type.Union([
                Type.String({ maxLength: 2000 }),
                Type.Number(),
                Type.Array(Type.String({ maxLength: 2000 }), { maxItems: 1000 }),
              ]),
            ),
          },
          { additionalProperties: false },
        ),
      ]),
    },
    'Condition',
  ),
)

/**
 * When a rule is asked. `created`: a ticket was opened. `message`: the customer wrote on a ticket that was there. `changed`: one of the
 * named fields changed. `time`: so long after a moment of the ticket (B13).
 */
export const ruleEvents = ['created', 'message', 'changed', 'time'] as const
export type RuleEvent = (typeof ruleEvents)[number]
export const changeFields = ['status', 'priority', 'type', 'topic', 'tags', 'language', 'assignee', 'group'] as const
export type ChangeField = (typeof changeFields)[number]
export const ruleClocks = ['createdAt', 'lastMessageAt', 'lastCustomerMessageAt', 'resolvedAt'] as const

/** What a rule does. Of single values the first rule that matches decides each; tags and folders of all that match add up. */
export const ruleThen = {
  priority: Type.Optional(oneOf(priorities, 'How urgent.')),
  type: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'The key of a type.' })),
  topic: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'The key of a topic.' })),
  language: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$', description: 'BCP 47.' })),
  status: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 63,
      description: 'The key of a status. Only when the rule opens or wakes the ticket, not on a message.',
    }),
  ),
  tags: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { minItems: 1, maxItems: 20, description: 'Added.' }),
  ),
  folders: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 63 }), { minItems: 1, maxItems: 20, description: 'Ids.' }),
  ),
  group: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'The group whose it is.' })),
  agent: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'The agent whose it is.' })),
}
export const RuleThen = Type.Object(ruleThen, { additionalProperties: false, minProperties: 1 })
export type RuleThen = Static<typeof RuleThen>
export type RuleTarget = keyof RuleThen
