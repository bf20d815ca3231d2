// Pure: the bytes of a review, or of a page of them → every fact in it; what cannot be read is a fact of its own.
import type { InboundEvent, Raw } from '../../core/ports/channel.ts'
import { isObject, readJson, unreadable } from '../_shared/read-json.ts'
import { eventsOfReview, goneIn, quarantined, reviewGone, type Home } from '../_shared/reviews/events.ts'
import type { Settings } from './settings.ts'
import { itemsOf, readReview } from './wire.ts'

export function normalize(raw: Raw, account: { readonly settings: Settings }): readonly InboundEvent[] {
  const home: Home = { channel: 'googleplay', raw }
  const gone = goneIn(raw)
  if (gone !== undefined) return [reviewGone(gone, home)]
  const items = itemsOf(readJson(raw.bytes, 'reviews of Google Play'))
  if (items === null) throw unreadable('reviews of Google Play', 'there is no review in them')
  return items.flatMap((item, at) => {
    const isWithDevice = account.settings.deviceDetails === true
    const review = isObject(item) ? readReview(item, raw.receivedAt, isWithDevice) : null
    if (review === null)
      return [quarantined(`reviews[${at}]`, 'it is no review with an id and words of a customer', home)]
    return eventsOfReview(review, home)
  })
}
