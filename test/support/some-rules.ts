// Rules and facts out of few letters and few words, so that they often meet: for properties.
import * as fc from 'fast-check'
import type { RuleRow } from '../../core/ports/desk-rows.ts'
import type { RuleQuestion } from '../../core/ports/rule-book.ts'
import { changeFields, ruleEvents, type Condition, type Test } from '../../schemas/rule.ts'
import { question, ruleRow } from './make-rule.ts'

const letter = fc.constantFrom(
  'a',
  'B',
  'i',
  'I',
  'İ',
  'ı',
  'ş',
  'Ş',
  's',
  'é',
  'E',
  'e',
  'ß',
  ' ',
  '\n',
  '1',
  '😀',
  '订',
)
const asked = fc.string({ unit: letter, minLength: 1, maxLength: 6 }).filter((it) => it.trim() !== '')
const text = fc.string({ unit: letter, maxLength: 60 })
const word = fc.constantFrom('one', 'ONE', 'two', 'iki', 'IKI', 'en', 'en-GB', 'tr')
const expression = fc.constantFrom('a', 'a+b', '^i', 'ş$', '[aİ]b', '(?:1|s)e', 'e.{0,3}a', '\\d', 'B\\s', '[^aei]')
const clock = fc.constantFrom('00:00', '08:59', '09:00', '12:30', '17:30', '23:59')

const test = (fields: readonly string[], ops: readonly string[], value: fc.Arbitrary<Test['value']>) =>
  fc.record({ field: fc.constantFrom(...fields), op: fc.constantFrom(...(ops as Test['op'][])), value })
const unasked = (fields: readonly string[], ops: readonly string[]) =>
  fc.record({ field: fc.constantFrom(...fields), op: fc.constantFrom(...(ops as Test['op'][])) })

const words = ['message.text', 'ticket.subject', 'mail.header.x-a'] as const
const names = ['ticket.type', 'ticket.language'] as const
const lists = ['ticket.tags', 'message.to'] as const
const leaf = fc.oneof(
  {
    weight: 4,
    arbitrary: test(words, ['contains', 'not_contains', 'is', 'is_not', 'starts_with', 'ends_with'], asked),
  },
  test(words, ['any_of'], fc.array(asked, { maxLength: 3 })),
  test([...words, ...lists], ['matches'], expression),
  { weight: 2, arbitrary: test(names, ['is', 'is_not'], word) },
  test(names, ['any_of', 'none_of'], fc.array(word, { maxLength: 3 })),
  test(lists, ['has', 'has_not'], word),
  test(lists, ['has_any', 'has_all'], fc.array(word, { maxLength: 3 })),
  test(['message.rating'], ['equals', 'above', 'below', 'at_least', 'at_most'], fc.integer({ min: 0, max: 4 })),
  test(
    ['time.clock'],
    ['between', 'not_between'],
    fc.tuple(clock, clock).filter(([from, to]) => from !== to),
  ),
  unasked(['ticket.isFollowUp'], ['is_true', 'is_false']),
  unasked([...words, ...names, ...lists, 'message.rating'], ['is_set', 'is_not_set']),
) as fc.Arbitrary<Test>

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 3, arbitrary: leaf },
    { weight: 2, arbitrary: fc.record({ all: fc.array(tie('condition'), { maxLength: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ any: fc.array(tie('condition'), { maxLength: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ not: tie('condition') }) },
  ),
}))

const some = (...all: readonly string[]) => fc.option(fc.subarray([...all]), { freq: 2 })

export const someRule: fc.Arbitrary<RuleRow> = fc
  .record({
    weight: fc.integer({ min: -1, max: 1 }),
    isActive: fc.constantFrom(true, true, true, false),
    on: fc.constantFrom(...ruleEvents, 'created' as const, 'created' as const),
    fields: fc.subarray([...changeFields]),
    brands: some('shop', 'other'),
    channels: some('pigeon', 'dove'),
    accounts: some('pigeon/main', 'pigeon/second', 'dove/main'),
    when: fc.option(condition, { freq: 9 }),
  })
  .map((said) => ruleRow(said))

export const someFacts: fc.Arbitrary<RuleQuestion> = fc
  .record({
    on: fc.constantFrom(
      'created' as const,
      'created' as const,
      'message' as const,
      'changed' as const,
      'time' as const,
    ),
    rule: fc.constantFrom('r0', 'r1', 'r2'),
    fields: fc.subarray([...changeFields]),
    channel: fc.constantFrom('pigeon', 'pigeon', 'dove', null),
    account: fc.constantFrom('main', 'main', 'second'),
    brand: fc.constantFrom('shop', 'shop', 'other', null),
    facts: fc.record(
      {
        'message.text': fc.option(text),
        'ticket.subject': fc.option(text),
        'mail.header.x-a': fc.oneof(text, fc.array(text, { maxLength: 3 })),
        'ticket.type': fc.option(word),
        'ticket.language': fc.option(word),
        'ticket.tags': fc.array(word, { maxLength: 4 }),
        'message.to': fc.array(word, { maxLength: 3 }),
        'message.rating': fc.option(fc.integer({ min: 0, max: 4 })),
        'time.clock': fc.option(clock),
        'ticket.isFollowUp': fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ facts, ...said }) => question(facts, said))
