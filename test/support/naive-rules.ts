// Rules asked one after the other by the plainest code there is: what the compiled and indexed book is compared with.
import type { RuleRow } from '../../core/ports/desk-rows.ts'
import type { RuleFacts, RuleQuestion } from '../../core/ports/rule-book.ts'
import type { MatchedTest } from '../../schemas/because.ts'
import type { Condition, Test } from '../../schemas/rule.ts'

/** Lower case by hand: the four letters first. */
export const low = (text: string): string =>
  [...text.normalize('NFKC')]
    .map((it) => ('Iİıi'.includes(it) ? 'i' : it.toLowerCase()))
    .join('')
    .split(/\s+/)
    .filter((it) => it !== '')
    .join(' ')

type Found = RuleFacts[string]
const listOf = (found: Found): readonly string[] =>
  found === null || found === undefined || found === '' ? [] : [found].flat().map(String)
const lower = (found: Found): readonly string[] => listOf(found).map(low)
const given = (value: Test['value']): readonly string[] => [value ?? []].flat().map((it) => low(String(it)))

/** `en-GB` is `en` too. */
const isSame = (field: string, found: string, asked: string): boolean =>
  found === asked || (field.endsWith('.language') && found.startsWith(`${asked}-`))

function holds(op: string, { field, value }: Pick<Test, 'field' | 'value'>, found: Found): boolean {
  const has = (asked: string): boolean => lower(found).some((it) => isSame(field, it, asked))
  const [asked = ''] = given(value)
  if (op === 'is_set') return listOf(found).length > 0
  if (op === 'contains') return lower(found).some((it) => it.includes(asked))
  if (op === 'starts_with') return lower(found).some((it) => it.startsWith(asked))
  if (op === 'ends_with') return lower(found).some((it) => it.endsWith(asked))
  if (op === 'is' || op === 'has') return has(asked)
  if (op === 'any_of' || op === 'has_any') return given(value).some(has)
  if (op === 'has_all') return given(value).every(has)
  if (op === 'matches')
    return listOf(found).some((it) =>
      new RegExp(String(value).replace(/[ıİI]/g, 'i'), 'iu').test(it.replace(/[ıİI]/g, 'i')),
    )
  if (op === 'is_true') return found === true
  if (op === 'between') return isBetween(found, value as readonly string[])
  return typeof found === 'number' && compared(op, found, value as number)
}
function compared(op: string, found: number, value: number): boolean {
  if (op === 'equals') return found === value
  if (op === 'above') return found > value
  if (op === 'below') return found < value
  return op === 'at_least' ? found >= value : found <= value
}
function isBetween(found: Found, [from = '', to = '']: readonly string[]): boolean {
  if (typeof found !== 'string') return false
  return from < to ? found >= from && found < to : found >= from || found < to
}
const opposites: Readonly<Record<string, string>> = {
  not_contains: 'contains',
  is_not: 'is',
  none_of: 'any_of',
  has_not: 'has',
  is_not_set: 'is_set',
  is_false: 'is_true',
  not_between: 'between',
}

function says(when: Condition, facts: RuleFacts): boolean {
  if ('all' in when) return when.all.every((it) => says(it, facts))
  if ('any' in when) return when.any.some((it) => says(it, facts))
  if ('not' in when) return !says(when.not, facts)
  const opposite = opposites[when.op]
  return opposite === undefined ? holds(when.op, when, facts[when.field]) : !holds(opposite, when, facts[when.field])
}

/** A leaf as history tells it: `not_matches` is no operator anybody writes, and still says what it means. */
function saidHolds({ field, op, value }: MatchedTest, facts: RuleFacts): boolean {
  const test = { field, value: value as NonNullable<Test['value']> }
  const opposite = opposites[op] ?? /^not_(.*)$/.exec(op)?.[1]
  return opposite === undefined ? holds(op, test, facts[field]) : !holds(opposite, test, facts[field])
}

/** Whatever else may be so: with these leaves the whole holds. `false` of a leaf that is not among them. */
function areEnough(when: Condition | null, tests: readonly MatchedTest[], isNot = false): boolean {
  if (when === null) return true
  if ('not' in when) return areEnough(when.not, tests, !isNot)
  if ('field' in when) {
    const opposite = opposites[when.op]
    const [op, negated] = opposite === undefined ? [when.op, isNot] : [opposite, !isNot]
    const names = negated ? [`not_${op}`, ...Object.keys(opposites).filter((it) => opposites[it] === op)] : [op]
    return tests.some(
      (it) =>
        it.field === when.field && names.includes(it.op) && JSON.stringify(it.value) === JSON.stringify(when.value),
    )
  }
  const of = 'all' in when ? when.all : when.any
  const every = 'all' in when !== isNot
  return every ? of.every((it) => areEnough(it, tests, isNot)) : of.some((it) => areEnough(it, tests, isNot))
}

const among = (names: readonly string[] | null, name: string | null): boolean =>
  names === null || (name !== null && names.includes(name))

function isAsked(rule: RuleRow, { on, channel, account, brand, fields = [], rule: hour }: RuleQuestion): boolean {
  return (
    rule.isActive &&
    rule.on === on &&
    (on !== 'time' || rule.id === hour) &&
    (on !== 'changed' || rule.fields.some((it) => fields.includes(it))) &&
    among(rule.brands, brand) &&
    among(rule.channels, channel) &&
    among(rule.accounts, `${channel}/${account}`)
  )
}

export const naive = {
  matches: (rules: readonly RuleRow[], asked: RuleQuestion) =>
    rules
      .filter((rule) => isAsked(rule, asked) && (rule.when === null || says(rule.when, asked.facts)))
      .toSorted((a, b) => a.weight - b.weight || (a.id < b.id ? -1 : 1))
      .map((rule) => ({ rule })),
  saidHolds,
  areEnough,
}
