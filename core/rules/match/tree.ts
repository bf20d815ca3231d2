// A condition as it is evaluated: every `not` has gone down to the leaves, so that whatever holds can say why.
import type { Condition, Test } from '../../../schemas/rule.ts'
import { compiledLeaf, type Leaf } from './leaf.ts'
import { positive } from './fields.ts'
import type { Seen } from './seen.ts'

export type Tree =
  | { readonly is: 'all'; readonly of: readonly Tree[] }
  | { readonly is: 'any'; readonly of: readonly Tree[] }
  | { readonly is: 'leaf'; readonly leaf: Leaf }

export const isTest = (condition: Condition): condition is Test => 'field' in condition

export function compiledTree(condition: Condition, isNot = false): Tree {
  if (isTest(condition)) {
    const asked = positive(condition.op)
    return { is: 'leaf', leaf: compiledLeaf(condition, { op: asked.op, isNot: asked.isNot !== isNot }) }
  }
  if ('not' in condition) return compiledTree(condition.not, !isNot)
  // Not all of them is: any of them not.
  const isAll = 'all' in condition !== isNot
  const of = ('all' in condition ? condition.all : condition.any).map((it) => compiledTree(it, isNot))
  return { is: isAll ? 'all' : 'any', of }
}

/** The leaves that made it hold; null: it does not. */
export function leavesThatHold(tree: Tree, seen: Seen): readonly Leaf[] | null {
  if (tree.is === 'leaf') return tree.leaf.holds(seen) ? [tree.leaf] : null
  if (tree.is === 'any') {
    for (const one of tree.of) {
      const held = leavesThatHold(one, seen)
      if (held !== null) return held
    }
    return null
  }
  const all: Leaf[] = []
  for (const one of tree.of) {
    const held = leavesThatHold(one, seen)
    if (held === null) return null
    all.push(...held)
  }
  return all
}
