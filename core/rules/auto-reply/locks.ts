// What an automatic reply holds while its budgets are counted: many processes answer at once, and none may spend what another one spends.
import type { ConversationId, TicketId } from '../../../schemas/ids.ts'
import { lockOf, type LockKey } from '../../ports/worker.ts'

export const autoReplyLocks = (of: {
  readonly ticket: TicketId
  readonly conversation: ConversationId
  readonly address: string
  readonly domain: string | null
}): readonly LockKey[] => [
  lockOf('conversation', of.conversation),
  lockOf('contact', 'auto-reply to', of.address),
  ...(of.domain === null ? [] : [lockOf('contact', 'auto-reply to domain', of.domain)]),
  lockOf('ticket', of.ticket),
]
