// What a poll has told of each review: which wording, what was said under it. Bounded; what leaves is remembered as having been here.
import { createHash } from 'node:crypto'
import type { Keep } from '../../../core/ports/channel.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { hashOf, type Review } from './review.ts'

export interface Wording {
  readonly version: number
  /** How it came is not known to have been taken. */
  readonly also: boolean
  readonly isSame: boolean
  readonly editedAt: Instant | null
  readonly gone: readonly string[]
}
export interface Known {
  /** What is new about it, or null. Remembers it as told: what `changes` gives is to be kept once it is safe. */
  take(review: Review, now: Instant): Wording | null
  /** Seen when an account was connected, and older than what is brought in: remembered, not told. */
  passOver(review: Review): void
  has(id: string): boolean
  /** What the store's list last said of the talk under it. */
  markOf(id: string): string | undefined
  /** To be kept before the raws: what is about to be told, should this process end between them and their position. */
  intent(): Readonly<Record<string, string | null>>
  changes(): Readonly<Record<string, string | null>>
  /** Told, not seen on a walk that would have shown them. */
  missing(seen: ReadonlySet<string>, isInReach: (at: Instant) => boolean): readonly string[]
  vanished(id: string): void
}

const shards = 16
const defaultRoom = 4_000
const formerRoom = 32_000
const goneWords = '-'

interface Entry {
  version: number
  words: string
  at: number
  /** What was said under it: key, state and time, by spaces. */
  talk: readonly string[]
  mark?: string
  /** From a process that ended between telling and keeping. */
  unsure?: boolean
  also?: boolean
}
type Row = readonly [id: string, version: number, words: string, at: number, talk: readonly string[], mark: string]
type Intended = readonly [...row: Row, also: boolean]

/** Of one that left: its name, its words, what was said under it, as digits of their digests. */
const [nameDigits, wordDigits, talkDigits] = [8, 8, 4] as const
const formerOf = (id: string, { words, talk }: Pick<Entry, 'words' | 'talk'>): string =>
  digestOf(id).slice(0, nameDigits) +
  digestOf(words).slice(0, wordDigits) +
  digestOf(talk.join('\n')).slice(0, talkDigits)

const digestOf = (id: string): string => createHash('sha256').update(id).digest('hex')
const shardOf = (id: string): number => Number.parseInt(digestOf(id).slice(0, 4), 16) % shards
const nameOf = (shard: number): string => `known/${shard}`
const secondsOf = (at: Instant): number => Math.floor(Date.parse(at) / 1000)

export async function openKnown(keep: Keep, room: number = defaultRoom): Promise<Known> {
  const entries = Array.from({ length: shards }, () => new Map<string, Entry>())
  const former = Array.from({ length: shards }, (): string[] => [])
  await Promise.all(entries.map((_, shard) => readShard(shard, { keep, entries, former })))
  await readIntent(keep, entries)
  return knownOf({ entries, former, room, touched: new Set(), told: [] })
}

interface State {
  readonly entries: readonly Map<string, Entry>[]
  readonly former: readonly string[][]
  readonly room: number
  readonly touched: Set<number>
  told: string[]
}

async function readShard(
  shard: number,
  it: Pick<State, 'entries' | 'former'> & { readonly keep: Keep },
): Promise<void> {
  const kept = await it.keep.get(nameOf(shard))
  if (kept === null) return
  const { rows, left = '' } = JSON.parse(kept) as { readonly rows: readonly Row[]; readonly left?: string }
  for (const [id, version, words, at, talk, mark] of rows)
    it.entries[shard]!.set(id, { version, words, at, talk, mark })
  it.former[shard]!.push(...(left.match(/.{20}/g) ?? []))
}

async function readIntent(keep: Keep, entries: State['entries']): Promise<void> {
  const kept = await keep.get('intent')
  for (const [id, version, words, at, , , also] of kept === null ? [] : (JSON.parse(kept) as readonly Intended[])) {
    const shelf = entries[shardOf(id)]!
    const talk = shelf.get(id)?.talk ?? []
    if (shelf.get(id)?.version !== version) shelf.set(id, { version, words, at, talk, unsure: true, also })
  }
}

function knownOf(state: State): Known {
  const { entries, former, touched } = state
  const shelfOf = (id: string): Map<string, Entry> => entries[shardOf(id)]!
  const put = (id: string, entry: Entry): void => {
    touched.add(shardOf(id))
    shelfOf(id).set(id, entry)
  }
  return {
    has: (id) => shelfOf(id).has(id),
    markOf: (id) => shelfOf(id).get(id)?.mark,
    passOver: (review) =>
      put(review.id, {
        version: 0,
        words: hashOf(review),
        at: secondsOf(review.at),
        talk: [],
        mark: review.mark ?? '',
      }),
    take(review, now) {
      const was = shelfOf(review.id).get(review.id)
      const found = wordingOf(review, { was, former: was === undefined ? formerly(review.id, former) : null, now })
      if (found === null) {
        if (was !== undefined && was.mark !== (review.mark ?? '')) put(review.id, { ...was, mark: review.mark ?? '' })
        return null
      }
      put(review.id, found.entry)
      if (found.wording !== null) state.told.push(review.id)
      return found.wording
    },
    intent: () => ({ intent: JSON.stringify(state.told.map((id) => intended(id, shelfOf(id).get(id)!))) }),
    changes() {
      const kept = [...touched].map((shard) => [nameOf(shard), shardText(shard, state)] as const)
      touched.clear()
      state.told = []
      return { ...Object.fromEntries(kept), intent: null }
    },
    missing: (seen, isInReach) =>
      entries.flatMap((shelf) =>
        [...shelf]
          .filter(
            ([id, it]) => it.version > 0 && it.words !== goneWords && !seen.has(id) && isInReach(instantOf(it.at)),
          )
          .map(([id]) => id),
      ),
    vanished(id) {
      const was = shelfOf(id).get(id)
      if (was !== undefined) put(id, { ...was, words: goneWords })
    },
  }
}

const instantOf = (seconds: number): Instant => new Date(seconds * 1000).toISOString() as Instant
const rowOf = (id: string, { version, words, at, talk, mark = '' }: Entry): Row => [id, version, words, at, talk, mark]
const intended = (id: string, entry: Entry): Intended => [...rowOf(id, entry), entry.also === true]

const formerly = (id: string, former: State['former']): string | null => {
  const name = digestOf(id).slice(0, nameDigits)
  return former[shardOf(id)]!.find((it) => it.startsWith(name)) ?? null
}

/** Beyond its room the oldest leave; of them it is still known that they were here, and whether they changed since. */
function shardText(shard: number, { entries, former, room }: State): string {
  const shelf = entries[shard]!
  const past = former[shard]!
  const most = Math.max(1, Math.floor(room / shards))
  const leaving = [...shelf].toSorted(([, a], [, b]) => a.at - b.at).slice(0, Math.max(0, shelf.size - most))
  for (const [id, entry] of leaving) {
    shelf.delete(id)
    const name = digestOf(id).slice(0, nameDigits)
    const known = past.findIndex((it) => it.startsWith(name))
    if (known !== -1) past.splice(known, 1)
    past.push(formerOf(id, entry))
  }
  past.splice(0, Math.max(0, past.length - formerRoom / shards))
  return JSON.stringify({ rows: [...shelf].map(([id, entry]) => rowOf(id, entry)), left: past.join('') })
}

interface Standing {
  readonly was: Entry | undefined
  /** What is remembered of one that left. */
  readonly former: string | null
  readonly now: Instant
}

/** The same words as last time, and nothing new under them: null. */
function wordingOf(review: Review, at: Standing): { readonly entry: Entry; readonly wording: Wording | null } | null {
  const { was } = at
  if (at.former !== null && asItLeft(review, at.former)) return null
  const words = hashOf(review)
  const talk = talkOf(review) ?? was?.talk ?? []
  const isNewTalk = talk.join('\n') !== (was?.talk ?? []).join('\n')
  const isSameText = was === undefined ? saysTheSame(review, at.former) : was.words === words
  if (was !== undefined && isSameText && !isNewTalk && was.unsure !== true) return null
  const entry = { words, at: secondsOf(review.at), talk, mark: review.mark ?? '', ...versionAfter(at, isSameText) }
  if (entry.version === 0) return { entry, wording: null }
  const isSame = isSameText && was?.unsure !== true
  return {
    entry,
    wording: { ...entry, isSame, editedAt: editedAt(review, entry.version, at), gone: goneUnder(talk, was) },
  }
}

const saysTheSame = (review: Review, former: string | null): boolean =>
  former?.slice(0, -talkDigits) === formerOf(review.id, { words: hashOf(review), talk: [] }).slice(0, -talkDigits)

/** Nothing said of the talk is nothing new. */
function asItLeft(review: Review, former: string): boolean {
  const talk = talkOf(review)
  return talk === undefined
    ? saysTheSame(review, former)
    : former === formerOf(review.id, { words: hashOf(review), talk })
}

/** Its number, and whether how it came must be said once more. */
function versionAfter({ was, former, now }: Standing, isSameText: boolean): { version: number; also: boolean } {
  // Greater than any count it may have had.
  if (was === undefined)
    return former !== null ? { version: secondsOf(now), also: !isSameText } : { version: 1, also: false }
  if (isSameText) return { version: was.version, also: was.also === true }
  const wasPerhapsTold = was.unsure === true && (was.version === 1 || was.also === true)
  return { version: was.version + 1, also: wasPerhapsTold }
}

/** A store that moves no date with an edit leaves us the time we saw it. */
function editedAt(review: Review, version: number, { was, now }: Standing): Instant | null {
  if (was === undefined || was.version === 0 || version === 1) return null
  return secondsOf(review.at) > was.at ? review.at : now
}

const talkOf = ({ talk }: Review): readonly string[] | undefined =>
  talk?.map(({ key, state, at }) => `${key} ${state ?? '-'} ${at === null ? '0' : secondsOf(at).toString(36)}`)
/** A key may hold spaces, what follows it none. */
const keyIn = (mark: string): string => mark.replace(/ (?:-|sent|delivered|failed)(?: [0-9a-z]+)?$/, '')

/** What another took the place of stays on the ticket as it was said; only what nothing stands for any more was taken back. */
function goneUnder(talk: readonly string[], was: Entry | undefined): readonly string[] {
  if (talk.length >= (was?.talk.length ?? 0)) return []
  const keys = talk.map(keyIn)
  return (was?.talk ?? []).map(keyIn).filter((key) => !keys.includes(key))
}
