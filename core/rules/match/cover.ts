// What an event must have for a rule to hold at all: of everything a rule needs, what the fewest events and the fewest other rules share.
import type { RuleRow } from '../../ports/desk-rows.ts'
import type { CompiledRule } from './compiled-rule.ts'
import { fieldType } from './fields.ts'
import { gramsOf, hashAt } from './grams.ts'
import type { Need } from './leaf.ts'
import type { Tree } from './tree.ts'

/** A name of a field, or a run of letters within it. */
export interface Key {
  readonly field: string
  readonly as: 'name' | 'gram'
  readonly word: string
}
/** One of them has to be there; none in it: the rule never holds. Null: it may hold whatever there is. */
export type Cover = readonly Key[] | null

/** What an event is and has beside its facts, as fields. */
export const scopeFields = { channel: '@channel', account: '@account', brand: '@brand', changed: '@changed' } as const

export function coversOf(rules: readonly CompiledRule[]): readonly Cover[] {
  const shared = new Shared()
  for (const rule of rules) for (const need of allNeeds(rule)) for (const key of keysOf(need)) shared.count(key)
  return rules.map((rule) => {
    const ways = [...scopeNeeds(rule.row).map((needs) => coverOfNeeds(needs, shared)), treeCover(rule.tree, shared)]
    return cheapest(ways)?.keys ?? null
  })
}

/** How many rules need a key, near enough: keys are counted by their hash, because there may be a million of them. */
class Shared {
  readonly #counts = new Uint32Array(1 << 16)
  count(key: Key): void {
    this.#counts[placeOf(key)]! += 1
  }
  /** How many rules would be asked in vain for it, roughly: how many share it, times how often events have it. */
  costOf(key: Key): number {
    return this.#counts[placeOf(key)]! * oftenness(key)
  }
}
const placeOf = ({ field, word }: Key): number =>
  (hashAt(field, 0, field.length) ^ Math.imul(hashAt(word, 0, word.length), 31)) & 0xffff

/** How many events have it, guessed by its kind; only the order of these numbers matters. */
function oftenness({ field, as, word }: Key): number {
  if (as === 'gram') return [0.8, 0.8, 0.2, 0.05, 0.02][word.length] ?? 0.02
  const type = fieldType(field)
  return type === 'words' ? 0.001 : type === 'list' ? 0.02 : 0.5
}

interface Way {
  readonly keys: readonly Key[]
  readonly cost: number
}
const cheapest = (ways: readonly (Way | null)[]): Way | null =>
  ways.reduce((best, way) => (best === null || (way !== null && way.cost < best.cost) ? way : best), null)

function treeCover(tree: Tree | null, shared: Shared): Way | null {
  if (tree === null) return null
  if (tree.is === 'leaf') return tree.leaf.needs === null ? null : coverOfNeeds(tree.leaf.needs, shared)
  const ways = tree.of.map((one) => treeCover(one, shared))
  return tree.is === 'all' ? cheapest(ways) : together(ways)
}
/** Any of them may be the one that holds. */
function together(ways: readonly (Way | null)[]): Way | null {
  const keys: Key[] = []
  let cost = 0
  for (const way of ways) {
    if (way === null) return null
    keys.push(...way.keys)
    cost += way.cost
  }
  return { keys, cost }
}

const coverOfNeeds = (needs: readonly Need[], shared: Shared): Way | null =>
  together(needs.map((need) => cheapest(keysOf(need).map((key) => ({ keys: [key], cost: shared.costOf(key) })))))

/** Any one of these says that the need may be met: a name alone, or each run of letters that the words have. */
const keysOf = ({ field, as, words, and = [] }: Need): readonly Key[] =>
  as === 'name'
    ? [{ field, as, word: words }]
    : [words, ...and].flatMap(gramsOf).map((word) => ({ field, as: 'gram', word }))

const scopeNeeds = (row: RuleRow): readonly (readonly Need[])[] => {
  const named = (field: string, names: readonly string[] | null): readonly (readonly Need[])[] =>
    names === null ? [] : [names.map((words) => ({ field, as: 'name', words }))]
  return [
    ...named(scopeFields.channel, row.channels),
    ...named(scopeFields.account, row.accounts),
    ...named(scopeFields.brand, row.brands),
    ...named(scopeFields.changed, row.on === 'changed' ? row.fields : null),
  ]
}

const allNeeds = ({ row, tree }: CompiledRule): readonly Need[] => [
  ...scopeNeeds(row).flat(),
  ...(tree === null ? [] : treeNeeds(tree)),
]
const treeNeeds = (tree: Tree): readonly Need[] =>
  tree.is === 'leaf' ? (tree.leaf.needs ?? []) : tree.of.flatMap(treeNeeds)
