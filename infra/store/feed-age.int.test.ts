// The age of what the feed holds rises with its sequence: housekeeping, which goes by age, takes a beginning away and never leaves a hole.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { received } from '../../test/support/given.ts'
import { main, openStoreRig, type StoreRig } from '../../test/support/store-rig.ts'

let rig: StoreRig
beforeAll(async () => {
  rig = await openStoreRig()
})
afterAll(() => rig.close())

it('G10 also where the transaction that came later in the feed had begun earlier', async () => {
  const [one, two] = [received('first'), received('second')]
  await rig.store.transaction(async (enter) => {
    const early = await enter(main)
    await rig.store.transaction(async (enterToo) => (await enterToo(main)).apply([{ do: 'publish', event: one }]))
    await early.apply([{ do: 'publish', event: two }])
  })
  const rows = await rig.sql<{ id: string }>(
    `select event ->> 'id' as id from inlet.feed where workspace = 'main' order by at, sequence`,
  )
  expect(rows.map((it) => it.id)).toEqual([one.id, two.id])
})
