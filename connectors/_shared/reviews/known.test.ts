// What a poll remembers of reviews: counted wordings, a bounded memory, and doubts that are mended rather than guessed.
import { describe, expect, it } from 'vitest'
import type { Instant } from '../../../schemas/ids.ts'
import { openKnown } from './known.ts'
import type { Review } from './review.ts'

const now = '2026-11-20T10:00:00.000Z' as Instant
const review = (id: string, text: string, more: Partial<Review> = {}): Review => ({
  id,
  by: 'Ana',
  at: '2026-11-20T09:00:00.000Z' as Instant,
  text,
  about: {},
  vendor: {},
  ...more,
})
function kept() {
  const values = new Map<string, string>()
  return {
    values,
    keep: { get: (name: string) => Promise.resolve(values.get(name) ?? null) },
    put(page: Readonly<Record<string, string | null>>) {
      for (const [name, value] of Object.entries(page)) {
        if (value === null) values.delete(name)
        else values.set(name, value)
      }
    },
  }
}
type Kept = ReturnType<typeof kept>
/** One look of a new process: takes them, and keeps what it took. */
async function look(store: Kept, reviews: readonly Review[], room?: number) {
  const known = await openKnown(store.keep, room)
  const wordings = reviews.map((it) => known.take(it, now))
  store.put(known.changes())
  return wordings
}

describe('wordings', () => {
  it('P19 are counted: the same words again are nothing new, earlier words are', async () => {
    const store = kept()
    const versions: unknown[] = []
    for (const text of ['A', 'A', 'B', 'A', 'A'])
      versions.push((await look(store, [review('r', text)]))[0]?.version ?? null)
    expect(versions).toEqual([1, null, 2, 3, null])
  })

  it('P19 of a nickname or a country that changes nothing is said; stars and title are words', async () => {
    const store = kept()
    await look(store, [review('r', 'A', { stars: 1 })])
    expect(await look(store, [review('r', 'A', { stars: 1, by: 'Anna', about: { territory: 'TUR' } })])).toEqual([null])
    expect((await look(store, [review('r', 'A', { stars: 2 })]))[0]).toMatchObject({ version: 2 })
    expect((await look(store, [review('r', 'A', { stars: 2, title: 'T' })]))[0]).toMatchObject({ version: 3 })
  })

  it('an edit that moves no date is dated by when it was seen', async () => {
    const store = kept()
    await look(store, [review('r', 'A')])
    expect((await look(store, [review('r', 'B')]))[0]?.editedAt).toBe(now)
    const moved = '2026-11-20T09:30:00.000Z' as Instant
    expect((await look(store, [review('r', 'C', { at: moved })]))[0]?.editedAt).toBe(moved)
  })
})

describe('memory', () => {
  it('P19 is bounded; one that left it and comes again with other words is both told and changed', async () => {
    const store = kept()
    const many = Array.from({ length: 400 }, (_, n) =>
      review(`r${n}`, 'A', { at: new Date(Date.parse(now) - n * 60_000).toISOString() as Instant }),
    )
    await look(store, many, 64)
    const held = [...store.values.values()].flatMap((it) => (JSON.parse(it) as { rows: unknown[] }).rows)
    expect(held.length).toBeLessThanOrEqual(64)
    expect((await look(store, [many[0]!], 64))[0]).toBeNull()
    const [again] = await look(store, [review('r399', 'B')], 64)
    expect(again).toMatchObject({ also: true })
    expect(again!.version).toBeGreaterThan(1_000_000)
    // The same words from one that left are nothing new; what was said under it since is, and is no edit.
    expect(await look(store, [review('r398', 'A')], 64)).toEqual([null])
    const talk = [{ key: 'k', by: 'us', text: 'T', at: now } as const]
    expect((await look(store, [review('r398', 'A', { talk })], 64))[0]).toMatchObject({ isSame: true, also: false })
    expect(await look(store, [review('r398', 'A', { talk })], 64)).toEqual([null])
    expect(await look(store, [review('new', 'N')], 64)).toEqual([expect.objectContaining({ version: 1, also: false })])
  })

  it('G8 what was about to be told when a process ended is told the same, or as a change of what may have been told', async () => {
    const store = kept()
    const dying = await openKnown(store.keep)
    const first = dying.take(review('r', 'A'), now)
    store.put(dying.intent()) // and no further
    const same = await openKnown(store.keep)
    expect(same.take(review('r', 'A'), now)).toEqual(first)
    const other = await openKnown(store.keep)
    expect(other.take(review('r', 'B'), now)).toMatchObject({ version: 2, also: true })
    store.put(other.changes())
    expect(await look(store, [review('r', 'B')])).toEqual([null])
  })

  it('P19 what was passed over is no news until its words change, and is asked for by nobody', async () => {
    const store = kept()
    const known = await openKnown(store.keep)
    known.passOver(review('old', 'A'))
    store.put(known.changes())
    expect(await look(store, [review('old', 'A')])).toEqual([null])
    expect((await openKnown(store.keep)).missing(new Set(), () => true)).toEqual([])
    expect((await look(store, [review('old', 'B')]))[0]).toMatchObject({ version: 1, also: false })
  })

  it('an answer that another took the place of stays; one that nothing stands for any more was taken back', async () => {
    const store = kept()
    const said = (key: string) => ({ key, by: 'us', text: key, at: now }) as const
    await look(store, [review('r', 'A', { talk: [said('one')] })])
    expect((await look(store, [review('r', 'A', { talk: [said('two')] })]))[0]).toMatchObject({
      isSame: true,
      gone: [],
    })
    expect(await look(store, [review('r', 'A')])).toEqual([null]) // not said is not nothing
    expect((await look(store, [review('r', 'A', { talk: [] })]))[0]).toMatchObject({ gone: ['two'] })
  })
})
