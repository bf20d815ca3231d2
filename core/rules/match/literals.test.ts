// What is read off an expression stands in every text it holds for: rules with and without this answer the same.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { question, ruleRow } from '../../../test/support/make-rule.ts'
import { seed } from '../../../test/support/seed.ts'
import { literalsOf } from './literals.ts'
import { compiledPattern, searchedText } from './pattern.ts'
import { makeRuleBook } from './rule-book.ts'

it.each([
  ['order number', [['order number']]],
  ['sipariş(im|ler)? gelmedi', [['sipariş', 'gelmedi']]],
  ['^(?:re|fwd): IADE', [[': iade']]],
  ['refunds?\\b', [['refund']]],
  ['abc{2,3}defg', [['defg', 'ab']]],
  ['abc*', [['ab']]],
  ['abcd+e', [['abcd', 'e']]],
  ['iade|refund', [['iade'], ['refund']]],
  ['iade|.*', null],
  ['(iade|refund)', null],
  ['[a-z]+@shop\\.example', [['@shop.example']]],
  ['[]a]bcd', null],
  ['[[:alpha:]]bcd', null],
  ['\\Qab\\E', null],
  ['\\x41bcd', null],
  ['abc{d', null],
  ['abc(', null],
  ['(?i)İPTAL', [['iptal']]],
  ['caf\u00e9', [['caf']]],
  ['a.b', null],
  ['aa(?i)*?', null],
])('S15 of %s these letters are sure', (source, expected) => {
  expect(literalsOf(source.replace(/[İı]/g, 'i'))).toEqual(expected)
})

// prettier-ignore
const piece = fc.constantFrom(
  'a', 'ab', 'K', 's', 'İ', 'ı', 'ş', 'é', 'e', '\u0301', 'ﬁ', ' ', '  ', '-', '\\.', '\\d', '\\b', '.', '.*', '[ab]', '[^\\d]', '^', '$',
  '(', ')', '(?:', '(?i)', '|', '*', '+', '?', '{2}', '{0,1}', '*?', '{', ']', '1', '\\S', '\\s', '\\x61', '[[:alpha:]]', '(?P<n>', '\\Qab\\E', 'в', 'ſ', 'μ',
)
// prettier-ignore
const letter = fc.constantFrom(
  'a', 'b', 'ab', 'k', 'K', 'K', 's', 'S', 'ſ', 'i', 'I', 'İ', 'ı', 'i\u0307', 'ş', 'Ş', 's\u0327', 'e', '\u0301', 'é', 'ﬁ', ' ', '\u00a0', '\n', '-',
  '.', '1', '1\ufe0f', '²', 'µ', 'ᲀ', '´', 'ａ', '\uff9e', '=', '\u0338', 'ǰ', '{', ']',
)

it(`S15 P14 an expression holds for no text without its letters, and rules answer as if each expression were asked (seed ${seed})`, () => {
  let [read, held] = [0, 0]
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 6 }).map((it) => it.join('')),
      fc.array(
        fc.array(letter, { maxLength: 12 }).map((it) => it.join('')),
        { minLength: 1, maxLength: 6 },
      ),
      (source, texts) => {
        const made = compiledPattern(source)
        if ('why' in made) return
        const is = { field: 'message.text', op: 'matches', value: source } as const
        const book = makeRuleBook({
          rules: [ruleRow({ id: 'is', when: is }), ruleRow({ id: 'not', when: { not: is } })],
        })
        read += literalsOf(source) === null ? 0 : 1
        for (const text of [...texts, source]) {
          const holds = text !== '' && made.pattern.holds(searchedText(text))
          held += holds ? 1 : 0
          const found = book.matches(question({ 'message.text': text })).map(({ rule }) => rule.id)
          expect([source, text, found]).toEqual([source, text, [holds ? 'is' : 'not']])
        }
      },
    ),
    { seed, numRuns: 3_000 },
  )
  expect(Math.min(read, held)).toBeGreaterThan(100)
})
