// Answers one review: for the first time, what the customer wrote back, or in place of the answer that stands there.
import type { Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import { objectAt } from '../_shared/read-json.ts'
import { judged, reviewOf } from '../_shared/reviews/answer.ts'
import { answerKey } from '../_shared/reviews/review.ts'
import type { Failed } from '../_shared/store-calls.ts'
import { ask, type Got, type Ours, type Way } from './api.ts'
import { meansOf } from './errors.ts'
import { detailOf } from './poll.ts'
import { reviewsOf, type Settings } from './settings.ts'
import { repliesIn, type Reply } from './wire.ts'

/** What stands there decides how it is answered, so it is asked for first; nothing is sent by asking. */
export async function send(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const way = { account, edges, signal }
  const review = reviewOf(message)
  const found = await repliesTo(review, way)
  if ('failed' in found) return notSent(found.failed.outcome)
  const { vendor, text, ours } = message
  const body = {
    appId: account.settings.appId,
    reviewId: review,
    devReplyContent: text,
    // Of the review, never of the agent.
    lang: vendor['lang'] ?? '',
    countryCode: vendor['country'] ?? '',
    ...aimOf(found.replies.at(-1), account.settings),
  }
  const got = await ask({ method: 'POST', url: reviewsOf(account.settings), body, requestId: ours }, way)
  if (got.is === 'ok') return { is: 'sent', externalId: answerKey(review, text) }
  // "Duplicate" says that this very request was taken before: what stands there tells.
  if (meansOf(got.code)?.is === 'duplicate') return find(message, account, edges, signal)
  return got.outcome
}

/** A customer's last word is answered; over an answer of ours, or a colleague's, the new one is put. */
function aimOf(
  last: Reply | undefined,
  { platform }: Settings,
): { readonly toReplyId?: string; readonly updateReplyId?: string } {
  if (last === undefined) return {}
  if (!last.isOurs) return { toReplyId: last.id }
  // The newer generation changes no answer: it will say that there is one.
  return platform === 'harmonyos' ? {} : { updateReplyId: last.id }
}

const notSent = (outcome: Failed): SendOutcome =>
  outcome.is === 'unknown' ? { is: 'try-later', afterSeconds: 30, scope: 'message', why: outcome.why } : outcome

async function repliesTo(
  review: string,
  way: Way,
): Promise<{ readonly replies: readonly Reply[] } | { readonly failed: Extract<Got, { is: 'failed' }> }> {
  const got = await detailOf(review, way)
  return got.is === 'failed' ? { failed: got } : { replies: repliesIn(objectAt(got.body, 'data')) }
}

export async function find(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const found = await repliesTo(reviewOf(message), { account, edges, signal })
  if ('failed' in found) return found.failed.outcome
  const ours = found.replies.filter((it) => it.isOurs)
  return judged(message, ours.find((it) => it.text === message.text)?.text ?? ours.at(-1)?.text)
}

export async function test(
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly why: string }> {
  const { appId, countries, site } = account.settings
  const now = Date.parse(edges.clock.now())
  const query = new URLSearchParams({
    appId,
    beginTime: String(now - 3_600_000),
    endTime: String(now),
    countries: countries.join(','),
    page: '1',
    limit: '1',
  })
  const got = await ask(
    { method: 'GET', url: `${reviewsOf(account.settings)}?${query.toString()}` },
    { account, edges, signal },
  )
  if (got.is === 'ok' || meansOf(got.code)?.is === 'empty')
    return { ok: true, why: `The reviews of ${appId} can be read at ${site}` }
  return { ok: false, why: got.outcome.why }
}
