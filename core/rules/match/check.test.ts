// Drafts that are no rules, each with where and why; whatever is let in can be asked.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { question, ruleRow } from '../../../test/support/make-rule.ts'
import { seed } from '../../../test/support/seed.ts'
import { conditionFields, operators, type Condition, type Test } from '../../../schemas/rule.ts'
import type { RuleRow } from '../../ports/desk-rows.ts'
import { emptyDesk, makeDesk } from '../make-desk.ts'
import { whyNotARule } from './check.ts'
import { agentRow } from '../../../test/support/desk-given.ts'
import { fieldType } from './fields.ts'
import { makeRuleBook } from './rule-book.ts'

const agent = agentRow('ayse', { name: 'Ayşe' })
const entry = (what: 'type' | 'topic', key: string) => ({
  what,
  key,
  name: key,
  brands: null,
  group: null,
  agent: null,
  version: 1,
})
const desk = makeDesk({
  ...emptyDesk,
  agents: [agent, { ...agent, id: 'gone', name: 'Gül', isActive: false }],
  groups: [{ id: 'refunds', name: 'Refunds', description: null, channels: [], isDefault: false, version: 1 }],
  folders: [{ id: 'complaints', name: 'Complaints', version: 1 }],
  catalogue: [entry('type', 'refund'), entry('topic', 'billing/refund')],
  brands: [{ id: 'shop', name: 'Shop', language: null, timezone: null, calendar: null, version: 1 }],
  accounts: [{ channel: 'pigeon' as never, id: 'main', brand: null, mode: null, autoAfterMinutes: 10 }],
})
const why = (said: Partial<RuleRow>) => whyNotARule(ruleRow(said), desk)
const nested = (deep: number): Condition =>
  deep === 1 ? { field: 'message.text', op: 'is_set' } : { not: nested(deep - 1) }
const test = (field: string, op: string, value?: Test['value']): Condition =>
  ({ field, op, ...(value === undefined ? {} : { value }) }) as Condition

describe('what a rule waits for', () => {
  it.each([
    [{ on: 'changed' }, 'fields', /names the fields it waits for/],
    [
      { on: 'created', fields: ['type'] },
      'fields',
      /asked on created. Leave fields out; of a rule that had some, say "fields": \[\]\./,
    ],
    [{ on: 'time' }, 'after', /how long after what/],
    [
      { on: 'message', after: { minutes: 1, since: 'createdAt' } },
      'after',
      /Leave after out; of a rule that had one, say "after": null\./,
    ],
    [{ on: 'time', after: { minutes: 0, since: 'createdAt' } }, 'after/minutes', /from 1 to/],
    [{ on: 'time', after: { minutes: 1.5, since: 'createdAt' } }, 'after/minutes', /whole number/],
    [{ brands: ['shop', 'shpo'] }, 'brands/1', 'There is no brand "shpo"; did you mean "shop"?'],
    [{ accounts: ['pigeon/mian'] }, 'accounts/0', 'There is no account "pigeon/mian"; did you mean "pigeon/main"?'],
    [{ brands: [] }, 'brands', /of no brands and would never be asked: leave brands out/],
    [{ channels: [] }, 'channels', /of no channels/],
    [{ accounts: [] }, 'accounts', /of no accounts/],
    [{ then: {} }, 'then', /would do nothing/],
    [{ then: { group: 'refund' } }, 'then/group', 'There is no group "refund"; did you mean "refunds"?'],
    [{ then: { agent: 'nobody-at-all' } }, 'then/agent', 'There is no agent "nobody-at-all". There are: ayse, gone.'],
    [{ then: { folders: ['complaints', 'complaint'] } }, 'then/folders/1', /did you mean "complaints"/],
    [{ then: { type: 'refnd' } }, 'then/type', /no type "refnd"; did you mean "refund"/],
    [{ then: { topic: 'refund' } }, 'then/topic', /no topic "refund"/],
    [{ then: { tags: ['vip', ' \n '] } }, 'then/tags/1', /can be seen/],
    [{ then: { tags: ['vip', '\u200b'] } }, 'then/tags/1', /can be seen/],
    [{ on: 'message', then: { status: 'open' } }, 'then/status', /moves its status by itself/],
    [{ then: { status: 'reopened' } }, 'then/status', /just opened is never set to "reopened".*on_hold.*resolved/],
    [{ then: { status: 'new' } }, 'then/status', /just opened is never set to "new"/],
    [{ on: 'changed', fields: ['type'], then: { status: 'new' } }, 'then/status', /Nothing is set to "new"/],
    [{ on: 'message', then: { priority: 'high', agent: 'ada' } }, 'then/priority', /sets no priority, agent: /],
    [{ on: 'message', then: { group: 'money' } }, 'then/group', /sets no group: /],
  ] as const)('D13 D14 D16 B13 is said where it is not right: %j', (said, field, words) => {
    const found = why(said as Partial<RuleRow>)
    expect(found?.field).toBe(field)
    expect(found?.why).toMatch(words)
  })
  it('D13 is let in where it is', () => {
    for (const said of [
      {},
      { on: 'changed', fields: ['type'] },
      { on: 'time', after: { minutes: 60, since: 'lastMessageAt' } },
      { then: { status: 'open' } },
      { then: { status: 'spam' } },
      { on: 'changed', fields: ['status'], then: { status: 'reopened' } },
      { brands: ['shop'], channels: ['pigeon'], accounts: ['pigeon/main'] },
      // What threading puts beside a message may be asked for as well.
      { when: { field: 'message.parts', op: 'has_any', value: ['guest', 'colleague', 'anomaly'] } },
      {
        then: {
          group: 'refunds',
          agent: 'ayse',
          folders: ['complaints'],
          type: 'refund',
          topic: 'billing/refund',
          tags: ['a'],
        },
      },
    ] as readonly Partial<RuleRow>[])
      expect([said, why(said)]).toEqual([said, null])
  })
})

describe('conditions', () => {
  it.each([
    [
      test('message.txt', 'contains', 'a'),
      'when/field',
      'There is no field "message.txt"; did you mean "message.text"?',
    ],
    [test('subject', 'contains', 'a'), 'when/field', /no field "subject"/],
    [test('header.X-Spam', 'is', 'yes'), 'when/field', /did you mean "mail.header.x-spam"/],
    [test('mail.headers.x-spam', 'is', 'yes'), 'when/field', /did you mean "mail.header.x-spam"/],
    [test('mail.header.X-Spam', 'is', 'yes'), 'when/field', /small letters: "mail.header.x-spam"/],
    [test('mail.header.', 'is', 'yes'), 'when/field', /Name the header/],
    [test('__proto__', 'is', 'yes'), 'when/field', /no field/],
    [test('toString', 'is', 'yes'), 'when/field', /no field/],
    [test('message.text', 'has', 'a'), 'when/op', /does not take "has". It takes: contains, /],
    [test('ticket.isFollowUp', 'is', 'true'), 'when/op', /is_true, is_false/],
    [test('message.text', 'contains'), 'when/value', /needs a text/],
    [test('message.text', 'contains', ' \n'), 'when/value', /not empty/],
    [test('message.text', 'contains', 3), 'when/value', /needs a text/],
    [test('message.text', 'contains', ['a']), 'when/value', /needs a text/],
    [test('message.text', 'any_of', 'a'), 'when/value', /needs a list/],
    [test('message.text', 'any_of', []), 'when/value', /at least one/],
    [test('message.text', 'any_of', ['a', ' ']), 'when/value', /one of them is empty/],
    [test('message.text', 'is_set', 'a'), 'when/value', /asks for no value/],
    [test('message.rating', 'above', '3'), 'when/value', /needs a number/],
    [test('message.rating', 'above', Number.NaN), 'when/value', /needs a number/],
    [test('time.clock', 'between', ['9:00', '17:00']), 'when/value', /"9:00" is no time/],
    [test('time.clock', 'between', ['09:00', '24:30']), 'when/value', /"24:30" is no time from 00:00 to 24:00/],
    [test('time.clock', 'between', ['09:00']), 'when/value', /two times/],
    [test('time.clock', 'between', ['09:00', '09:00']), 'when/value', /nothing lies between/],
    [test('message.text', 'matches', '(a'), 'when/value', /no expression that can be searched: missing closing/],
    [test('message.text', 'matches', 'a'.repeat(501)), 'when/value', /at most 500/],
    [test('ticket.status', 'is', 'opened'), 'when/value', /no status "opened"; did you mean "open"/],
    [test('ticket.priority', 'any_of', ['high', 'urgnt']), 'when/value', /did you mean "urgent"/],
    [test('time.weekday', 'is', 'monday'), 'when/value', /no day "monday"/],
    [test('message.parts', 'has', 'loction'), 'when/value', /no kind of part "loction"; did you mean "location"/],
    [
      test('message.parts', 'has_any', ['review', 'xyz']),
      'when/value',
      /no kind of part "xyz". There are: anomaly, answer, /,
    ],
    [test('ticket.group', 'is', 'sales'), 'when/value', /no group "sales"/],
    [test('ticket.language', 'is', 'Turkish'), 'when/value', /"Turkish" is no language.*"tr"/],
    [test('contact.language', 'any_of', ['tr', 'tr_TR']), 'when/value', /"tr_TR" is no language/],
    [{ all: [] }, 'when/all', /no condition in it/],
    [
      { all: [test('message.text', 'is_set'), { any: [{ not: test('x', 'is') }] }] },
      'when/all/1/any/0/not/field',
      /no field "x"/,
    ],
    [nested(11), `when${'/not'.repeat(10)}`, /nested deeper than 10/],
    [
      { all: [1, 2, 3].map(() => ({ any: Array.from({ length: 70 }, () => test('message.text', 'is_set')) })) },
      'when/all/2/any/60',
      /more than 200 conditions/,
    ],
    [
      {
        all: [1, 2, 3].map(() =>
          test(
            'message.text',
            'any_of',
            Array.from({ length: 900 }, () => 'a'),
          ),
        ),
      },
      'when/all/2/value',
      /more than 2000 values/,
    ],
  ] as const)('D15 D71 S15 that cannot be asked are said: %#', (when, field, words) => {
    const found = why({ when: when as Condition })
    expect(found?.field).toBe(field)
    expect(found?.why).toMatch(words)
  })

  it.each([
    [test('mail.header.x-spam-flag', 'is', 'YES')],
    [test('ticket.status', 'is', 'OPEN')],
    [test('ticket.folders', 'matches', '^comp')],
    [test('ticket.type', 'is_set')],
    [test('ticket.language', 'any_of', ['TR', 'pt-BR', 'zh-Hant-TW'])],
    [test('contact.language', 'is_not_set')],
    [test('time.clock', 'not_between', ['22:00', '24:00'])],
    [nested(10)],
    [{ any: [test('message.rating', 'at_most', 2), { not: test('ticket.tags', 'has_all', ['vip', 'İade']) }] }],
  ] as const)('D15 that can be asked are let in: %j', (when) => {
    expect(why({ when: when as Condition })).toBeNull()
  })
})

it(`S15 whatever is sent is refused with a reason, or it can be asked and takes no rule beside it along, seed ${seed}`, () => {
  const odd = fc.constantFrom(
    '__proto__',
    '\u0000',
    '((((',
    '[[:alpha:]]',
    '\\p{L}',
    '(a*)*b',
    'a{1000}',
    ' ',
    '\uD800',
  )
  const word = fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 8 }))
  const value = fc.oneof(
    { weight: 3, arbitrary: word },
    fc.double(),
    fc.array(word, { maxLength: 3 }),
    fc.constant(undefined),
  )
  const field = fc.constantFrom(...Object.keys(conditionFields), 'mail.header.x', '__proto__', 'mail.header.')
  const fitting = field.chain((name) => {
    const type = fieldType(name)
    return fc.tuple(fc.constant(name), fc.constantFrom(...(type === null ? ['is'] : operators[type])), value)
  })
  const leaf = fitting.map(([name, op, found]) => test(name, op, found))
  const when = fc.oneof(
    { weight: 3, arbitrary: leaf },
    fc.array(leaf, { maxLength: 3 }).map((all): Condition => ({ not: { all } })),
  )
  const asked = question({
    'message.text': 'a'.repeat(3_000),
    'ticket.tags': ['((((', '__proto__'],
    'message.rating': 3,
    'time.clock': '09:00',
    'mail.header.x': ['\uD800', ''],
  })
  let letIn = 0
  fc.assert(
    fc.property(when, (draft) => {
      const found = why({ when: draft })
      if (found === null) letIn += 1
      expect(`${found?.field ?? 'when'}: ${found?.why ?? 'nothing.'}`).toMatch(/^when.*[.?]$/s)
      // Also one that a check refused lies in a book some day: it came from elsewhere.
      const rules = [ruleRow({ when: draft }), ruleRow({ id: 'beside' })]
      expect(
        makeRuleBook({ rules })
          .matches(asked)
          .some(({ rule }) => rule.id === 'beside'),
      ).toBe(true)
    }),
    { seed, numRuns: 400 },
  )
  expect(letIn).toBeGreaterThan(20)
})
