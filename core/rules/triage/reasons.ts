// Why triage did something: a rule, or what the desk says without one.
import type { Because } from '../../../schemas/because.ts'
import type { RuleMatch } from '../../ports/rule-book.ts'
import type { Reason } from '../ticket-events.ts'
import { sentenceOf } from '../rule-sentence.ts'

/** `after`: the rules that led to it. */
export const byRule = (match: RuleMatch, after: readonly string[], by: Because['by'] = 'rule'): Reason => ({
  by: { kind: 'rule', id: match.rule.id },
  why: sentenceOf(match),
  because: { rule: match.rule.id, by, name: match.rule.name, tests: [...match.tests], ...afterOf(after) },
})

export const byDesk = (
  by: Exclude<Because['by'], 'rule'>,
  name: string | null,
  why: string,
  after: readonly string[] = [],
): Reason => ({ why, because: { rule: null, by, name, tests: [], ...afterOf(after) } })

const afterOf = (after: readonly string[]): Pick<Because, 'after'> => (after.length === 0 ? {} : { after: [...after] })
