// One rule made ready, or the conditions of anything else: its tree, and whether an event lies in its scope.
import type { RuleRow } from '../../ports/desk-rows.ts'
import type { RuleQuestion } from '../../ports/rule-book.ts'
import { NotARule, type Leaf } from './leaf.ts'
import type { Seen } from './seen.ts'
import { compiledTree, leavesThatHold, type Tree } from './tree.ts'

/** Conditions made ready. */
export interface ReadyConditions {
  /** Null: always. */
  readonly tree: Tree | null
  leavesThatHold(seen: Seen): readonly Leaf[] | null
}
export interface CompiledRule extends ReadyConditions {
  readonly row: RuleRow
}

/** Null: it is nothing that this version could ask; checks keep such ones out, and one that is there all the same takes no other along. */
export function readyConditions(when: RuleRow['when']): ReadyConditions | null {
  const tree = unlessOdd(() => (when === null ? null : compiledTree(when)))
  if (tree === undefined) return null
  // An expression is compiled when it is first asked.
  return {
    tree,
    leavesThatHold: (seen) => unlessOdd(() => (tree === null ? [] : leavesThatHold(tree, seen))) ?? null,
  }
}

export function compiledRule(row: RuleRow): CompiledRule | null {
  const ready = readyConditions(row.when)
  return ready === null ? null : { row, ...ready }
}

function unlessOdd<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof NotARule) return undefined
    throw error
  }
}

export type Scope = Pick<RuleQuestion, 'channel' | 'account' | 'brand'>
export const accountOf = ({ channel, account }: Scope): string | null =>
  channel === null || account === null ? null : `${channel}/${account}`

export const inScope = ({ brands, channels, accounts }: RuleRow, of: Scope): boolean =>
  isAmong(brands, of.brand) && isAmong(channels, of.channel) && isAmong(accounts, accountOf(of))
const isAmong = (names: readonly string[] | null, name: string | null): boolean =>
  names === null || (name !== null && names.includes(name))
