// Hours of rules of time: the next one, each one once, in their order when they strike together.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ruleRow } from '../../../test/support/make-rule.ts'
import { after, start } from '../../../test/support/given.ts'
import { seed } from '../../../test/support/seed.ts'
import type { RuleRow } from '../../ports/desk-rows.ts'
import { makeRuleBook } from './rule-book.ts'

const of = { channel: 'pigeon', account: 'main', brand: 'shop' }
const never = { createdAt: null, lastMessageAt: null, lastCustomerMessageAt: null, resolvedAt: null }
const timed = (
  id: string,
  minutes: number,
  said: Partial<RuleRow> = {},
  since: NonNullable<RuleRow['after']>['since'] = 'createdAt',
) => ruleRow({ id, on: 'time', after: { minutes, since }, ...said })

/** All hours, as whoever waits for them hears of them. */
function allHours(
  rules: readonly RuleRow[],
  clocks: typeof never | Readonly<Record<keyof typeof never, typeof start | null>>,
) {
  const book = makeRuleBook({ rules })
  const heard: { readonly rule: string; readonly dueAt: string }[] = []
  for (
    let next = book.nextTime(of, clocks, start);
    next !== null;
    next = book.nextTime(of, clocks, next.dueAt, next.rule)
  ) {
    heard.push(next)
    if (heard.length > 200) throw new Error('it never ends')
  }
  return heard
}

describe(`hours, seed ${seed}`, () => {
  it('B13 strike so long after their clock, by the clock each names', () => {
    const rules = [timed('late', 60), timed('soon', 5, {}, 'lastCustomerMessageAt'), timed('done', 1, {}, 'resolvedAt')]
    const clocks = { ...never, createdAt: start, lastCustomerMessageAt: after({ minutes: 30 }) }
    expect(allHours(rules, clocks)).toEqual([
      { rule: 'soon', dueAt: after({ minutes: 35 }) },
      { rule: 'late', dueAt: after({ minutes: 60 }) },
    ])
    expect(allHours(rules, never)).toEqual([])
  })

  it('B13 only of rules that are active and in scope, and only what lies ahead', () => {
    const rules = [
      timed('off', 1, { isActive: false }),
      timed('brand', 2, { brands: ['other'] }),
      timed('channel', 3, { channels: ['dove'] }),
      timed('account', 4, { accounts: ['pigeon/main'] }),
    ]
    expect(allHours(rules, { ...never, createdAt: start }).map(({ rule }) => rule)).toEqual(['account'])
    const clocks = { ...never, createdAt: start }
    expect(makeRuleBook({ rules }).nextTime(of, clocks, after({ minutes: 4 }))).toBeNull()
  })

  it('B13 that lie beyond any calendar never strike', () => {
    expect(allHours([timed('r', Number.MAX_SAFE_INTEGER)], { ...never, createdAt: start })).toEqual([])
  })

  it('B13 P14 each once and none left out, also where many strike at one instant', () => {
    const clocks = {
      createdAt: start,
      lastMessageAt: start,
      lastCustomerMessageAt: after({ minutes: 1 }),
      resolvedAt: null,
    }
    const some = fc.record({
      minutes: fc.integer({ min: 1, max: 4 }),
      since: fc.constantFrom('createdAt', 'lastMessageAt', 'lastCustomerMessageAt', 'resolvedAt'),
      weight: fc.integer({ min: 0, max: 2 }),
      channels: fc.constantFrom(null, ['pigeon'], ['dove']),
    })
    fc.assert(
      fc.property(fc.array(some, { maxLength: 20 }), (drafts) => {
        const rules = drafts.map(({ minutes, since, weight, channels }, n) =>
          timed(`r${n}`, minutes, { weight, channels }, since),
        )
        const due = rules.flatMap(({ id, weight, channels, after: hour }) => {
          const from = clocks[hour!.since]
          if (from === null || channels?.includes('dove') === true) return []
          return [{ rule: id, weight, dueAt: new Date(Date.parse(from) + hour!.minutes * 60_000).toISOString() }]
        })
        const expected = due.toSorted((a, b) =>
          a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : a.weight - b.weight || (a.rule < b.rule ? -1 : 1),
        )
        expect(allHours(rules, clocks)).toEqual(expected.map(({ rule, dueAt }) => ({ rule, dueAt })))
      }),
      { seed, numRuns: 150 },
    )
  })
})
