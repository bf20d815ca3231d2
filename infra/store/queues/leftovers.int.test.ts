// What nobody would ever take away: pacing of many recipients, read receipts whose last try ended with its process (G14).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channel } from '../../../test/support/given.ts'
import { applyIn, messageRow, openThread } from '../../../test/support/record.ts'
import { main, openStoreRig, type StoreRig } from '../../../test/support/store-rig.ts'

describe('leftovers', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
  })
  afterAll(() => rig.close())
  const count = async (table: string) =>
    (await rig.sql<{ n: number }>(`select count(*)::int as n from inlet.${table}`))[0]!.n

  it('G14 the pacing of ten thousand recipients of yesterday is forgotten in one round', async () => {
    await rig.sql(`insert into inlet.bucket (workspace, name, tokens, at)
      select 'main', 'wire:main:' || n || ':0', 0, now() - interval '2 days' from generate_series(1, 11000) n`)
    await rig.sql(`insert into inlet.bucket (workspace, name, tokens, at) values ('main', 'wire:main:0', 3, now())`)
    const { prunes } = rig.queues
    let pieces = 0
    while (await prunes.buckets(1)) pieces += 1
    expect([pieces, await count('bucket')]).toEqual([2, 1])
  })

  it('G14 a read receipt whose fifth try ended with its process is given up', async () => {
    await applyIn(rig.store, main, openThread('a'))
    const { id: message } = messageRow('a', 'm1')
    await applyIn(rig.store, main, [{ do: 'tell-seen', channel, account: 'main', externalId: 'w.1', message }])
    for (let n = 0; n < 5; n += 1) {
      expect(await rig.queues.seenMarks.claim(1)).toHaveLength(1)
      await rig.sql(`update inlet.seen_mark set not_before = now()`)
    }
    expect(await rig.queues.seenMarks.claim(1)).toEqual([])
    expect(await count('seen_mark')).toBe(0)
  })
})
