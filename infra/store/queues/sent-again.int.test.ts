// Replies that a person sends again: every new end of one is news of its own, and its receipts are found by the newest of the vendor's ids.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Delivery } from '../../../core/ports/queues.ts'
import { channel, start } from '../../../test/support/given.ts'
import { applyIn, openThread, queueReply, replyNamed } from '../../../test/support/record.ts'
import { main, openStoreRig, type StoreRig } from '../../../test/support/store-rig.ts'

describe('a reply that is sent again', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
  })
  afterAll(() => rig.close())
  beforeEach(async () => {
    await rig.sql(
      `truncate inlet.reply, inlet.reply_attempt, inlet.outbox, inlet.ticket, inlet.contact, inlet.contact_key, inlet.conversation,
       inlet.thread_key, inlet.message, inlet.external_ref cascade`,
    )
    await applyIn(rig.store, main, openThread('a'))
    await applyIn(rig.store, main, queueReply('a', 'a1'))
  })

  const reply = replyNamed('a', 'a1')
  const claim = async (): Promise<Delivery> => (await rig.queues.deliveries.claim(10, 60))[0]!
  const again = () => applyIn(rig.store, main, [{ do: 'set-reply', reply, state: 'queued', at: start }])
  const told = async (type: string) => (await rig.emitted()).filter((event) => event.type === type)
  const idsOf = (events: readonly { readonly id: string }[]) => new Set(events.map((event) => event.id)).size

  it.each([
    ['refused', { is: 'refused', code: 'x', why: 'the number is not theirs' }, 'reply.refused'],
    ['unsure', { is: 'unsure', why: 'the line broke' }, 'reply.unsure'],
  ] as const)(
    'G19 and %s once more is told once more: a repeat of the first would be dropped',
    async (_, outcome, type) => {
      await rig.queues.deliveries.finish(await claim(), outcome)
      await again()
      await rig.queues.deliveries.finish(await claim(), outcome)
      const events = await told(type)
      expect([events.length, idsOf(events)]).toEqual([2, 2])
    },
  )

  it('P4 is known by the vendor’s newest id, which is told with a message.sent of its own', async () => {
    await rig.queues.deliveries.finish(await claim(), { is: 'sent', externalId: 'w.1' })
    await applyIn(rig.store, main, [
      { do: 'set-reply', reply, state: 'failed', code: 'x', why: 'not reached', at: start },
    ])
    await again()
    await rig.queues.deliveries.finish(await claim(), { is: 'sent', externalId: 'w.2' })
    const events = await told('message.sent')
    expect(events.map((event) => (event.data as { externalId: string }).externalId)).toEqual(['w.1', 'w.2'])
    expect(idsOf(events)).toBe(2)
    const found = await rig.store.transaction(async (enter) =>
      (await enter(main)).read.replies.byExternalId([{ channel, account: 'main', externalId: 'w.2' }]),
    )
    expect(found).toMatchObject([{ id: reply, state: 'sent', externalId: 'w.2' }])
    expect(await rig.sql('select state, external_id from inlet.message')).toEqual([
      { state: 'sent', external_id: 'w.2' },
    ])
  })
})
