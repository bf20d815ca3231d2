// The policies of a desk in their order: which one holds for a ticket, and why. The first that matches is the one.
import type { Condition } from '../../../schemas/rule.ts'
import type { SlaPolicyRow } from '../../ports/desk-rows.ts'
import type { PolicyBook } from '../../ports/rule-book.ts'
import { readyConditions } from '../match/compiled-rule.ts'
import { seenFacts } from '../match/seen.ts'
import { isTest } from '../match/tree.ts'

const byOrder = (a: SlaPolicyRow, b: SlaPolicyRow): number => a.weight - b.weight || (a.id < b.id ? -1 : 1)

function fieldsIn(when: Condition): readonly string[] {
  if (isTest(when)) return [when.field]
  if ('not' in when) return fieldsIn(when.not)
  return ('all' in when ? when.all : when.any).flatMap(fieldsIn)
}

export function makePolicyBook(rows: readonly SlaPolicyRow[]): PolicyBook {
  const active = rows.filter(({ isActive }) => isActive).toSorted(byOrder)
  const ready = active.flatMap((policy) => {
    const conditions = readyConditions(policy.when)
    return conditions === null ? [] : [{ policy, conditions }]
  })
  const byId = new Map(active.map((it) => [it.id, it]))
  return {
    isEmpty: active.length === 0,
    looksAt: new Set(active.flatMap(({ when }) => (when === null ? [] : fieldsIn(when)))),
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
