// Why a draft is not a rule, in a sentence, before it is kept: fields, operators, values, sizes, and whatever it names.
import type { Desk } from '../../ports/desk.ts'
import type { RuleRow } from '../../ports/desk-rows.ts'

export interface NotThis {
  readonly field: string
  readonly why: string
}
export const whyNotARule = (_rule: RuleRow, _desk: Desk): NotThis | null => null
