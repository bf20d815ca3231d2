// Everything a ticket's rules do to it, in one breath: what triage commits, and what is said of a rule that is only tried.
import type { TriageRow } from '../../ports/reader.ts'
import type { RuleFacts } from '../../ports/rule-book.ts'
import type { Desk } from '../../ports/desk.ts'
import { ruleFactsOf } from '../match/facts.ts'
import { prioritise } from './prioritise.ts'
import { route } from './route.ts'
import { together, type Deeds, type Snapshot } from './snapshot.ts'
import type { Spoken } from './speak.ts'

export interface AllDeeds extends Deeds {
  /** It waits for an agent from now on. */
  readonly waits: boolean
}

/** One picture, and all that its rules do. A closed ticket does not change any more: who asks looks at that. */
export function deedsOf(snapshot: Snapshot, spoken: Spoken): AllDeeds {
  const fields = prioritise(snapshot, spoken)
  const routed = route(snapshot, fields.set)
  return { ...together([fields, routed]), waits: routed.waits }
}

/** What conditions look at. Our own words are no message of the customer's. */
export const factsAsked = (row: TriageRow, desk: Desk): RuleFacts =>
  ruleFactsOf(row.message?.direction === 'in' ? row : { ...row, message: null }, desk)
