// The rules of a desk as one book: in their order, compiled, and found by what an event has rather than one after the other.
import type { DeskRows, RuleRow } from '../../ports/desk-rows.ts'
import type { RuleBook, RuleMatch, RuleQuestion } from '../../ports/rule-book.ts'
import type { RuleEvent } from '../../../schemas/rule.ts'
import { compiledRule, inScope, type CompiledRule } from './compiled-rule.ts'
import { hoursOf } from './hours.ts'
import { indexOf } from './rule-index.ts'
import { seenFacts } from './seen.ts'

export const byOrder = (a: RuleRow, b: RuleRow): number =>
  a.weight - b.weight || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

export function makeRuleBook(rows: Pick<DeskRows, 'rules'>): RuleBook {
  const rules = rows.rules
    .filter(({ isActive }) => isActive)
    .toSorted(byOrder)
    .flatMap((row) => compiledRule(row) ?? [])
  const asked = (event: RuleEvent) => indexOf(rules.filter(({ row }) => row.on === event))
  const indexes = { created: asked('created'), message: asked('message'), changed: asked('changed') }
  const timed = new Map(rules.filter(({ row }) => row.on === 'time').map((rule) => [rule.row.id, rule]))
  return {
    matches(question) {
      const seen = seenFacts(question.facts)
      const may =
        question.on === 'time' ? only(timed.get(question.rule ?? '')) : indexes[question.on].mayMatch(question, seen)
      return may.flatMap((rule) => matched(rule, question, seen) ?? [])
    },
    nextTime: hoursOf([...timed.values()].map(({ row }) => row)),
  }

  function matched(rule: CompiledRule, question: RuleQuestion, seen: ReturnType<typeof seenFacts>): RuleMatch | null {
    if (!inScope(rule.row, question) || !names(rule.row, question)) return null
    const leaves = rule.leavesThatHold(seen)
    return leaves === null ? null : { rule: rule.row, tests: leaves.map((it) => it.shown(seen)) }
  }
}
const only = <T>(one: T | undefined): readonly T[] => (one === undefined ? [] : [one])

/** A rule about changes names the fields it waits for (features 3.5). */
const names = ({ on, fields }: RuleRow, question: RuleQuestion): boolean =>
  on !== 'changed' || fields.some((it) => question.fields?.includes(it) === true)
