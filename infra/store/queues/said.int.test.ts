// What a try notes on its message before it goes out: only while it holds the reply, and for good.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KeptSaid } from '../../../core/ports/queues.ts'
import type { BlobRef } from '../../../schemas/ids.ts'
import { applyIn, openThread, queueReply } from '../../../test/support/record.ts'
import { main, openStoreRig, type StoreRig } from '../../../test/support/store-rig.ts'

let rig: StoreRig
beforeAll(async () => {
  rig = await openStoreRig()
})
afterAll(() => rig.close())

const kept = (n: number): KeptSaid => ({ fullText: null, html: `sha256:${String(n).padStart(64, '0')}` as BlobRef })

it('G19 what goes out stands on its message before its end is known; a try that was overtaken notes nothing more', async () => {
  await applyIn(rig.store, main, openThread('a'))
  await applyIn(rig.store, main, queueReply('a', 'a1'))
  const { deliveries } = rig.queues
  const [first] = await deliveries.claim(1, 60)
  const shown = async () =>
    (await rig.sql<{ html: string | null }>(`select html from inlet.message where id = '${first!.message}'`))[0]?.html
  await deliveries.says(first!, kept(1))
  expect(await shown()).toBe(kept(1).html)
  // Its process is gone, the lease ends, and another one takes it.
  await rig.sql(`update inlet.reply set lease_until = '-infinity'`)
  const [second] = await deliveries.claim(1, 60)
  expect([second?.id, second?.wasSending]).toEqual([first!.id, true])
  await deliveries.says(second!, kept(2))
  await deliveries.says(first!, kept(1))
  expect(await shown()).toBe(kept(2).html)
  // Nobody knows whether it went out: what the customer may have stays there.
  await deliveries.finish(second!, { is: 'unsure', why: 'the process ended' })
  await deliveries.says(second!, kept(3))
  expect(await shown()).toBe(kept(2).html)
})
