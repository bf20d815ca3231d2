// The one answer a store keeps under a review: for which review it is, and what the one that stands there says of ours.
import type { OutboundMessage, SendOutcome } from '../../../core/ports/channel.ts'
import { answerKey } from './review.ts'

export const reviewOf = ({ vendor, to }: OutboundMessage): string => vendor['review'] ?? to.id

export const never: SendOutcome = { is: 'try-later', afterSeconds: 0, scope: 'message', why: 'The store never had it' }

/** `standing`: the words of ours that stand there, if any. Those of a colleague are not overwritten blindly. */
export function judged(message: OutboundMessage, standing: string | undefined): SendOutcome {
  const review = reviewOf(message)
  if (standing === message.text) return { is: 'sent', externalId: answerKey(review, standing) }
  if (standing === undefined || answerKey(review, standing) === message.replaces) return never
  return { is: 'unknown', why: 'Another answer stands at the review now; whether ours came before it cannot be known' }
}
