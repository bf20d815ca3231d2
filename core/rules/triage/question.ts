// What rules are asked about a ticket, and which rules' effects led there (P14).
import type { MessageId, TicketId } from '../../../schemas/ids.ts'
import type { ChangeField, RuleEvent } from '../../../schemas/rule.ts'

export interface Question {
  readonly on: RuleEvent
  /** Of `changed`. */
  readonly field: ChangeField | null
  readonly ticket: TicketId
  /** Null: the customer's newest. */
  readonly message: MessageId | null
  /** Rules that led here, the first one first: none of them is asked again. */
  readonly after: readonly string[]
}
/** Stands for the worker that gives tickets to agents: what follows from its deed gives the ticket to nobody else, or they would go on for ever. */
export const machine = '(assignment)'
/** So many rules may follow one from the other. */
const deepest = 3
export const isDeepest = ({ after }: Pick<Question, 'after'>): boolean =>
  after.filter((it) => it !== machine).length >= deepest
