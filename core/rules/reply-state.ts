// Where a reply stands after a fact about it: forward only, whatever order facts come in (P4, B15).
import type { ReplyId } from '../../schemas/ids.ts'
import type { ReplyState } from '../../schemas/reply.ts'

const arrived = ['sent', 'delivered', 'read'] as const

/**
 * What a vendor's word or our own sending may make of it; the store holds the same order (`reply_moves`). A reply that may have gone out
 * (sending, unsure, or queued again by a person) believes the vendor that it arrived: so it is not sent twice. `failed` ends it for
 * whatever comes late; only a person begins it again, and a failure told while it waits for that next try is of the try before. What was
 * delivered cannot fail any more, and what a person gave up stays given up.
 */
const following: Readonly<Record<ReplyState, readonly ReplyState[]>> = {
  queued: ['sending', 'cancelled', ...arrived],
  sending: ['unsure', 'failed', ...arrived],
  unsure: ['failed', 'cancelled', ...arrived],
  sent: ['delivered', 'read', 'failed'],
  delivered: ['read'],
  read: [],
  failed: [],
  cancelled: [],
}

/** The state after `to` was told, or null when nothing changes. */
export const nextReplyState = (from: ReplyState, to: ReplyState): ReplyState | null =>
  following[from].includes(to) ? to : null

/** Has the vendor told us by now that it has it? */
export const isProven = (state: ReplyState): boolean => (arrived as readonly ReplyState[]).includes(state)

/**
 * Whose `message.sent` it is: the vendor's answer and a receipt that overtook it raise one event, whoever is first. A reply that was sent
 * again after it had failed has another id at the vendor by then (`known` is the one before), and that it went out is news once more.
 */
export const proofOf = (reply: ReplyId, known: string | null, externalId: string | null) => ({
  decider: 'deliver',
  cause: known === null || externalId === null || known === externalId ? reply : `${reply} ${externalId}`,
})
