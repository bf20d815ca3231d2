// What a desk types finds what a customer wrote, whichever i either of them has on the keyboard.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { contactId, seedMessage, seedTicket, ticketId } from '../test/support/seed-tickets.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
  const requester = { name: 'Işıl İğdeci', address: 'ISIL@shop.example' }
  await seedTicket(bench, { n: 1, subject: 'KADIKÖY siparişi', contact: contactId(1), requester })
  await seedMessage(bench, { n: 1, ticket: ticketId(1), text: 'İSTANBUL şubesinde IŞIK yok' })
  await seedTicket(bench, { n: 2, subject: 'Ankara', requester: { name: 'Başkası', address: '+905550000000' } })
  await bench.sql(`insert into contact (workspace, id, name, address) values ('main', $1, 'Işıl İğdeci', null)`, [
    contactId(1),
  ])
})
afterAll(() => bench.close())

const found = async (path: string): Promise<readonly string[]> => {
  const { status, body, text } = await bench.call({ url: path })
  expect(status, text).toBe(200)
  return (body as { items: { id: string }[] }).items.map((it) => it.id)
}

it.each([
  'kadıköy',
  'KADIKÖY',
  'kadiköy',
  'istanbul',
  'İstanbul',
  'ISTANBUL',
  'ışık',
  'IŞIK',
  'işik',
  'ışıl',
  'IŞIL İĞDECİ',
])('D3 q=%s finds the ticket by its subject, its words or its customer', async (q) =>
  expect(await found(`/v1/tickets?q=${encodeURIComponent(q)}`)).toEqual([ticketId(1)]),
)
it.each(['ışıl iğdeci', 'IŞIL İĞDECİ', 'isil@SHOP.example', 'ısıl@shop.example'])(
  'D3 requester=%s is that customer',
  async (who) => expect(await found(`/v1/tickets?requester=${encodeURIComponent(who)}`)).toEqual([ticketId(1)]),
)
it.each(['ışıl', 'IŞIL', 'İĞDECİ', 'iğdeci'])('W2 the contact is found by %s', async (q) =>
  expect(await found(`/v1/contacts?q=${encodeURIComponent(q)}`)).toEqual([contactId(1)]),
)
