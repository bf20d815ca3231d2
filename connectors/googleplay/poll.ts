// Reads the reviews: what changed lately every few minutes, and now and then everything Google shows, which is a week.
import type { Instant } from '../../schemas/ids.ts'
import { elementsOf, membersOf, valueOf } from '../_shared/json-slices.ts'
import { isObject, objectAt, textAt, textOf, type Json } from '../_shared/read-json.ts'
import { spend } from '../_shared/reviews/budget.ts'
import type { Notes } from '../_shared/reviews/notes.ts'
import { reviewPoll, unreadableSighting, type ReviewStore, type Sighting, type Walk } from '../_shared/reviews/poll.ts'
import { StoreTrouble } from '../_shared/reviews/trouble.ts'
import { ask, troubleOf, type Way } from './api.ts'
import { defaults, reviewsOf, type SecretName, type Settings } from './settings.ts'
import { itemsOf, readReview } from './wire.ts'

const shownDays = 7
const hourMs = 3_600_000
/** Changes arrive out of order by so much. */
const overlapMs = hourMs
const mostPages = 200

export const poll = reviewPoll<Settings, SecretName>(storeOf, defaults.pollSeconds)

function storeOf(way: Way): ReviewStore {
  const { settings } = way.account
  return {
    route: settings.packageName,
    historyDays: settings.historyDays ?? defaults.historyDays,
    deepSeconds: (settings.deepHours ?? defaults.deepHours) * 3600,
    shows: {
      days: shownDays,
      elsewhere:
        'They are in the monthly reports of the developer’s Cloud Storage bucket (Play Console, Download reports, Reviews).',
    },
    walk: (walk, notes) => pages(walk, notes, way),
    async look(id, notes) {
      spend(notes, settings.readsPerHour ?? defaults.readsPerHour, way.edges.clock)
      const got = await ask({ method: 'GET', url: `${reviewsOf(settings)}/${encodeURIComponent(id)}` }, way)
      if (got.is === 'ok') return 'there'
      if (got.status === 404) return got.bytes
      throw troubleOf(got, way)
    },
  }
}

/** The next page is there as long as it is named: pages may be short, and for some apps there is only one. */
async function* pages(walk: Walk, notes: Notes, way: Way): AsyncGenerator<readonly Sighting[]> {
  const { settings } = way.account
  const until = walk.highWater === null ? null : new Date(Date.parse(walk.highWater) - overlapMs).toISOString()
  let token: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    spend(notes, settings.readsPerHour ?? defaults.readsPerHour, way.edges.clock)
    const query = new URLSearchParams({ maxResults: '100', ...(token === undefined ? {} : { token }) })
    const got = await ask({ method: 'GET', url: `${reviewsOf(settings)}?${query.toString()}` }, way)
    if (got.is === 'failed') throw troubleOf(got, way)
    const sightings = sightingsIn(got.bytes, got.body, way)
    yield sightings
    token = textAt(objectAt(got.body, 'tokenPagination'), 'nextPageToken')
    const isOld = until !== null && sightings.length > 0 && sightings.every(({ review }) => review.at < until)
    if (!walk.isDeep && isOld && walk.newOnPage === 0) return
    if (token === undefined) break
  }
  const now = Date.parse(way.edges.clock.now())
  walk.reachedTo = new Date(now - shownDays * 24 * hourMs + overlapMs).toISOString() as Instant
}

/** Each review in Google's own bytes. */
export function sightingsIn(bytes: Uint8Array, body: Json, way: Way): readonly Sighting[] {
  const items = itemsOf(body)
  if (items === null) throw new StoreTrouble({ is: 'later' }, 'The store answered without a list of reviews.')
  const slices = elementsOf(valueOf(membersOf(textOf(bytes)), 'reviews') ?? '[]')
  const now = way.edges.clock.now()
  return items.map((item, at) => {
    const cut = new TextEncoder().encode(
      isObject(item) ? (slices[at] ?? JSON.stringify(item)) : `{"reviews":[${slices[at]}]}`,
    )
    const review = isObject(item) ? readReview(item, now, false) : null
    return review === null ? unreadableSighting(withList(cut, item), now) : { review, bytes: cut }
  })
}
/** One without an id would not be known for a review by itself. */
const withList = (cut: Uint8Array, item: unknown): Uint8Array =>
  isObject(item) ? new TextEncoder().encode(`{"reviews":[${textOf(cut)}]}`) : cut
