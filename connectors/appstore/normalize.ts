// Pure: the bytes of a review, or of a page of them → every fact in it; what cannot be read is a fact of its own.
import type { InboundEvent, Raw } from '../../core/ports/channel.ts'
import { isObject, readJson, textAt, unreadable } from '../_shared/read-json.ts'
import { eventsOfReview, goneIn, quarantined, reviewGone, type Home } from '../_shared/reviews/events.ts'
import { includedIn, instantIn, isResponse, itemsOf, readResponse, readReview } from './wire.ts'

export function normalize(raw: Raw): readonly InboundEvent[] {
  const home: Home = { channel: 'appstore', raw }
  const gone = goneIn(raw)
  if (gone !== undefined) return [reviewGone(gone, home)]
  const body = readJson(raw.bytes, 'reviews of the App Store')
  const items = itemsOf(body)
  if (items === null) throw unreadable('reviews of the App Store', 'there is no review in them')
  const included = includedIn(body)
  return items.flatMap((item, at) => eventsOf(item, `data[${at}]`, { home, included }))
}

interface Around {
  readonly home: Home
  readonly included: readonly unknown[]
}

function eventsOf(item: unknown, path: string, { home, included }: Around): readonly InboundEvent[] {
  if (!isObject(item)) return [quarantined(path, 'it is not an object', home)]
  if (isResponse(item)) return answerAlone(item, path, home)
  const review = readReview(item, included, home.raw.receivedAt)
  if (review === null) return [quarantined(path, 'it is no review with an id', home)]
  return eventsOfReview(review, home)
}

/** An answer that came without its review, as Apple gives it when it is asked for alone. */
function answerAlone(item: Readonly<Record<string, unknown>>, path: string, home: Home): readonly InboundEvent[] {
  const review = textAt(objectIn(item, 'relationships', 'review', 'data'), 'id')
  const said = review === undefined ? null : readResponse(review, item)
  if (review === undefined || said === null)
    return [quarantined(path, 'an answer that names no review or no words', home)]
  const at = instantIn(objectIn(item, 'attributes'), 'lastModifiedDate') ?? home.raw.receivedAt
  const alone = { id: review, by: null, at, text: '', about: {}, vendor: { review }, talk: [said] }
  return eventsOfReview(alone, { ...home, raw: { ...home.raw, meta: { ...home.raw.meta, isSame: 'yes' } } })
}
const objectIn = (from: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), from)
