// Up to where a feed was read: the newest id, and which ones near it were seen, because ids are in order of time only to about a second.
import { jsonOf } from './errors.ts'
import type { Instant } from '../../schemas/ids.ts'
import { listAt, textAt } from '../_shared/read-json.ts'
import { idOrder } from './wire.ts'

export interface Place {
  readonly newest: string
  /** Of those not older than the overlap; bounded by what is said in ten seconds. */
  readonly recent: readonly string[]
  /** When the vendor was last asked, to the hour: nothing may have come for longer than it shows. */
  readonly readAt?: Instant
  /** A gap is being shown in the health until then. */
  readonly gapUntil?: Instant
}

/** What is made in the same moment on two machines of the vendor's may become visible in the other order (sheet section 4). */
const overlapMs = 10_000n
const mostRecent = 2_000

export function placeIn(text: string | null): Place | null {
  const value = text === null ? null : jsonOf(Buffer.from(text))
  const newest = textAt(value, 'newest')
  if (newest === undefined || !/^\d{1,30}$/.test(newest)) return null
  const recent = listAt(value, 'recent').filter((it): it is string => typeof it === 'string')
  const [readAt, gapUntil] = [instantAt(value, 'readAt'), instantAt(value, 'gapUntil')]
  return {
    newest,
    recent,
    ...(readAt === undefined ? {} : { readAt }),
    ...(gapUntil === undefined ? {} : { gapUntil }),
  }
}
const instantAt = (value: unknown, key: string): Instant | undefined => {
  const text = textAt(value, key)
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : (text as Instant)
}

/** Everything after this id is looked at again. */
export function sinceOf({ newest }: Place): string {
  const since = BigInt(newest) - (overlapMs << 22n)
  return String(since > 0n ? since : 1n)
}
export function isSeen(id: string, place: Place): boolean {
  if (idOrder(id, place.newest) > 0) return false
  return idOrder(id, sinceOf(place)) <= 0 || place.recent.includes(id)
}

export function moved(place: Place, ids: readonly string[]): Place {
  const newest = ids.reduce((most, id) => (idOrder(id, most) > 0 ? id : most), place.newest)
  const since = sinceOf({ newest, recent: [] })
  const recent = [...new Set([...place.recent, ...ids])].filter((id) => idOrder(id, since) > 0)
  return { newest, recent: recent.toSorted(idOrder).slice(-mostRecent) }
}
