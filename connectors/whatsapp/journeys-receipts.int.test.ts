// What becomes of a reply after it was sent: receipts in any order, failures that come late, outcomes that nobody knows.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TicketAnswer } from '../../schemas/answers.ts'
import { until } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 110 })
}, 60_000)
afterAll(() => at.end(), 30_000)
afterEach(() => at.vendor.receipts('auto'))

async function written(customer: number): Promise<TicketAnswer> {
  await at.vendor.write({ customer })
  return at.desk.ticketOf(customer)
}
const acceptedOf = (reply: { readonly id: string }) =>
  at.vendor.ledger.of('accepted').filter((it) => it.ours === reply.id)

describe('receipts', () => {
  type State = 'sent' | 'delivered' | 'read'
  const orders: readonly (readonly State[])[] = [
    ['sent', 'delivered', 'read'],
    ['sent', 'read', 'delivered'],
    ['delivered', 'sent', 'read'],
    ['delivered', 'read', 'sent'],
    ['read', 'sent', 'delivered'],
    ['read', 'delivered', 'sent'],
  ]
  it.each(orders)('W5 P4 B15 3.7 no. 5: %s, %s, %s, each twice, end at read and never go back', async (...order) => {
    const { id } = await written(50 + orders.findIndex((it) => it.join() === order.join()))
    at.vendor.receipts([])
    const sent = await at.desk.replied(id, { text: order.join(' ') }, 'sent')
    at.vendor.receipts('auto')
    const furthest: State[] = []
    for (const state of order) {
      await at.vendor.receipt(sent.externalId ?? '', state)
      await at.vendor.receipt(sent.externalId ?? '', state)
      furthest.push(state)
      const best = (['read', 'delivered', 'sent'] as const).find((it) => furthest.includes(it)) ?? 'sent'
      expect((await at.desk.replyIn(sent.id, best)).state).toBe(best)
    }
    const [, ours] = await at.desk.messages(id, 2)
    expect(ours?.state).toBe('read')
    expect(acceptedOf(sent)).toHaveLength(1)
  })

  it('P4 3.7 no. 5: failed, and then a late sent and delivered: it stays failed', async () => {
    const { id } = await written(57)
    at.vendor.receipts([])
    const sent = await at.desk.replied(id, { text: 'gitmedi' }, 'sent')
    at.vendor.receipts('auto')
    await at.vendor.receipt(sent.externalId ?? '', 'failed')
    await at.desk.replyIn(sent.id, 'failed')
    await at.vendor.receipt(sent.externalId ?? '', 'sent')
    await at.vendor.receipt(sent.externalId ?? '', 'delivered')
    const late = await until(
      () => at.desk.events('?types=message.delivery_updated'),
      (all) => all.filter((it) => it.data['externalId'] === sent.externalId).length === 3,
    )
    expect(late.length).toBeGreaterThanOrEqual(3)
    expect((await at.desk.replyIn(sent.id, 'failed')).state).toBe('failed')
  })

  it('G7 receipts that come before the vendor’s own answer are kept until it is there', async () => {
    const { id } = await written(58)
    at.vendor.fail(1, { how: 'slow', ms: 800 })
    const read = await at.desk.replied(id, { text: 'yavaş cevap' })
    expect(acceptedOf(read)).toHaveLength(1)
    expect(read.state).toBe('read')
  })
})

describe('outcomes that nobody knows (G19)', () => {
  it('an answer that is lost after the vendor accepted: unsure, never sent twice, and settled by the vendor’s receipt', async () => {
    const { id } = await written(60)
    at.vendor.receipts([])
    at.vendor.fail(1, { how: 'reset-after-accept' })
    const unsure = await at.desk.replied(id, { text: 'belki' }, 'unsure')
    expect(acceptedOf(unsure)).toHaveLength(1)
    await until(
      () => at.desk.ticket(id),
      (it) => it.statusCategory === 'open',
    )
    at.vendor.receipts('auto')
    await at.vendor.receipt(acceptedOf(unsure)[0]?.id ?? '', 'delivered')
    const settled = await at.desk.replyIn(unsure.id, 'delivered')
    expect(settled.externalId).toBe(acceptedOf(unsure)[0]?.id)
    expect(acceptedOf(unsure)).toHaveLength(1)
  })

  it('G20 a vendor that says it sends too fast took nothing: it is called again later, and the customer gets it once', async () => {
    const { id } = await written(61)
    at.vendor.fail(2, { how: 'error', code: 130429 })
    const reply = await at.desk.replied(id, { text: 'üçüncü deneme' })
    expect(acceptedOf(reply)).toHaveLength(1)
    expect(at.vendor.ledger.of('answered').filter((it) => it.code === 130429)).toHaveLength(2)
  })
})

it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
  expect(leaks(at.vendor, [at.gateway], { customers: [50, 53, 57, 58, 60, 61], texts: ['gitmedi', 'belki'] })).toEqual(
    [],
  )
})
