// One sighting of a review → what happened: it came, it changed, it was answered, an answer got further, it is gone.
import { createHash } from 'node:crypto'
import type { InboundEvent, Raw } from '../../../core/ports/channel.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { Part, Party } from '../../../schemas/message.ts'
import { hashOf, wordsOf, type Review, type Said } from './review.ts'

/** What the poll knows and the bytes do not say; every name is optional, so that bytes alone are read as seen for the first time. */
export interface SightingMeta {
  /** Which wording of the review this is, counted by the poll: 1 is how it came. */
  readonly version?: string
  /** Nobody knows whether an earlier wording was taken: it came, or it changed. */
  readonly also?: string
  /** Only what was said under it is new. */
  readonly isSame?: string
  readonly editedAt?: string
  /** A JSON list: answers that stood there and do not any more. */
  readonly gone?: string
}
export interface Home {
  readonly channel: string
  /** Its route names the app: with the channel it begins every key. */
  readonly raw: Raw
}
export const scopeOf = ({ channel, raw }: Home): string => `${channel}:${raw.route}`

export function eventsOfReview(review: Review, home: Home): readonly InboundEvent[] {
  const meta = (home.raw.meta ?? {}) as SightingMeta
  const at = { review, meta, home }
  return [
    ...(meta.isSame === 'yes' ? [] : ofTheReview(at)),
    ...(review.talk ?? []).flatMap((said) => ofSaid(said, at)),
    ...listIn(meta.gone).map((key) => deleted(key, review.id, home, meta.version ?? '1')),
  ]
}

/** The store does not know it any more. */
export const reviewGone = (id: string, home: Home): InboundEvent => deleted(id, id, home, 'gone')

interface Seen {
  readonly review: Review
  readonly meta: SightingMeta
  readonly home: Home
}

function ofTheReview(at: Seen): readonly InboundEvent[] {
  const isFirst = versionOf(at) === '1'
  if (isFirst) return [received(at)]
  return at.meta.also === 'yes' ? [received(at), edited(at)] : [edited(at)]
}

const versionOf = ({ meta }: Seen): string => (/^[1-9]\d{0,15}$/.test(meta.version ?? '') ? meta.version! : '1')
const headOf = (home: Home, id: string) => ({
  lane: `${scopeOf(home)}/${id}`,
  threadKeys: [`${scopeOf(home)}:${id}`],
})
const partyOf = ({ review, home }: Seen): Party => ({
  id: review.id,
  name: review.by,
  address: null,
  keys: [`${home.channel}.review:${home.raw.route}:${review.id}`],
})

function partsOf({ stars, title, about }: Review): readonly Part[] {
  const said = { ...(stars === undefined ? {} : { stars }), ...(title === undefined ? {} : { title }) }
  return [{ kind: 'review', ...said, ...about }]
}

function received(at: Seen): InboundEvent {
  const { review } = at
  return {
    type: 'message.received',
    dedupe: `${review.id}:${versionOf(at)}:${hashOf(review)}`,
    ...headOf(at.home, review.id),
    at: review.at,
    data: {
      kind: 'review',
      externalId: review.id,
      from: partyOf(at),
      ...(review.title === undefined || review.title === '' ? {} : { subject: review.title }),
      text: wordsOf(review),
      parts: partsOf(review),
      attachments: [],
      repliesTo: [],
      vendor: review.vendor,
    },
  }
}

function edited(at: Seen): InboundEvent {
  const { review, meta } = at
  return {
    type: 'message.edited',
    dedupe: `${review.id}:${versionOf(at)}:${hashOf(review)}`,
    ...headOf(at.home, review.id),
    at: (meta.editedAt ?? review.at) as Instant,
    data: {
      target: review.id,
      revision: versionOf(at),
      by: partyOf(at),
      text: wordsOf(review),
      parts: partsOf(review),
      attachments: [],
    },
  }
}

function ofSaid(said: Said, at: Seen): readonly InboundEvent[] {
  if (said.by === 'customer') return [followUp(said, at)]
  return [echoed(said, at), ...(said.state === undefined ? [] : [told(said, said.state, at)])]
}

const timeOf = (said: Said, { home }: Seen): Instant => said.at ?? home.raw.receivedAt
const wordsUnder = (said: Said, { review }: Seen) => ({
  kind: 'review',
  externalId: said.key,
  text: said.text,
  parts: [],
  attachments: [],
  repliesTo: [review.id],
})

function followUp(said: Said, at: Seen): InboundEvent {
  const data = { ...wordsUnder(said, at), from: partyOf(at), vendor: { ...at.review.vendor, followUp: said.key } }
  return { type: 'message.received', dedupe: said.key, ...headOf(at.home, at.review.id), at: timeOf(said, at), data }
}

/**
 * Ours or a colleague's in the store's own console: the record knows which, by its key. The same words put back later are a new fact, so
 * its time is a part of it.
 */
function echoed(said: Said, at: Seen): InboundEvent {
  const us: Party = { id: at.home.raw.route, name: null, address: null, keys: [] }
  const data = {
    ...wordsUnder(said, at),
    from: us,
    to: [partyOf(at)],
    vendor: at.review.vendor,
    mayBeOurs: true as const,
    stands: (at.review.talk ?? []).filter(({ by }) => by === 'us').map(({ key }) => key),
  }
  return {
    type: 'message.echoed',
    dedupe: said.at === null ? said.key : `${said.key} ${said.at}`,
    ...headOf(at.home, at.review.id),
    at: timeOf(said, at),
    data,
  }
}

const told = (said: Said, state: NonNullable<Said['state']>, at: Seen): InboundEvent => ({
  type: 'message.delivery_updated',
  dedupe: `${said.key} ${state}`,
  ...headOf(at.home, at.review.id),
  at: timeOf(said, at),
  data: {
    externalId: said.key,
    state,
    ...(state === 'failed' ? { code: 'rejected', why: 'The store did not publish it.' } : {}),
  },
})

function deleted(target: string, review: string, home: Home, revision: string): InboundEvent {
  return {
    type: 'message.deleted',
    dedupe: `${target} gone ${revision}`,
    ...headOf(home, review),
    at: home.raw.receivedAt,
    data: { target, revision },
  }
}

function listIn(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter((it) => typeof it === 'string') : []
  } catch {
    return []
  }
}

/** Something that is no review; the same bytes again are the same fact. */
export const quarantined = (path: string, why: string, home: Home): InboundEvent => ({
  type: 'ingest.quarantined',
  dedupe: `${path} ${createHash('sha256').update(home.raw.bytes).digest('hex')}`,
  lane: `${scopeOf(home)}/quarantine`,
  threadKeys: [],
  at: home.raw.receivedAt,
  data: { path, why },
})

/** The raw of a review that the store does not know any more: its name is not in the store's word for it. */
export const goneIn = ({ meta }: Raw): string | undefined =>
  meta?.['version'] === undefined ? meta?.['review'] : undefined
