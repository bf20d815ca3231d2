// What one question's facts look like to its conditions: each field folded once, when the first of them asks.
import type { RuleFacts } from '../../ports/rule-book.ts'
import { folded } from '../fold.ts'
import { searchedText } from './pattern.ts'

export type Fact = RuleFacts[string]
export interface Seen {
  fact(field: string): Fact
  isSet(field: string): boolean
  /** Folded, as they were given: one for a word, any number for a list or for a header that stands there twice. */
  words(field: string): readonly string[]
  /** What an exact word is compared with: the words, and what they are a kind of (`en-us` is `en`, `image/png` is `image/*`). */
  names(field: string): ReadonlySet<string>
  /** What expressions are searched in. */
  searched(field: string): readonly string[]
}

export function seenFacts(facts: RuleFacts): Seen {
  const words = kept((field: string) => texts(facts[field]).map(folded))
  return {
    fact: (field) => facts[field],
    isSet: (field) => isSet(facts[field]),
    words,
    names: kept((field: string) => new Set(words(field).flatMap((word) => [word, ...kindsOf(field, word)]))),
    searched: kept((field: string) => texts(facts[field]).map(searchedText)),
  }
}

const isSet = (fact: Fact): boolean =>
  fact !== undefined && fact !== null && fact !== '' && !(Array.isArray(fact) && fact.length === 0)

function texts(fact: Fact): readonly string[] {
  if (!isSet(fact)) return []
  return Array.isArray(fact) ? (fact as readonly string[]) : [String(fact)]
}

function kindsOf(field: string, word: string): readonly string[] {
  if (field.endsWith('.language')) {
    const subtags = word.split('-')
    return subtags.slice(1).map((_, at) => subtags.slice(0, at + 1).join('-'))
  }
  return field === 'message.attachmentTypes' && word.includes('/') ? [`${word.split('/')[0]}/*`] : []
}

function kept<T>(make: (field: string) => T): (field: string) => T {
  const known = new Map<string, T>()
  return (field) => {
    const found = known.get(field)
    if (found !== undefined) return found
    const made = make(field)
    known.set(field, made)
    return made
  }
}
