// The store over PostgreSQL keeps the contract of every store.
import type { EventId } from '../../schemas/ids.ts'
import { storeContract } from '../../test/contracts/store.ts'
import { openStoreRig } from '../../test/support/store-rig.ts'

storeContract('PostgreSQL', async () => {
  const { store, queues, emitted, sql, close } = await openStoreRig()
  const feed = () =>
    sql<{ sequence: number; id: EventId }>(
      `select sequence, event ->> 'id' as id from inlet.feed where workspace = 'main' order by sequence`,
    )
  return { store, published: queues.published, emitted, feed, close }
})
