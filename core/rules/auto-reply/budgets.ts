// How much a machine may say to one ticket, address and domain: what the ticket's brand says, else its workspace, else the house (3.8).
import { autoReplyBudgetsDefault, type AutoReplyBudgets } from '../../../schemas/auto-reply.ts'
import type { Desk } from '../../ports/desk.ts'

export type Budgets = Required<AutoReplyBudgets>

export const budgetsOf = ({ rows, brands }: Desk, brand: string | null): Budgets => ({
  ...autoReplyBudgetsDefault,
  ...rows.autoReplyBudgets,
  ...brands.get(brand ?? '')?.autoReplyBudgets,
})
