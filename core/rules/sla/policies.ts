// The policies of a desk in their order: which one holds for a ticket, and why. The first that matches is the one.
import type { SlaPolicyRow } from '../../ports/desk-rows.ts'
import type { PolicyBook } from '../../ports/rule-book.ts'
import { readyConditions } from '../match/compiled-rule.ts'
import { seenFacts } from '../match/seen.ts'

const byOrder = (a: SlaPolicyRow, b: SlaPolicyRow): number => a.weight - b.weight || (a.id < b.id ? -1 : 1)

export function makePolicyBook(rows: readonly SlaPolicyRow[]): PolicyBook {
  const active = rows.filter(({ isActive }) => isActive).toSorted(byOrder)
  const ready = active.flatMap((policy) => {
    const conditions = readyConditions(policy.when)
    return conditions === null ? [] : [{ policy, conditions }]
  })
  const byId = new Map(active.map((it) => [it.id, it]))
  return {
    isEmpty: active.length === 0,
    byId: (id) => byId.get(id) ?? null,
    match(facts) {
      const seen = seenFacts(facts)
      for (const { policy, conditions } of ready) {
        const leaves = conditions.leavesThatHold(seen)
        if (leaves) return { policy, tests: leaves.map((it) => it.shown(seen)) }
      }
      return null
    },
  }
}
