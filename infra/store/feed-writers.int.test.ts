// Eight writers publish at once, some of them slow to commit, while readers follow with cursors: each event once, none skipped.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { followWriters, wrongWith } from '../../test/support/feed-writers.ts'
import { seed } from '../../test/support/seed.ts'
import { openStoreRig, type StoreRig } from '../../test/support/store-rig.ts'
import { makeQueries } from './queries/index.ts'

/** `npm run chaos -- feed` takes a minute for it. */
const seconds = 2

let rig: StoreRig
beforeAll(async () => {
  rig = await openStoreRig()
})
afterAll(() => rig.close())

it('G10 a reader of the feed sees every event of eight overlapping writers once, in the order of the sequence', async () => {
  const queries = makeQueries({ database: rig.database, capabilities: () => null })
  const followed = await followWriters({ store: rig.store, queries, seconds, seed, perSecond: 3_000 })
  expect(wrongWith(followed), `seed ${seed}`).toEqual([])
  expect(followed.readers.map(({ ids }) => ids.length)).toEqual([followed.written.size, followed.written.size])
  // Whatever a busy machine gave: enough of them were open at once for a commit to overtake another.
  expect(followed.overlapping).toBeGreaterThan(4)
  expect(followed.written.size).toBeGreaterThan(seconds * 100)
}, 60_000)

it('G10 the judge tells what is skipped, doubled, out of order or was never committed', () => {
  const written = new Set(['a', 'b', 'c'])
  const found = (ids: readonly string[], sequences: readonly number[]) =>
    wrongWith({ written, perSecond: 0, overlapping: 0, readers: [{ ids, sequences }] }).join('; ')
  expect(found(['a', 'b', 'c'], [1, 2, 3])).toBe('')
  expect(found(['a', 'c'], [1, 3])).toMatch(/1 events were committed and never seen, the first b/)
  expect(found(['a', 'b', 'b', 'c'], [1, 2, 2, 3])).toMatch(/came twice, the first b.*2 came after 2/)
  expect(found(['a', 'c', 'b'], [1, 3, 2])).toMatch(/2 came after 3/)
  expect(found(['a', 'b', 'c', 'd'], [1, 2, 3, 4])).toMatch(/seen and never committed, the first d/)
})
