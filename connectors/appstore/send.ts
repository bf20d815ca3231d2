// Answers one review, or puts new words in place of the answer that stands there, and says which of five outcomes it had.
import type { Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import { objectAt, textAt } from '../_shared/read-json.ts'
import { judged, never, reviewOf } from '../_shared/reviews/answer.ts'
import { answerKey } from '../_shared/reviews/review.ts'
import { ask, type Ours } from './api.ts'

export async function send(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const review = reviewOf(message)
  const body = {
    data: {
      type: 'customerReviewResponses',
      attributes: { responseBody: message.text },
      relationships: { review: { data: { type: 'customerReviews', id: review } } },
    },
  }
  const got = await ask({ method: 'POST', path: 'v1/customerReviewResponses', body }, { account, edges, signal })
  if (got.is === 'failed') return got.outcome
  const text = textAt(objectAt(objectAt(got.body, 'data'), 'attributes'), 'responseBody')
  if (text === undefined) return { is: 'unknown', why: 'App Store Connect said yes but not to which words' }
  return { is: 'sent', externalId: answerKey(review, text) }
}

/** The store keeps one answer: what stands there says whether ours arrived. */
export async function find(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const path = `v1/customerReviews/${encodeURIComponent(reviewOf(message))}/response`
  const got = await ask({ method: 'GET', path }, { account, edges, signal })
  if (got.is === 'failed') return got.status === 404 ? never : got.outcome
  return judged(message, textAt(objectAt(objectAt(got.body, 'data'), 'attributes'), 'responseBody'))
}

export async function test(
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly why: string }> {
  const path = `v1/apps/${account.settings.appId}/customerReviews?limit=1`
  const got = await ask({ method: 'GET', path }, { account, edges, signal })
  if (got.is === 'ok') return { ok: true, why: `The reviews of the app ${account.settings.appId} can be read` }
  if (got.status === 404) return { ok: false, why: `There is no app ${account.settings.appId} that this key may see` }
  return { ok: false, why: got.outcome.why }
}
