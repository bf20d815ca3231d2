// Eight writers publish at once, some slow to commit, some that give up, while readers follow with cursors of their own: what was written, what was seen.
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../../connectors/_shared/stand-in/seeded.ts'
import type { Queries } from '../../core/ports/queries.ts'
import type { Store } from '../../core/ports/store.ts'
import { received } from './given.ts'
import { main } from './store-over.ts'

export interface FeedWriting {
  readonly store: Store
  readonly queries: Pick<Queries, 'events'>
  readonly seconds: number
  readonly seed: number
  /** Over all writers; as many as the machine gives where it does not give so many. */
  readonly perSecond: number
  readonly stop?: AbortSignal
}
export interface FeedFollowed {
  /** Committed. */
  readonly written: ReadonlySet<string>
  readonly perSecond: number
  /** Commits that were open at one moment, most. */
  readonly overlapping: number
  /** By reader: events and their sequences as they came. */
  readonly readers: readonly { readonly ids: readonly string[]; readonly sequences: readonly number[] }[]
}

const writers = 8
/** A patient one that asks for much, and one that asks for little and so stands often in the middle of what is being written. */
const pageSizes = [500, 40]

export async function followWriters(it: FeedWriting): Promise<FeedFollowed> {
  const written = new Set<string>()
  const began = performance.now()
  const endsAt = began + it.seconds * 1000
  const [open, state] = [{ now: 0, most: 0 }, { isOver: false }]
  const chance = seeded(it.seed)
  const write = async (writer: number): Promise<void> => {
    for (let turn = 0, due = began; performance.now() < endsAt && it.stop?.aborted !== true; turn += 1) {
      const roll = (below: number, what: string): number => chance.number(below, what, writer, turn)
      const events = Array.from({ length: 1 + roll(40, 'how many') }, (_, n) => received(`w${writer}-${turn}-${n}`))
      due += (1000 * writers * events.length) / it.perSecond
      // All begin at once: by chance alone a quick machine may never have five of them open together.
      if (turn > 0) await pause(Math.max(0, due - performance.now()))
      open.most = Math.max(open.most, (open.now += 1))
      if (await commit(events, roll, it.store).finally(() => (open.now -= 1)))
        for (const event of events) written.add(event.id)
    }
  }
  const reading = pageSizes.map((limit) => follow(limit, it.queries, () => state.isOver))
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  const tookMs = performance.now() - began
  state.isOver = true
  return {
    written,
    perSecond: (1000 * written.size) / tookMs,
    overlapping: open.most,
    readers: await Promise.all(reading),
  }
}

class Refrained extends Error {}

/** False: it gave up, and nothing of it may ever be seen. */
async function commit(
  events: readonly ReturnType<typeof received>[],
  roll: (below: number, what: string) => number,
  store: Store,
): Promise<boolean> {
  const [cut, kind] = [roll(events.length, 'cut'), roll(20, 'kind')]
  try {
    await store.transaction(async (enter) => {
      const tx = await enter(main)
      const publish = (some: typeof events) => tx.apply(some.map((event) => ({ do: 'publish', event }) as const))
      await publish(events.slice(0, cut))
      // A commit that comes late is what a cursor over "greater than the last" skips.
      if (kind === 0) await pause(5)
      // And an event that is published twice has one place.
      await publish(events.slice(Math.max(0, cut - 1)))
      if (kind === 1) throw new Refrained()
    })
    return true
  } catch (error) {
    if (error instanceof Refrained) return false
    throw error
  }
}

async function follow(limit: number, queries: FeedWriting['queries'], isOver: () => boolean) {
  const [ids, sequences]: [string[], number[]] = [[], []]
  for (let after = '0'; ;) {
    const last = isOver()
    const page = await queries.events(main, { after, types: [], limit })
    if (!('items' in page)) throw new Error('the feed says that the cursor is gone')
    ids.push(...page.items.map((it) => it.event.id))
    sequences.push(...page.items.map((it) => Number(it.sequence)))
    after = page.at
    if (last && page.items.length === 0) return { ids, sequences }
    if (page.items.length === 0) await pause(2)
  }
}

/** What is not as a feed promises; empty when all is well. */
export function wrongWith({ written, readers }: FeedFollowed): readonly string[] {
  return readers.flatMap(({ ids, sequences }, reader) => {
    const seen = new Set(ids)
    const say = (what: string, some: readonly string[]): readonly string[] =>
      some.length === 0 ? [] : [`reader ${reader}: ${some.length} events ${what}, the first ${some[0]}`]
    const met = new Set<string>()
    const twice = ids.filter((id) => met.has(id) || !met.add(id))
    const fell = sequences.findIndex((one, n) => n > 0 && one <= (sequences[n - 1] ?? 0))
    return [
      ...say(
        'were committed and never seen',
        [...written].filter((id) => !seen.has(id)),
      ),
      ...say(
        'were seen and never committed',
        [...seen].filter((id) => !written.has(id)),
      ),
      ...say('came twice', twice),
      ...(fell < 0 ? [] : [`reader ${reader}: ${sequences[fell]} came after ${sequences[fell - 1]}`]),
    ]
  })
}
