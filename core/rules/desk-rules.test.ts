// Names of the desk, its catalogues, its folders, and the shape of conditions, without anything around them.
import { describe, expect, it } from 'vitest'
import type { RuleRow } from '../ports/desk-rows.ts'
import { whyNotInCatalogue } from './catalogue.ts'
import { whyNoCondition } from './condition-shape.ts'
import { loose, namedBy } from './desk-names.ts'
import { foldersChange } from './folders.ts'
import { emptyDesk, makeDesk } from './make-desk.ts'

const entry = (what: 'type' | 'topic', key: string, brands: readonly string[] | null = null) => ({
  what,
  key,
  name: key.toUpperCase(),
  brands,
  group: null,
  agent: null,
  version: 1,
})
const rule = (more: Partial<RuleRow>): RuleRow => ({
  id: 'vip',
  name: 'VIP',
  weight: 0,
  isActive: true,
  on: 'created',
  fields: [],
  after: null,
  version: 1,
  brands: null,
  channels: null,
  accounts: null,
  when: null,
  then: { priority: 'high' },
  ...more,
})

const saying = (said: string | null) => (said === null ? null : expect.stringContaining(said))

describe('a catalogue', () => {
  const desk = makeDesk({
    ...emptyDesk,
    catalogue: [entry('type', 'refund'), entry('type', 'repair', ['shop']), entry('topic', 'late', ['shop'])],
  })
  it.each([
    ['type', 'refund', null, null],
    ['type', 'repair', 'shop', null],
    ['type', 'refnd', 'shop', 'Did you mean "refund"?'],
    ['type', 'REPAIR', 'shop', 'Did you mean "repair"?'],
    ['type', 'repair', 'cafe', 'Known are: refund.'],
    ['topic', 'whatever', 'cafe', null],
    ['topic', 'whatever', null, null],
    ['topic', 'whatever', 'shop', 'Known are: late.'],
  ] as const)('D7 D8 %s %s of brand %s: %s', (what, key, brand, said) => {
    expect(whyNotInCatalogue(desk, { what, key, brand })).toEqual(saying(said))
  })
})

describe('names', () => {
  it('that lead nowhere are said with what was perhaps meant', () => {
    const desk = makeDesk({ ...emptyDesk, folders: [{ id: 'urgent-mail', name: 'x', version: 1 }] })
    const given = { kind: 'folder', field: 'then.folders', name: 'urgent-mial' } as const
    expect(loose(desk, [given])).toEqual({
      code: 'unknown_folder',
      field: 'then.folders',
      why: 'There is no folder "urgent-mial"; did you mean "urgent-mail"?',
    })
    expect(loose(desk, [{ ...given, name: 'urgent-mail' }])).toBeNull()
  })

  it('are found in what a rule does, in whose it is, and as deep in its condition as they stand', () => {
    const when = {
      all: [{ any: [{ not: { field: 'ticket.folders', op: 'has_any', value: ['a', 'vault'] } }] }],
    } as const
    const desk = makeDesk({
      ...emptyDesk,
      rules: [
        rule({ id: 'deep', when }),
        rule({ id: 'does', then: { folders: ['vault'] } }),
        rule({ id: 'other', when: { field: 'ticket.subject', op: 'is', value: 'vault' } }),
        rule({ id: 'of-shop', brands: ['shop'] }),
      ],
      catalogue: [{ ...entry('type', 'refund', ['shop']), group: 'money', agent: 'ada' }],
    })
    expect(namedBy(desk, 'folder', 'vault')).toEqual(['the rule deep', 'the rule does'])
    expect(namedBy(desk, 'brand', 'shop')).toEqual(['the rule of-shop', 'the type refund'])
    expect([namedBy(desk, 'group', 'money'), namedBy(desk, 'agent', 'ada'), namedBy(desk, 'agent', 'money')]).toEqual([
      ['the type refund'],
      ['the type refund'],
      [],
    ])
  })

  it('D16 D13 are found in a condition however they are written there, accounts too', () => {
    const asks = (id: string, field: string, value: string) => rule({ id, when: { field, op: 'is', value } })
    const rules = [asks('a', 'ticket.folders', 'VAULT'), asks('b', 'ticket.account', 'Pigeon/Main')]
    const desk = makeDesk({ ...emptyDesk, rules })
    expect(namedBy(desk, 'folder', 'vault')).toEqual(['the rule a'])
    expect(namedBy(desk, 'account', 'pigeon/main')).toEqual(['the rule b'])
  })
})

it('D16 folders are put into and taken out of, the others stay where they are', () => {
  expect(foldersChange(['a', 'b'], ['c', 'b', 'c'])).toEqual({ folders: ['b', 'c'], into: ['c'], out: ['a'] })
  expect(foldersChange(['a', 'b'], ['b', 'a'])).toEqual({ folders: ['a', 'b'], into: [], out: [] })
})

describe('the shape of a condition', () => {
  const leaf = { field: 'ticket.subject', op: 'contains', value: 'iade' }
  it.each([
    [leaf, null],
    [{ all: [leaf, { not: { any: [leaf, { field: 'ticket.isFollowUp', op: 'is_true' }] } }] }, null],
    ['x', 'when: A condition is {all: […]}'],
    [{}, 'when.field: Name the field'],
    [
      { al: [leaf] },
      'when.al: A condition is {all: […]}, {any: […]}, {not: …} or {field, op, value}; al is none of these. Did you mean all?',
    ],
    [{ all: [leaf], any: [leaf] }, 'when.any: all stands alone; put any beside it'],
    [{ all: leaf }, 'when.all: all takes a list'],
    [
      { any: [leaf, { not: { ...leaf, op: 'contain' } }] },
      'when.any.1.not.op: "contain" is no operator. Did you mean contains?',
    ],
    [{ all: [{ ...leaf, value: { a: 1 } }] }, 'when.all.0.value: A value is a text'],
    [{ all: [{ op: 'is', value: 'x' }] }, 'when.all.0.field: Name the field'],
    [{ ...leaf, case: true }, 'when.case:'],
  ])('%j: %s', (condition, said) => {
    const found = whyNoCondition(condition, 'when')
    expect(found === null ? null : `${found.field}: ${found.why}`).toEqual(saying(said))
  })
})
