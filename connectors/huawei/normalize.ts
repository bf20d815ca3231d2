// Pure: the bytes of a review, or of a page of them → every fact in it; what cannot be read is a fact of its own.
import type { InboundEvent, Raw } from '../../core/ports/channel.ts'
import { isObject, readJson, unreadable } from '../_shared/read-json.ts'
import { eventsOfReview, goneIn, quarantined, reviewGone, type Home } from '../_shared/reviews/events.ts'
import { itemsOf, readReview } from './wire.ts'

export function normalize(raw: Raw): readonly InboundEvent[] {
  const home: Home = { channel: 'huawei', raw }
  const gone = goneIn(raw)
  if (gone !== undefined) return [reviewGone(gone, home)]
  const items = itemsOf(readJson(raw.bytes, 'reviews of AppGallery'))
  if (items === null) throw unreadable('reviews of AppGallery', 'there is no review in them')
  return items.flatMap((item, at) => {
    const review = isObject(item) ? readReview(item, raw.receivedAt) : null
    return review === null
      ? [quarantined(`reviews[${at}]`, 'it is no review with an id', home)]
      : eventsOfReview(review, home)
  })
}
