// Answers one review, or puts new words in place of the answer that stands there, and says which of five outcomes it had.
import type { Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import { objectAt, textAt } from '../_shared/read-json.ts'
import { judged, reviewOf } from '../_shared/reviews/answer.ts'
import { answerKey } from '../_shared/reviews/review.ts'
import { ask, type Ours } from './api.ts'
import { reviewsOf } from './settings.ts'
import { readReview } from './wire.ts'

/** Google takes tags out: the words it gives back are those that stand there. */
export async function send(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const review = reviewOf(message)
  const url = `${reviewsOf(account.settings)}/${encodeURIComponent(review)}:reply`
  const got = await ask({ method: 'POST', url, body: { replyText: message.text } }, { account, edges, signal })
  if (got.is === 'failed') return got.outcome
  const text = textAt(objectAt(got.body, 'result'), 'replyText')
  if (text === undefined) return { is: 'unknown', why: 'Google Play said yes but not to which words' }
  return { is: 'sent', externalId: answerKey(review, text) }
}

export async function find(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const url = `${reviewsOf(account.settings)}/${encodeURIComponent(reviewOf(message))}`
  const got = await ask({ method: 'GET', url }, { account, edges, signal })
  if (got.is === 'failed') return got.outcome
  const [said] = readReview(got.body, edges.clock.now(), false)?.talk ?? []
  return judged(message, said?.text)
}

export async function test(
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly why: string }> {
  const got = await ask(
    { method: 'GET', url: `${reviewsOf(account.settings)}?maxResults=1` },
    { account, edges, signal },
  )
  if (got.is === 'ok') return { ok: true, why: `The reviews of ${account.settings.packageName} can be read` }
  if (got.status === 404)
    return { ok: false, why: `There is no app ${account.settings.packageName} that this key may see` }
  return { ok: false, why: got.outcome.why }
}
