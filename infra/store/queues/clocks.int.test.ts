// Machines whose clocks differ from the database's, and a database whose clock was set back: what waits, waits as long as was meant (G17).
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../../core/ports/edges.ts'
import { after } from '../../../core/runtime/later.ts'
import { systemClock } from '../../drivers/clock.ts'
import { channel } from '../../../test/support/given.ts'
import { applyIn, messageRow, openThread, queueReply } from '../../../test/support/record.ts'
import { main, openStoreRig, storeOver, type StoreRig } from '../../../test/support/store-rig.ts'

const minutes = 60_000
const clockAt = (offMs: number): Clock => ({ ...systemClock, now: () => after(systemClock.now(), offMs) })

describe.each([
  ['two minutes behind', -2 * minutes],
  ['two minutes ahead', 2 * minutes],
])('a process whose clock is %s', (_, offMs) => {
  let rig: StoreRig
  const clock = clockAt(offMs)
  beforeAll(async () => {
    rig = await openStoreRig()
  })
  afterAll(() => rig.close())
  beforeEach(async () => {
    await rig.sql(
      `truncate inlet.reply, inlet.reply_attempt, inlet.account_hold, inlet.seen_mark, inlet.attachment, inlet.ticket, inlet.contact,
       inlet.contact_key, inlet.conversation, inlet.thread_key, inlet.message, inlet.external_ref cascade`,
    )
    await applyIn(rig.store, main, openThread('a'))
  })
  const queues = () => storeOver(rig.database, { clock }).queues
  const waits = async (what: string) => {
    const [row] = await rig.sql<{ seconds: number }>(`select extract(epoch from ${what} - now())::float8 as seconds`)
    return row!.seconds
  }
  const halfAMinute = [20, 31] as const
  const isHalfAMinute = (seconds: number) => seconds > halfAMinute[0] && seconds < halfAMinute[1]

  it('G17 F12 tries a reply later when it was meant, not at once and not minutes later', async () => {
    await applyIn(rig.store, main, queueReply('a', 'a1'))
    const { deliveries } = queues()
    const [first] = await deliveries.claim(1, 60)
    await deliveries.finish(first!, { is: 'later', notBefore: after(clock.now(), 30_000), why: 'busy' })
    expect(await waits('(select not_before from inlet.reply)')).toSatisfy(isHalfAMinute)
    await rig.sql(`update inlet.reply set not_before = now()`)
    const [second] = await deliveries.claim(1, 60)
    await deliveries.putBack(second!, after(clock.now(), 30_000))
    expect(await waits('(select not_before from inlet.reply)')).toSatisfy(isHalfAMinute)
  })

  it('G17 F12 leaves a vendor that is down alone for as long as was meant', async () => {
    const { deliveries } = queues()
    await deliveries.hold(main, channel, 'main', after(clock.now(), 30_000), 'down')
    expect(await waits('(select until from inlet.account_hold)')).toSatisfy(isHalfAMinute)
    await deliveries.hold(main, channel, 'main', null, 'token dead')
    await deliveries.hold(main, channel, 'main', after(clock.now(), 30_000), 'down')
    expect(await rig.sql('select until from inlet.account_hold')).toEqual([{ until: null }])
  })

  it('G17 F12 fetches a file, and tells what was seen, when it was meant', async () => {
    const message = messageRow('a', 'm1', {
      attachments: [
        {
          id: `att_${'a'.repeat(32)}` as never,
          name: 'a.jpg',
          type: 'image/jpeg',
          size: null,
          sha256: null,
          state: 'pending',
          source: { atVendor: 'x' },
        },
      ],
    })
    await applyIn(rig.store, main, [
      { do: 'add-message', message },
      { do: 'tell-seen', channel, account: 'main', externalId: 'w.1', message: message.id },
    ])
    const { fileJobs, seenMarks } = queues()
    const [job] = await fileJobs.claim(1, 60)
    await fileJobs.later(job!, after(clock.now(), 30_000), 'busy')
    expect(await waits('(select not_before from inlet.attachment)')).toSatisfy(isHalfAMinute)
    const [mark] = await seenMarks.claim(1)
    await seenMarks.finish(mark!.id, after(clock.now(), 30_000))
    expect(await waits('(select not_before from inlet.seen_mark)')).toSatisfy(isHalfAMinute)
  })
})
