// Eight writers publish at once, some of them slow to commit, while a reader follows with a cursor: each event once, none skipped.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { received } from '../../test/support/given.ts'
import { main, openStoreRig, type StoreRig } from '../../test/support/store-rig.ts'
import { makeQueries } from './queries/index.ts'

/** `npm run chaos` asks for a minute. */
const seconds = Number(process.env['INLET_TEST_SECONDS'] ?? 2)
const writers = 8
const perCommit = 20

let rig: StoreRig
beforeAll(async () => {
  rig = await openStoreRig()
})
afterAll(() => rig.close())

it(
  'G10 a reader of the feed sees every event of eight overlapping writers once, in the order of the sequence',
  async () => {
    const queries = makeQueries({ database: rig.database, capabilities: () => null })
    const written = new Set<string>()
    const end = performance.now() + seconds * 1000
    let isOver = false
    const write = async (writer: number): Promise<void> => {
      for (let turn = 0; performance.now() < end; turn += 1) {
        const events = Array.from({ length: perCommit }, (_, n) => received(`w${writer}-${turn}-${n}`))
        await rig.store.transaction(async (enter) => {
          const tx = await enter(main)
          const publish = (some: typeof events) => tx.apply(some.map((event) => ({ do: 'publish', event }) as const))
          await publish(events.slice(0, perCommit / 2))
          // A commit that comes late is what a cursor over "greater than the last" skips.
          if ((turn + writer) % 7 === 0) await pause(5)
          // And an event that is published twice has one place.
          await publish(events.slice(perCommit / 2 - 1))
        })
        for (const event of events) written.add(event.id)
      }
    }
    const seen: string[] = []
    const sequences: number[] = []
    const read = async (): Promise<void> => {
      for (let after = '0'; ;) {
        const last = isOver
        const page = await queries.events(main, { after, types: [], limit: 500 })
        if (!('items' in page)) throw new Error('the feed says that the cursor is gone')
        seen.push(...page.items.map((it) => it.event.id))
        sequences.push(...page.items.map((it) => Number(it.sequence)))
        after = page.at
        if (last && page.items.length === 0) return
        if (page.items.length === 0) await pause(2)
      }
    }
    const reading = read()
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
    isOver = true
    await reading
    expect(seen).toHaveLength(written.size)
    expect(new Set(seen)).toEqual(written)
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
    expect(written.size, 'too few to overlap').toBeGreaterThan(seconds * 500)
  },
  seconds * 1000 + 30_000,
)
