// The poll of a store's reviews: new, changed, answered and vanished ones become raws; positions, pauses, gaps and health beside them.
import { createHash } from 'node:crypto'
import type { Account, Edges, Gap, Keep, Page, Poll, Raw } from '../../../core/ports/channel.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { StoreWay } from '../store-calls.ts'
import { openKnown, type Known, type Wording } from './known.ts'
import { noted, openNotes, type Notes } from './notes.ts'
import type { Review } from './review.ts'
import { StoreTrouble } from './trouble.ts'

/** One review in a page of the store, with the store's own bytes of it. */
export interface Sighting {
  readonly review: Review
  readonly bytes: Uint8Array
}
const unreadable = 'unreadable:'
/** Something in the list that is no review we can read: told once, as bytes that are put aside. */
export function unreadableSighting(bytes: Uint8Array, now: Instant): Sighting {
  const id = `${unreadable}${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`
  return { bytes, review: { id, by: null, at: now, text: '', about: {}, vendor: {} } }
}
/** How one walk through the list goes: the walk reads it, the poll writes it. */
export interface Walk {
  /** Far into the list, for edits that move nothing to its beginning. */
  readonly isDeep: boolean
  /** When the list was read to its end last; null: never. */
  readonly readAt: Instant | null
  /** The newest change seen by then. */
  readonly highWater: Instant | null
  /** What the list said of the talk under a review when it was told last. */
  readonly markOf: (id: string) => string | undefined
  /** Of the page given last, so many were new or had changed. */
  newOnPage: number
  /** Set by the walk: everything this old or younger was in what it gave. */
  reachedTo: Instant | null
}
export interface ReviewStore {
  readonly route: string
  /** Pages of the list, as many as are needed. Throws a StoreTrouble. */
  walk(walk: Walk, notes: Notes): AsyncIterable<readonly Sighting[]>
  /** Whether one that the walk did not show is gone, with the store's word for it. Left out where a store cannot be asked. */
  look?(id: string, notes: Notes): Promise<Uint8Array | 'there'>
  /** Of what was written before the account was connected this much is brought in. */
  readonly historyDays: number
  readonly deepSeconds: number
  /** What an absence so long loses: the store shows no more than this. */
  readonly shows?: { readonly days: number; readonly elsewhere: string }
}

export interface Reading {
  readonly account: Pick<Account<never, never>, 'id' | 'state' | 'health'>
  readonly keep: Keep
  readonly edges: Pick<Edges, 'clock'>
  readonly signal: AbortSignal
}

const dayMs = 86_400_000
/** So many looks in a row that fail are said in the health; one that the store asked to wait is no failure. */
const degradedAfter = 3
/** A gap stays visible for so long, whatever else is well. */
const gapShownMs = dayMs
const looksAWalk = 20

/** The receiver of a channel of reviews: how its store is read, every so many seconds. */
export const reviewPoll = <S extends { readonly pollSeconds?: number }, Name extends string>(
  storeOf: (way: StoreWay<S, Name>) => ReviewStore,
  usualSeconds: number,
): Poll<S, Name> => ({
  kind: 'poll',
  name: 'reviews',
  everySeconds: ({ settings }) => settings.pollSeconds ?? usualSeconds,
  pages: (account, keep, edges, signal) =>
    pollReviews(storeOf({ account, edges, signal }), { account, keep, edges, signal }),
})

async function* pollReviews(store: ReviewStore, by: Reading): AsyncIterable<Page> {
  const notes = await openNotes(by.keep)
  const now = by.edges.clock.now()
  if (notes.notBefore !== null && now < notes.notBefore) return
  try {
    yield* read(store, notes, by)
    isWell(notes, by)
  } catch (error) {
    if (!(error instanceof StoreTrouble) || by.signal.aborted) throw error
    const isAsked = heed(error, notes, by)
    yield { raws: [], keep: noted(notes) }
    // The loop tries again by itself, with growing pauses.
    if (!isAsked) throw error
  }
}

async function* read(store: ReviewStore, notes: Notes, by: Reading): AsyncIterable<Page> {
  const now = by.edges.clock.now()
  const known = await openKnown(by.keep)
  if (by.account.state === 'connected') notes.said = null
  const isFirst = notes.since === null
  const since = (notes.since ??= before(now, store.historyDays))
  const isDeep = isFirst || notes.deepAt === null || msBetween(notes.deepAt, now) >= store.deepSeconds * 1000
  const { readAt, highWater } = notes
  const walk: Walk = { isDeep, readAt, highWater, markOf: known.markOf, newOnPage: 0, reachedTo: null }
  // What a page shows stood there when it was asked for, at the earliest.
  const at = { store, known, since, now }
  const seen = new Set<string>()
  let gap = gapOf(store, notes, now)
  for await (const sightings of store.walk(walk, notes)) {
    const raws = sightings.flatMap((it) => rawOf(it, at))
    walk.newOnPage = raws.length
    for (const { review } of sightings) {
      seen.add(review.id)
      if (notes.newest === null || review.at > notes.newest) notes.newest = review.at
    }
    if (gap !== undefined) {
      notes.gapUntil = before(now, -gapShownMs / dayMs)
      notes.said = 'degraded'
    }
    yield* kept(raws, known, notes, gap)
    gap = undefined
    at.now = by.edges.clock.now()
  }
  yield* vanishedOf({ ...at, walk, seen, notes })
  notes.readAt = now
  notes.highWater = notes.newest
  notes.notBefore = null
  notes.failures = 0
  if (isDeep) notes.deepAt = now
  yield { raws: [], keep: noted(notes) }
}

/** What is about to be told is written down before it is told: a process that ends in between leaves no doubt that cannot be mended. */
async function* kept(raws: readonly Raw[], known: Known, notes: Notes, gap?: Gap): AsyncIterable<Page> {
  if (raws.length > 0) yield { raws: [], keep: known.intent() }
  const page = { raws, keep: { ...known.changes(), ...noted(notes) } }
  yield gap === undefined ? page : { ...page, gap }
}

interface At {
  readonly store: ReviewStore
  readonly known: Known
  readonly since: Instant
  readonly now: Instant
}

function rawOf({ review, bytes }: Sighting, { store, known, since, now }: At): readonly Raw[] {
  if (!known.has(review.id) && review.at < since) {
    known.passOver(review)
    return []
  }
  const wording = known.take(review, now)
  if (wording === null) return []
  const meta = metaOf(wording)
  const head = { route: store.route, contentType: 'application/json', receivedAt: now }
  return [{ ...head, bytes, meta, turn: JSON.stringify(meta) }]
}

const metaOf = ({ version, also, isSame, editedAt, gone }: Wording): Readonly<Record<string, string>> => ({
  version: String(version),
  ...(also ? { also: 'yes' } : {}),
  ...(isSame ? { isSame: 'yes' } : {}),
  ...(editedAt === null || isSame ? {} : { editedAt }),
  ...(gone.length === 0 ? {} : { gone: JSON.stringify(gone) }),
})

/** The store tells of no deletion: what a walk should have shown and did not is asked for by its name, a few at a time. */
async function* vanishedOf(
  it: At & { readonly walk: Walk; readonly seen: ReadonlySet<string>; readonly notes: Notes },
): AsyncIterable<Page> {
  const { store, known, walk, seen, notes, now } = it
  const { reachedTo } = walk
  if (!walk.isDeep || store.look === undefined || reachedTo === null) return
  const missing = known
    .missing(seen, (at) => at >= reachedTo)
    .filter((id) => !id.startsWith(unreadable))
    .slice(0, looksAWalk)
  for (const id of missing) {
    const found = await store.look(id, notes)
    if (found === 'there') continue
    known.vanished(id)
    const meta = { review: id }
    const raw: Raw = {
      route: store.route,
      bytes: found,
      contentType: 'application/json',
      receivedAt: now,
      meta,
      turn: id,
    }
    yield* kept([raw], known, notes)
  }
}

const msBetween = (from: Instant, to: Instant): number => Date.parse(to) - Date.parse(from)
const before = (at: Instant, days: number): Instant => new Date(Date.parse(at) - days * dayMs).toISOString() as Instant

function gapOf({ shows }: ReviewStore, { readAt }: Notes, now: Instant): Gap | undefined {
  if (shows === undefined || readAt === null) return undefined
  const to = before(now, shows.days)
  if (readAt >= to) return undefined
  const why = `Nobody read the reviews that were written or changed between ${readAt} and ${to}: the store shows ${shows.days} days, and the last look was before that. ${shows.elsewhere}`
  return { from: readAt, to, why }
}

/** Takes back what this poll said, and what nobody has said yet; what sending found out stays until somebody mends it. */
function isWell(notes: Notes, { account, edges }: Reading): void {
  if (notes.gapUntil !== null && edges.clock.now() < notes.gapUntil) return
  const isMine = notes.said !== null && account.state === notes.said
  if (account.state === 'connecting' || isMine) account.health('connected', 'The reviews are read.')
}

/** True: it waits until it is time; false: it is tried again soon. */
function heed(error: StoreTrouble, notes: Notes, { account, edges }: Reading): boolean {
  const { is, afterSeconds } = error.kind
  notes.failures += 1
  const isAsked = is !== 'later' || afterSeconds !== undefined
  if (afterSeconds !== undefined)
    notes.notBefore = new Date(Date.parse(edges.clock.now()) + afterSeconds * 1000).toISOString() as Instant
  if (is === 'later' && notes.failures < degradedAfter) return isAsked
  notes.said = is === 'auth' ? 'auth_failed' : 'degraded'
  const since = notes.readAt === null ? '' : ` The reviews were read last at ${notes.readAt}.`
  account.health(notes.said, `${error.message}${since}`)
  return isAsked
}
