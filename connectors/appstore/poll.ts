// Reads the reviews: the newest every few minutes, and now and then far into the list, for edits that move nothing.
import type { Instant } from '../../schemas/ids.ts'
import { elementsOf, membersOf, valueOf } from '../_shared/json-slices.ts'
import { isObject, textAt, textOf, objectAt, type Json } from '../_shared/read-json.ts'
import { reviewPoll, unreadableSighting, type ReviewStore, type Sighting, type Walk } from '../_shared/reviews/poll.ts'
import { StoreTrouble } from '../_shared/reviews/trouble.ts'
import { share } from '../_shared/reviews/budget.ts'
import { ask, type Got, type Rate, type Way } from './api.ts'
import { baseOf, defaults, type SecretName, type Settings } from './settings.ts'
import { includedIn, itemsOf, readReview } from './wire.ts'

const pageSize = 200
/** A list that never ends is no list. */
const mostPages = 50
const budgetPauseSeconds = 600

export const poll = reviewPoll<Settings, SecretName>(storeOf, defaults.pollSeconds)

function storeOf(way: Way): ReviewStore {
  const { settings } = way.account
  return {
    route: settings.appId,
    historyDays: settings.historyDays ?? defaults.historyDays,
    deepSeconds: (settings.deepHours ?? defaults.deepHours) * 3600,
    walk: (walk) => pages(walk, way),
    async look(id) {
      const got = await ask({ method: 'GET', path: `v1/customerReviews/${encodeURIComponent(id)}` }, way)
      if (got.is === 'ok') return 'there'
      if (got.status === 404) return got.bytes
      throw troubleOf(got, way)
    },
  }
}

/** Never ends at the first known one: reviews move while we read, and an edit may lie behind ten that did not change. */
async function* pages(walk: Walk, way: Way): AsyncGenerator<readonly Sighting[]> {
  const { appId, deepPages = defaults.deepPages } = way.account.settings
  const base = baseOf(way.account.settings)
  let next: string | null = `v1/apps/${appId}/customerReviews?sort=-createdDate&limit=${pageSize}&include=response`
  for (let page = 1; next !== null && page <= mostPages; page += 1) {
    const got: Got = await ask({ method: 'GET', path: next }, way)
    if (got.is === 'failed') throw troubleOf(got, way)
    const sightings = sightingsIn(got.bytes, got.body, way.edges.clock.now())
    yield sightings
    next = nextOf(got.body, base)
    const oldest = sightings.map(({ review }) => review.at).toSorted()[0]
    walk.reachedTo = next === null ? ('1970-01-01T00:00:00.000Z' as Instant) : (oldest ?? walk.reachedTo)
    if (walk.isDeep ? page >= deepPages && walk.newOnPage === 0 : walk.newOnPage === 0) return
    if (next !== null) keepTo(got.rate)
  }
}

/** The hour's calls are of the key, whatever apps and processes use it; what is left says how much they used. */
function keepTo(rate: Rate | null): void {
  if (rate === null || rate.left > rate.limit * (1 - share)) return
  throw new StoreTrouble(
    { is: 'later', afterSeconds: budgetPauseSeconds },
    `Of ${rate.limit} calls an hour of this key ${rate.left} are left; they are kept for answers.`,
  )
}

/** Its address brings our token along: only to where we asked (S8). */
function nextOf(body: Json, base: string): string | null {
  const next = textAt(objectAt(body, 'links'), 'next')
  if (next === undefined) return null
  if (URL.canParse(next) && new URL(next).origin === new URL(base).origin) return next
  throw new StoreTrouble(
    { is: 'setup' },
    'The store names a next page at another host; it is not followed. Is apiBase right?',
  )
}

/** Each review in the store's own bytes, with the answer that belongs to it, in the form in which Apple gives a single one. */
export function sightingsIn(bytes: Uint8Array, body: Json, now: Instant): readonly Sighting[] {
  const items = itemsOf(body)
  if (items === null) throw new StoreTrouble({ is: 'later' }, 'The store answered without a list of reviews.')
  const members = membersOf(textOf(bytes))
  const slices = elementsOf(valueOf(members, 'data') ?? '[]')
  const included = includedIn(body)
  const includedSlices = elementsOf(valueOf(members, 'included') ?? '[]')
  return items.map((item, at) => {
    const answer = answerOf(item)
    const own = includedSlices.filter((_, n) => answer !== undefined && textAt(included[n], 'id') === answer)
    const text = `{"data":${slices[at] ?? JSON.stringify(item)},"included":[${own.join(',')}]}`
    const review = isObject(item) ? readReview(item, included, now) : null
    const cut = new TextEncoder().encode(text)
    return review === null ? unreadableSighting(cut, now) : { review, bytes: cut }
  })
}
const answerOf = (item: unknown): string | undefined =>
  textAt(objectAt(objectAt(objectAt(item, 'relationships'), 'response'), 'data'), 'id')

function troubleOf({ status, outcome }: Extract<Got, { is: 'failed' }>, { account }: Way): StoreTrouble {
  if (outcome.is === 'account-down') return new StoreTrouble({ is: 'auth' }, outcome.why)
  if (status === 404)
    return new StoreTrouble({ is: 'setup' }, `There is no app ${account.settings.appId} that this key may see.`)
  if (outcome.is === 'refused') return new StoreTrouble({ is: 'setup' }, outcome.why)
  if (outcome.is === 'try-later' && status === 429)
    return new StoreTrouble({ is: 'later', afterSeconds: outcome.afterSeconds }, outcome.why)
  return new StoreTrouble({ is: 'later' }, outcome.why)
}
