// Reads the reviews of 48 hours every few minutes, of 30 days every day and of 180 every week: edits and follow-ups move nothing to the beginning.
import type { Instant } from '../../schemas/ids.ts'
import { elementsOf, membersOf, valueOf } from '../_shared/json-slices.ts'
import { field, isObject, objectAt, textOf, type Json } from '../_shared/read-json.ts'
import type { Notes } from '../_shared/reviews/notes.ts'
import { reviewPoll, unreadableSighting, type ReviewStore, type Sighting, type Walk } from '../_shared/reviews/poll.ts'
import { StoreTrouble } from '../_shared/reviews/trouble.ts'
import { ask, troubleOf, type Got, type Way } from './api.ts'
import { meansOf } from './errors.ts'
import { defaults, reviewsOf, type SecretName, type Settings } from './settings.ts'
import { hasNext, itemsOf, readReview, replyStateOf } from './wire.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** What is written late, or moved by a page that shifted, lies in here. */
const overlapMs = 48 * hourMs
const deepDays = 30
const farthestDays = 180
/** Under the six months that one question may span. */
const spanMs = 90 * dayMs
const pageSize = 100
const mostPages = 200

export const poll = reviewPoll<Settings, SecretName>(storeOf, defaults.pollSeconds)

function storeOf(way: Way): ReviewStore {
  const { settings } = way.account
  return {
    route: `${settings.site}:${settings.appId}`,
    historyDays: settings.historyDays ?? defaults.historyDays,
    deepSeconds: (settings.deepHours ?? defaults.deepHours) * 3600,
    walk: (walk, notes) => pages(walk, notes, way),
    async look(id) {
      const got = await detailOf(id, way)
      if (got.is === 'ok') return 'there'
      if (meansOf(got.code)?.is === 'refused' && got.outcome.is === 'refused' && got.outcome.code === 'review_gone')
        return got.bytes
      throw troubleOf(got)
    },
  }
}

async function* pages(walk: Walk, notes: Notes, way: Way): AsyncGenerator<readonly Sighting[]> {
  const now = Date.parse(way.edges.clock.now())
  const isFar = walk.isDeep && (notes.farAt === null || now - Date.parse(notes.farAt) >= 7 * dayMs)
  const lately =
    walk.highWater === null ? now - deepDays * dayMs : Math.min(now, Date.parse(walk.highWater)) - overlapMs
  const from = isFar ? now - farthestDays * dayMs : walk.isDeep ? Math.min(lately, now - deepDays * dayMs) : lately
  const begin = Math.max(from, now - farthestDays * dayMs)
  // The end stands still for the whole walk: what is written meanwhile is the next one's.
  for (let end = now; end > begin; end -= spanMs) yield* span({ begin: Math.max(begin, end - spanMs), end }, walk, way)
  walk.reachedTo = new Date(begin).toISOString() as Instant
  if (isFar) notes.farAt = way.edges.clock.now()
}

interface Span {
  readonly begin: number
  readonly end: number
}

/** Pages are counted off and shift when one is written: the first is read once more at the end. */
async function* span({ begin, end: last }: Span, walk: Walk, way: Way): AsyncGenerator<readonly Sighting[]> {
  let end = last
  let oldest = last
  let seen = 0
  for (let [page, n] = [1, 0]; n < mostPages; [page, n] = [page + 1, n + 1]) {
    const got = await ask({ method: 'GET', url: addressOf({ begin, end }, page, way) }, way)
    if (got.is === 'failed' && meansOf(got.code)?.is === 'empty') return
    if (got.is === 'failed' && meansOf(got.code)?.is === 'too-deep' && page > 1 && oldest < end) {
      // Deeper than Huawei pages: on from the oldest that was seen, as a span of its own.
      ;[end, page, seen] = [oldest, 0, 0]
      continue
    }
    if (got.is === 'failed') throw troubleOf(got)
    const sightings = await sightingsIn(got, walk, way)
    seen += sightings.length
    oldest = Math.min(...sightings.map(({ review }) => Date.parse(review.at)), oldest)
    yield sightings
    if (sightings.length === 0 || !hasNext(got.body, seen)) {
      if (page > 1) yield* again({ begin, end }, walk, way)
      return
    }
  }
}

async function* again(at: Span, walk: Walk, way: Way): AsyncGenerator<readonly Sighting[]> {
  const got = await ask({ method: 'GET', url: addressOf(at, 1, way) }, way)
  if (got.is === 'failed') throw troubleOf(got)
  yield await sightingsIn(got, walk, way)
}

function addressOf({ begin, end }: Span, page: number, { account: { settings } }: Way): string {
  const query = new URLSearchParams({
    appId: settings.appId,
    beginTime: String(begin),
    endTime: String(end),
    countries: settings.countries.join(','),
    sort: '0',
    page: String(page),
    limit: String(pageSize),
  })
  return `${reviewsOf(settings)}?${query.toString()}`
}

export const detailOf = (id: string, way: Way): Promise<Got> => {
  const query = new URLSearchParams({ appId: way.account.settings.appId })
  return ask(
    { method: 'GET', url: `${reviewsOf(way.account.settings)}/${encodeURIComponent(id)}?${query.toString()}` },
    way,
  )
}

/** Each review in Huawei's own bytes; one that was answered with all that was said under it, where that may be new. */
async function sightingsIn(got: Extract<Got, { is: 'ok' }>, walk: Walk, way: Way): Promise<readonly Sighting[]> {
  const items = itemsOf(got.body)
  if (items === null) throw new StoreTrouble({ is: 'later' }, 'The store answered without a list of reviews.')
  const slices = slicesOf(got.bytes)
  const sightings: Sighting[] = []
  // One after the other: Huawei names no rate, so we are gentle.
  for (const [at, item] of items.entries())
    sightings.push(await sightingOf(item, slices[at] ?? JSON.stringify(item), { walk, way }))
  return sightings
}

function slicesOf(bytes: Uint8Array): readonly string[] {
  const data = valueOf(membersOf(textOf(bytes)), 'data') ?? '[]'
  return elementsOf(data.startsWith('[') ? data : (valueOf(membersOf(data), 'reviewList') ?? '[]'))
}

async function sightingOf(
  item: unknown,
  slice: string,
  { walk, way }: { readonly walk: Walk; readonly way: Way },
): Promise<Sighting> {
  const now = way.edges.clock.now()
  const review = isObject(item) ? readReview(item, now) : null
  if (review === null) return unreadableSighting(new TextEncoder().encode(`{"data":[${slice}]}`), now)
  const bare = { review, bytes: new TextEncoder().encode(slice) }
  const state = replyStateOf(item as Json)
  // A customer who wrote back may write once more without another word in the list.
  if (state === 0 || (walk.markOf(review.id) === review.mark && state !== 6 && !walk.isDeep)) return bare
  const got = await detailOf(review.id, way)
  if (got.is === 'failed') {
    if (got.outcome.is === 'refused') return bare
    throw troubleOf(got)
  }
  const whole = objectAt(got.body, 'data')
  const full = whole === undefined || !Array.isArray(field(whole, 'replyList')) ? null : readReview(whole, now)
  return full === null || full.id !== review.id
    ? bare
    : { review: { ...full, mark: review.mark ?? '' }, bytes: got.bytes }
}
