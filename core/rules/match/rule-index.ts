// Which rules may match an event, found by what it has: its cost goes by how many may match, not by how many there are.
import type { RuleQuestion } from '../../ports/rule-book.ts'
import { accountOf, type CompiledRule } from './compiled-rule.ts'
import { coversOf, scopeFields, type Key } from './cover.ts'
import { gramTable, type GramTable } from './grams.ts'
import type { Seen } from './seen.ts'

export interface RuleIndex {
  /** All that match and some that do not, in their order. */
  mayMatch(question: RuleQuestion, seen: Seen): readonly CompiledRule[]
}
type Places = readonly number[]
interface OfField {
  readonly field: string
  readonly names: ReadonlyMap<string, Places>
  readonly grams: GramTable | null
}

/** `rules` in their order. */
export function indexOf(rules: readonly CompiledRule[]): RuleIndex {
  const covers = coversOf(rules)
  const always = covers.flatMap((cover, place) => (cover === null ? [place] : []))
  const keyed = covers.flatMap((cover, place) => (cover ?? []).map((key) => ({ key, place })))
  const fields = [...Map.groupBy(keyed, ({ key }) => key.field)].map(([field, of]) => ofField(field, of))
  return {
    mayMatch(question, seen) {
      const places = new Set(always)
      const add = (more: Places): void => {
        for (const place of more) places.add(place)
      }
      for (const { field, names, grams } of fields) {
        if (names.size > 0) for (const name of namesOf(field, question, seen)) add(names.get(name) ?? [])
        if (grams !== null) for (const text of seen.words(field)) grams.inText(text, add)
      }
      return [...places].toSorted((a, b) => a - b).map((place) => rules[place]!)
    },
  }
}

interface Keyed {
  readonly key: Key
  readonly place: number
}
function ofField(field: string, keyed: readonly Keyed[]): OfField {
  const under = (as: Key['as']): ReadonlyMap<string, Places> =>
    new Map(
      [
        ...Map.groupBy(
          keyed.filter(({ key }) => key.as === as),
          ({ key }) => key.word,
        ),
      ].map(([word, of]) => [word, of.map(({ place }) => place)]),
    )
  const grams = under('gram')
  return { field, names: under('name'), grams: grams.size === 0 ? null : gramTable(grams) }
}

function namesOf(field: string, question: RuleQuestion, seen: Seen): Iterable<string> {
  if (field === scopeFields.changed) return question.fields ?? []
  if (field === scopeFields.channel) return [question.channel ?? '']
  if (field === scopeFields.brand) return [question.brand ?? '']
  if (field === scopeFields.account) return [accountOf(question) ?? '']
  return seen.names(field)
}
