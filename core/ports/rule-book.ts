// What a set of rules answers: which of them match these facts, in order, and why. Made by core/rules/match from the rows.
import type { MatchedTest } from '../../schemas/because.ts'
import type { ChangeField, RuleEvent } from '../../schemas/rule.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { RuleRow, SlaPolicyRow } from './desk-rows.ts'

/** What conditions look at, by the names of `conditionFields` and `mail.header.…`. Absent or null: not set. */
export type RuleFacts = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>

/** What the rules are asked about. */
export interface RuleQuestion {
  readonly on: RuleEvent
  /** Of `changed`: what changed. */
  readonly fields?: readonly ChangeField[]
  /** Of `time`: the rule whose hour it is. */
  readonly rule?: string
  readonly channel: string | null
  readonly account: string | null
  readonly brand: string | null
  readonly facts: RuleFacts
}
export interface RuleMatch {
  readonly rule: RuleRow
  /** The leaves that held, with what was found: enough of them to make the tree true. */
  readonly tests: readonly MatchedTest[]
}
export interface RuleBook {
  /** In order of weight, then id. Costs by what may match, not by how many there are. */
  matches(question: RuleQuestion): readonly RuleMatch[]
  /**
   * Of `time` rules in scope, when the next hour strikes after `after`; null: none. Two may strike at one instant: whoever asks when the hour
   * of a rule has struck names it (`struck`, with `after` its hour), and hears of those behind it at the same instant first.
   */
  nextTime(
    of: { readonly channel: string | null; readonly account: string | null; readonly brand: string | null },
    clocks: Readonly<Record<'createdAt' | 'lastMessageAt' | 'lastCustomerMessageAt' | 'resolvedAt', Instant | null>>,
    after: Instant,
    struck?: string,
  ): { readonly rule: string; readonly dueAt: Instant } | null
}

export interface PolicyMatch {
  readonly policy: SlaPolicyRow
  readonly tests: readonly MatchedTest[]
}
/** What is promised to whom: made by core/rules/sla from the rows. */
export interface PolicyBook {
  /** None is active: nothing has to be read for it. */
  readonly isEmpty: boolean
  /** Every field that an active one looks at: when one of them changes, it is chosen anew. */
  readonly looksAt: ReadonlySet<string>
  /** An active one. */
  byId(id: string): SlaPolicyRow | null
  /** The first in order that matches. */
  match(facts: RuleFacts): PolicyMatch | null
}
