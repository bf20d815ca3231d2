// Texts and files of messages that wait in the log, longer than a blob may lie unused: nothing of them is collected before they were read.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BlobRef } from '../../../schemas/ids.ts'
import { main, runLoops, walkHouse, type WalkHouse } from '../../../test/support/walk-house.ts'

describe('blobs that only the log refers to', () => {
  let on: WalkHouse
  beforeAll(async () => {
    on = await walkHouse({ seed: 41 })
  })
  afterAll(() => on.close())

  const collect = () => on.house.blobs.collect(main, (refs) => on.house.queues.prunes.blobsInUse(main, refs))
  /** As if the workers had stood still since the day before yesterday. */
  async function twoDaysPass(): Promise<void> {
    // One of this size lies in the database.
    await on.sql(`update inlet.blob set put_at = put_at - interval '2 days'`)
    await on.sql(`update inlet.log_event set stored_at = stored_at - interval '2 days'`)
  }

  it('G1 stay until every worker has met their message, and then its text is whole', async () => {
    const end = runLoops(on.house, {})
    await on.vendor.write({ customer: 1, text: 'the first' })
    await on.drained()
    await end()
    const text = `the longest letter ${'of all '.repeat(3_000)}`
    const { id } = await on.vendor.write({ customer: 2, text })
    await twoDaysPass()
    expect(await collect()).toBe(0)
    const endAgain = runLoops(on.house, {})
    await on.drained()
    await endAgain()
    const [row] = await on.sql<{ full_text: BlobRef }>('select full_text from inlet.message where external_id = $1', id)
    const bytes = await on.house.blobs.get(main, row!.full_text)
    expect((await new Response(bytes).text()).length).toBe(text.length)
    // Read by all, and deleted by its customer: now nobody needs it, also where a worker of an older build never comes back.
    await on.sql(
      `insert into inlet.log_cursor (group_name, topic, partition) select 'gone', topic, partition from inlet.log_partition`,
    )
    await on.sql(`update inlet.message set full_text = null`)
    expect(await collect()).toBe(1)
  })
})
