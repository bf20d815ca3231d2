// The book answers as if each rule were asked by itself in its order, whatever the order it was written down in; and says why.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { question, ruleRow } from '../../../test/support/make-rule.ts'
import { naive } from '../../../test/support/naive-rules.ts'
import { someFacts, someRule } from '../../../test/support/some-rules.ts'
import { seed } from '../../../test/support/seed.ts'
import type { RuleRow } from '../../ports/desk-rows.ts'
import { makeRuleBook } from './rule-book.ts'

const book = (...rules: readonly RuleRow[]) => makeRuleBook({ rules })
const idsOf = (found: readonly { readonly rule: RuleRow }[]) => found.map(({ rule }) => rule.id)

describe(`a book of rules, seed ${seed}`, () => {
  it('P14 finds those that match when each is asked by itself, in their order', () => {
    fc.assert(
      fc.property(fc.array(someRule, { maxLength: 40 }), someFacts, (drafts, asked) => {
        const rules = drafts.map((it, n) => ({ ...it, id: `r${n}` }))
        expect(idsOf(book(...rules).matches(asked))).toEqual(idsOf(naive.matches(rules, asked)))
      }),
      { seed, numRuns: 600 },
    )
  })

  it('P14 answers the same whatever the order rules are written down in, by weight and then by id', () => {
    fc.assert(
      fc.property(
        fc.array(someRule, { minLength: 2, maxLength: 12 }).chain((drafts) => {
          const rules = drafts.map((it, n) => ({ ...it, id: `r${n}`, weight: n % 3 }))
          return fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: rules.length }), someFacts)
        }),
        ([rules, shuffled, asked]) => {
          expect(book(...shuffled).matches(asked)).toEqual(book(...rules).matches(asked))
        },
      ),
      { seed, numRuns: 150 },
    )
    const [b, a, first] = [ruleRow({ id: 'b' }), ruleRow({ id: 'a' }), ruleRow({ id: 'z', weight: -1 })]
    expect(idsOf(book(b, a, first).matches(question({})))).toEqual(['z', 'a', 'b'])
  })

  it('P14 names leaves that held, and enough of them', () => {
    fc.assert(
      fc.property(someRule, someFacts, (rule, asked) => {
        for (const { tests } of book(rule).matches(asked)) {
          expect(tests.filter((it) => !naive.saidHolds(it, asked.facts))).toEqual([])
          expect(naive.areEnough(rule.when, tests)).toBe(true)
        }
      }),
      { seed, numRuns: 600 },
    )
  })
})

describe('which rules are asked', () => {
  const all = question({ 'ticket.subject': 'My subscriptions', 'contact.name': 'John Doe' })
  const example = {
    all: [
      { field: 'ticket.subject', op: 'contains', value: 'subscriptions' },
      { field: 'contact.name', op: 'is', value: 'John Doe' },
    ],
  } as const

  it('D15 all of the conditions, any of them, and only on the rule’s channel', () => {
    const asked = (subject: string, channel = 'pigeon') =>
      question({ 'ticket.subject': subject, 'contact.name': 'JOHN  doe' }, { channel })
    const rules = book(
      ruleRow({ id: 'all', channels: ['pigeon'], when: example }),
      ruleRow({ id: 'any', channels: ['pigeon'], when: { any: example.all } }),
    )
    expect(idsOf(rules.matches(asked('About SUBSCRIPTIONS of mine')))).toEqual(['all', 'any'])
    expect(idsOf(rules.matches(asked('About an order')))).toEqual(['any'])
    expect(idsOf(rules.matches(asked('subscriptions', 'dove')))).toEqual([])
  })

  it('D13 one that is not active never, one of another brand, channel or account neither', () => {
    const of = (said: Partial<RuleRow>) => idsOf(book(ruleRow({ id: 'r', when: example, ...said })).matches(all)).length
    expect([of({}), of({ isActive: false })]).toEqual([1, 0])
    expect([of({ brands: ['shop'] }), of({ brands: ['other'] }), of({ brands: [] })]).toEqual([1, 0, 0])
    expect([of({ channels: ['dove', 'pigeon'] }), of({ channels: ['dove'] })]).toEqual([1, 0])
    expect([of({ accounts: ['pigeon/main'] }), of({ accounts: ['pigeon/second'] })]).toEqual([1, 0])
    expect(idsOf(book(ruleRow({ brands: ['shop'] })).matches({ ...all, brand: null }))).toEqual([])
  })

  it('D27 D44 a language that is named by its first subtag alone holds for all of its regions, one with its region for that', () => {
    const asks = (id: string, op: 'is' | 'is_not' | 'any_of' | 'none_of', value: string | readonly string[]) =>
      ruleRow({ id, when: { field: 'ticket.language', op, value } })
    // Enough of others that the book is searched by its index.
    const others = Array.from({ length: 60 }, (_, n) => asks(`x${n}`, 'is', `q${String.fromCharCode(97 + (n % 26))}`))
    const asked = [asks('pt', 'is', 'PT'), asks('pt-BR', 'is', 'pt-br'), asks('some', 'any_of', ['İT', 'pt'])]
    const denied = [asks('none', 'none_of', ['pt']), asks('not', 'is_not', 'pt-BR')]
    const found = (language: string) =>
      idsOf(book(...asked, ...denied, ...others).matches(question({ 'ticket.language': language })))
    expect([found('pt-BR'), found('PT'), found('it-IT'), found('pt-PT')]).toEqual([
      ['pt', 'pt-BR', 'some'],
      ['not', 'pt', 'some'],
      ['none', 'not', 'some'],
      ['not', 'pt', 'some'],
    ])
  })

  it('P14 a rule about changes runs for the fields it names, one of time for its own hour', () => {
    const rules = book(
      ruleRow({ id: 'c', on: 'changed', fields: ['type', 'status'] }),
      ruleRow({ id: 'm', on: 'message' }),
      ruleRow({ id: 't', on: 'time', after: { minutes: 5, since: 'createdAt' } }),
      ruleRow({ id: 'u', on: 'time', after: { minutes: 5, since: 'createdAt' } }),
    )
    expect(idsOf(rules.matches({ ...all, on: 'changed', fields: ['priority', 'type'] }))).toEqual(['c'])
    expect(idsOf(rules.matches({ ...all, on: 'changed', fields: ['priority'] }))).toEqual([])
    expect(idsOf(rules.matches({ ...all, on: 'changed' }))).toEqual([])
    expect(idsOf(rules.matches({ ...all, on: 'message' }))).toEqual(['m'])
    expect(idsOf(rules.matches({ ...all, on: 'time', rule: 't' }))).toEqual(['t'])
    expect(idsOf(rules.matches({ ...all, on: 'time' }))).toEqual([])
  })

  it('S15 a row that no check would let in never runs and takes no other along', () => {
    const odd = [
      { field: 'message.text', op: 'matches', value: '(' },
      { not: { field: 'message.text', op: 'matches', value: '(' } },
      { not: { field: 'no.such', op: 'is', value: 'x' } },
      { not: { field: 'message.text', op: 'above', value: 3 } },
      { not: { field: 'message.text', op: 'is', value: 3 } },
      { not: { field: 'time.clock', op: 'between', value: 'x' } },
    ] as const
    const rules = book(...odd.map((when, n) => ruleRow({ id: `odd${n}`, when })), ruleRow({ id: 'well' }))
    expect(idsOf(rules.matches(question({ 'message.text': 'text' })))).toEqual(['well'])
  })
})

describe('why a rule ran', () => {
  it('D15 every leaf that held, with what was found', () => {
    const [found] = book(
      ruleRow({
        when: {
          all: [
            { field: 'ticket.subject', op: 'contains', value: 'ABONELİK' },
            {
              not: {
                any: [
                  { field: 'ticket.tags', op: 'has', value: 'vip' },
                  { field: 'message.text', op: 'matches', value: 'x+y' },
                ],
              },
            },
            {
              any: [
                { field: 'message.rating', op: 'above', value: 3 },
                { field: 'ticket.type', op: 'is_not_set' },
              ],
            },
          ],
        },
      }),
    ).matches(question({ 'ticket.subject': 'Abonelik sorunu', 'ticket.tags': ['new'], 'message.text': 'merhaba' }))
    expect(found?.tests).toEqual([
      { field: 'ticket.subject', op: 'contains', value: 'ABONELİK', found: 'Abonelik sorunu' },
      { field: 'ticket.tags', op: 'has_not', value: 'vip', found: ['new'] },
      { field: 'message.text', op: 'not_matches', value: 'x+y', found: 'merhaba' },
      { field: 'ticket.type', op: 'is_not_set', found: null },
    ])
  })

  it('D15 of a long text what lies around the place, of a long list its beginning', () => {
    const text = `${'kelime '.repeat(1_000)}İADE\n  talebi 👍${' söz'.repeat(1_000)}`
    const found = (when: RuleRow['when']) =>
      book(ruleRow({ when })).matches(
        question({ 'message.text': text, 'message.to': Array.from({ length: 90 }, (_, n) => `a${n}@b.example`) }),
      )[0]?.tests[0]?.found
    for (const when of [
      { field: 'message.text', op: 'contains', value: 'iade talebi' },
      { field: 'message.text', op: 'matches', value: 'ıade\\s+TALEB[iI]' },
    ] as const) {
      expect(found(when)).toMatch(/^….* İADE\n {2}talebi 👍 söz.*…$/su)
      expect(String(found(when)).length).toBeLessThanOrEqual(202)
    }
    const list = found({ field: 'message.to', op: 'has', value: 'a80@b.example' })
    expect(list).toHaveLength(21)
    expect(list).toContain('… and 70 more')
  })
})
