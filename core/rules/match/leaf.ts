// One test of a rule, made ready: whether it holds, what it needs to find at the least, and what it shows when it held.
import type { MatchedTest } from '../../../schemas/because.ts'
import type { FieldType, Operator, Test } from '../../../schemas/rule.ts'
import { folded } from '../fold.ts'
import { fieldType, opName, takes, type Asked } from './fields.ts'
import { literalsOf } from './literals.ts'
import { asSearched, compiledPattern, searchedText, type Pattern } from './pattern.ts'
import type { Seen } from './seen.ts'
import { findWords, nowhere, shownFact, type Finder } from './shown.ts'

/** Where it stands among the facts that a leaf may hold: an exact word of a field, or letters within one. */
export interface Need {
  readonly field: string
  readonly as: 'name' | 'within'
  readonly words: string
  /** Letters that stand within it as well. */
  readonly and?: readonly string[]
}
export interface Leaf {
  readonly field: string
  holds(seen: Seen): boolean
  /** It can only hold where at least one of these is found; null: nothing can be said. */
  readonly needs: readonly Need[] | null
  shown(seen: Seen): MatchedTest
}
/** A row that no check would let in (it came from elsewhere, or an older version took it): its rule never runs. */
export class NotARule extends Error {}

interface Made {
  holds(seen: Seen): boolean
  readonly needs?: readonly Need[]
  /** Where a long text shows why. */
  readonly find?: Finder
}
type Maker = (field: string, value: Test['value']) => Made

const textOf = (value: Test['value']): string => {
  if (typeof value !== 'string') throw new NotARule('a text is needed')
  return folded(value)
}
const textsOf = (value: Test['value']): readonly string[] => {
  if (!Array.isArray(value)) throw new NotARule('a list is needed')
  return (value as readonly string[]).map(folded)
}
const named = (field: string, words: readonly string[]): readonly Need[] =>
  words.map((it) => ({ field, as: 'name', words: it }))

const isOne: Maker = (field, value) => {
  const word = textOf(value)
  return { holds: (seen) => seen.names(field).has(word), needs: named(field, [word]) }
}
const isOneOf: Maker = (field, value) => {
  const words = textsOf(value)
  // Few facts are asked of many values as often as the other way round.
  const among = new Set(words)
  return {
    holds: (seen) => [...seen.names(field)].some((it) => among.has(it)),
    needs: named(field, words),
  }
}
const within =
  (has: (text: string, words: string) => boolean): Maker =>
  (field, value) => {
    const words = textOf(value)
    return {
      holds: (seen) => seen.words(field).some((it) => has(it, words)),
      needs: [{ field, as: 'within', words }],
      find: (text) => findWords(words)(text),
    }
  }
const matches: Maker = (field, value) => {
  if (typeof value !== 'string') throw new NotARule('an expression is needed')
  let made: Pattern | null = null
  const pattern = (): Pattern => {
    if (made !== null) return made
    const found = compiledPattern(value)
    if ('why' in found) throw new NotARule(found.why)
    return (made = found.pattern)
  }
  const literals = literalsOf(asSearched(value))
  return {
    holds: (seen) => seen.searched(field).some((it) => pattern().holds(it)),
    ...(literals === null
      ? {}
      : { needs: literals.map(([words = '', ...and]) => ({ field, as: 'within', words, and })) }),
    find: (text) => pattern().place(searchedText(text)),
  }
}
const isSet: Maker = (field) => ({ holds: (seen) => seen.isSet(field) })
const number =
  (compare: (found: number, value: number) => boolean): Maker =>
  (field, value) => {
    if (typeof value !== 'number') throw new NotARule('a number is needed')
    return {
      holds(seen) {
        const found = seen.fact(field)
        return typeof found === 'number' && compare(found, value)
      },
    }
  }

const makers: Readonly<Record<FieldType, Readonly<Partial<Record<Operator, Maker>>>>> = {
  words: {
    contains: within((text, words) => text.includes(words)),
    starts_with: within((text, words) => text.startsWith(words)),
    ends_with: within((text, words) => text.endsWith(words)),
    is: isOne,
    any_of: isOneOf,
    matches,
    is_set: isSet,
  },
  word: { is: isOne, any_of: isOneOf, is_set: isSet },
  list: {
    has: isOne,
    has_any: isOneOf,
    has_all(field, value) {
      const words = textsOf(value)
      const [first] = words
      return {
        holds: (seen) => words.every((it) => seen.names(field).has(it)),
        ...(first === undefined ? {} : { needs: named(field, [first]) }),
      }
    },
    matches,
    is_set: isSet,
  },
  number: {
    equals: number((found, value) => found === value),
    above: number((found, value) => found > value),
    below: number((found, value) => found < value),
    at_least: number((found, value) => found >= value),
    at_most: number((found, value) => found <= value),
    is_set: isSet,
  },
  flag: { is_true: (field) => ({ holds: (seen) => seen.fact(field) === true }) },
  clock: { between },
}

/** From the first until before the second; over midnight where the second is the earlier one. */
function between(field: string, value: Test['value']): Made {
  const [from, to] = Array.isArray(value) ? (value as readonly string[]) : []
  if (from === undefined || to === undefined) throw new NotARule('two times are needed')
  return {
    holds(seen) {
      const at = seen.fact(field)
      if (typeof at !== 'string') return false
      return from <= to ? from <= at && at < to : at >= from || at < to
    },
  }
}

export function compiledLeaf(test: Test, asked: Asked): Leaf {
  const type = fieldType(test.field)
  if (type === null || !takes(type, test.op)) throw new NotARule(`${test.field} takes no ${test.op}`)
  const made = makers[type][asked.op]!(test.field, test.value)
  const { needs = [] } = made
  const isDear = asked.op === 'matches' && needs.length > 0
  // An expression that is never asked is never compiled either.
  const may = (seen: Seen) =>
    needs.some(({ words, and = [] }) =>
      seen.words(test.field).some((it) => [words, ...and].every((one) => it.includes(one))),
    )
  const holds = isDear ? (seen: Seen) => may(seen) && made.holds(seen) : made.holds
  return {
    field: test.field,
    holds: asked.isNot ? (seen) => !made.holds(seen) : holds,
    needs: asked.isNot ? null : (made.needs ?? null),
    shown: (seen) => ({
      field: test.field,
      op: opName(asked),
      ...(test.value === undefined ? {} : { value: test.value }),
      found: shownFact(seen.fact(test.field), asked.isNot ? nowhere : (made.find ?? nowhere)),
    }),
  }
}
