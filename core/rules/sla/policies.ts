// The policies of a desk in their order: which one holds for a ticket, and why. The first that matches is the one.
import type { SlaPolicyRow } from '../../ports/desk-rows.ts'
import type { PolicyBook } from '../../ports/rule-book.ts'
import { NotARule } from '../match/leaf.ts'
import { seenFacts } from '../match/seen.ts'
import { compiledTree, leavesThatHold } from '../match/tree.ts'

const byOrder = (a: SlaPolicyRow, b: SlaPolicyRow): number => a.weight - b.weight || (a.id < b.id ? -1 : 1)

export function makePolicyBook(rows: readonly SlaPolicyRow[]): PolicyBook {
  const active = rows.filter(({ isActive }) => isActive).toSorted(byOrder)
  const ready = active.flatMap((policy) => {
    const tree = unlessOdd(() => (policy.when === null ? null : compiledTree(policy.when)))
    return tree === undefined ? [] : [{ policy, tree }]
  })
  const byId = new Map(active.map((it) => [it.id, it]))
  return {
    isEmpty: active.length === 0,
    byId: (id) => byId.get(id) ?? null,
    match(facts) {
      const seen = seenFacts(facts)
      for (const { policy, tree } of ready) {
        // An expression is compiled when it is first asked.
        const leaves = unlessOdd(() => (tree === null ? [] : leavesThatHold(tree, seen)))
        if (leaves) return { policy, tests: leaves.map((it) => it.shown(seen)) }
      }
      return null
    },
  }
}

/** One that this version cannot ask takes no other along. */
function unlessOdd<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof NotARule) return undefined
    throw error
  }
}
