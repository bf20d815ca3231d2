// How long a ticket lives and what an answer makes of it: what is set for its account, else its brand, else the workspace; of coming back, its group (3.3, 3.8, B6).
import type { Desk } from '../ports/desk.ts'
import type { FollowUp, LifecycleSet, ReplyMakes } from '../../schemas/lifecycle.ts'
import type { TicketRow, WorkspaceRow } from '../ports/rows.ts'

export interface Lifecycle {
  /** What a public answer of a person makes of the ticket. */
  readonly onReply: ReplyMakes
  /** So many days a resolved ticket is reopened by its customer. 0: never; null: always. */
  readonly followUpDays: number | null
  /** So many days after it was resolved it closes. Null: never by itself. */
  readonly closeDays: number | null
  readonly requireTopic: boolean
}

/** Where nothing else is known than the workspace. */
export const wholeLife = ({ onReply, followUpDays, closeDays, requireTopic }: WorkspaceRow): Lifecycle => ({
  onReply,
  followUpDays,
  closeDays,
  requireTopic,
})

type Of = Pick<TicketRow, 'brand' | 'channel' | 'account' | 'group'>

export function lifecycleOf(desk: Desk, { brand, channel, account, group }: Of): Lifecycle {
  const { requireTopic, lifecycle } = desk.rows
  const set: Required<LifecycleSet> = {
    ...lifecycle,
    ...desk.brands.get(brand ?? '')?.lifecycle,
    ...desk.accounts.get(`${channel}/${account}`)?.lifecycle,
  }
  return { ...withGroup(set, desk.groups.get(group ?? '')?.followUp ?? null), requireTopic }
}

/** A promise of a group that its customers may come back keeps its tickets from closing before. */
function withGroup(set: Required<LifecycleSet>, followUp: FollowUp | null): Omit<Lifecycle, 'requireTopic'> {
  switch (followUp?.reopen) {
    case undefined:
      return set
    case 'never':
      return { ...set, followUpDays: 0 }
    case 'always':
      return { ...set, followUpDays: null, closeDays: null }
    case 'within':
      return { ...set, followUpDays: followUp.days, closeDays: Math.max(set.closeDays, followUp.days) }
  }
}
