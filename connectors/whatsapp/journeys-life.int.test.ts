// The life of a ticket through the API: statuses of one's own, what an answer makes of it, who may come back, what is put away, what is closed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TicketAnswer } from '../../schemas/answers.ts'
import { patched, until, type Fields, type Said } from '../../test/support/desk.ts'
import { journey, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 109 })
}, 60_000)
afterAll(() => at.end(), 30_000)

type Asked = Said & { readonly version: number; readonly tickets?: number; readonly by?: readonly string[] }
const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: Fields) =>
  at.gateway.call<Asked & Fields>(method, path, body === undefined ? {} : { body })
const is = <T extends { readonly status: number; readonly text: string }>(answer: T, status = 200): T => {
  expect(answer.status, answer.text).toBe(status)
  return answer
}
/** What only time does. */
const sql = (text: string, ...values: readonly unknown[]) => at.database!.pool('owner').query(text, [...values])
const set = async (path: string, more: Fields) => is(await patched(at.gateway, path, more))
const inStatus = (ticket: string, status: string) =>
  until(
    () => at.desk.ticket(ticket),
    (found) => found.status === status,
  )
async function written(customer: number): Promise<TicketAnswer> {
  await at.vendor.write({ customer })
  return at.desk.triaged((await at.desk.ticketOf(customer)).id)
}
async function resolved(customer: number, more: Fields = {}): Promise<string> {
  const { id } = await written(customer)
  is(await at.desk.patch(id, { ...more, status: 'resolved' }))
  return id
}
/** It was resolved so long ago; that it closes by itself is another matter. */
const daysAgo = (id: string, days: number) =>
  sql(
    `with t as (update inlet.ticket set resolved_at = resolved_at - make_interval(days => $2) where id = $1 returning id, resolved_at)
     update inlet.wakeup w set basis = inlet.instant(t.resolved_at) from t
     where w.subject = t.id and w.kind = 'close_ticket'`,
    id,
    days,
  )
const wakes = async (kind: string, subject: string) =>
  (await sql(`select due_at from inlet.wakeup where kind = $1 and subject = $2`, kind, subject)).rows.length

describe('statuses of their own', () => {
  it('B24 are made, listed, set, filtered by, and behave like their category', async () => {
    const parts = {
      key: 'parts',
      name: 'Waiting for parts',
      category: 'waiting',
      labels: { tr: 'Parça bekliyor', en: 'Parts' },
    }
    expect(is(await call('POST', '/v1/statuses', parts), 201).body).toMatchObject({
      ...parts,
      isBuiltIn: false,
      version: 1,
    })
    expect((await call('POST', '/v1/statuses', { key: 'odd', name: 'Odd' })).body.code).toBe('category_missing')
    const turkish = { key: 'odd', name: 'Odd', category: 'waiting', labels: { Türkçe: 'Tuhaf' } }
    expect((await call('POST', '/v1/statuses', turkish)).body).toMatchObject({
      code: 'unknown_language',
      field: 'labels.Türkçe',
    })
    const all = await at.desk.list<{ key: string; category: string }>('/v1/statuses')
    expect(all.map(({ key }) => key)).toEqual('new open reopened pending on_hold resolved closed spam parts'.split(' '))
    const { id } = await written(1)
    expect(is(await at.desk.patch(id, { status: 'parts' })).body).toMatchObject({
      status: 'parts',
      statusCategory: 'waiting',
    })
    expect((await at.desk.tickets('?status=parts')).map((it) => it.id)).toEqual([id])
    expect(await at.desk.tickets('?status=on_hold')).toEqual([])
    expect((await call('GET', '/v1/tickets?status=prats')).body).toMatchObject({ code: 'invalid' })
    const [told] = await at.desk.told('?types=ticket.status_changed', ({ subject }) => subject === id)
    expect(told?.data).toMatchObject({
      from: 'new',
      to: 'on_hold',
      category: 'waiting',
      custom: { from: null, to: 'parts' },
    })
    expect((await at.desk.history(id)).at(-1)?.change).toEqual({ field: 'status', from: 'new', to: 'parts' })
    await at.vendor.write({ customer: 1 })
    await inStatus(id, 'open')
  })

  it('B24 one in use is refused with the way out, by tickets and by rules; then it goes', async () => {
    const { id } = (await at.desk.ticketsOf(1))[0]!
    is(await at.desk.patch(id, { status: 'parts' }))
    const held = is(await call('DELETE', '/v1/statuses/parts'), 409).body
    expect(held).toMatchObject({ code: 'in_use', tickets: 1 })
    expect(held.detail).toContain('GET /v1/tickets?status=parts')
    is(await at.desk.patch(id, { status: 'resolved' }))
    const rule = { id: 'p', name: 'P', on: 'changed', fields: ['priority'], when: { field: 'ticket.status', op: 'is', value: 'parts' }, then: { status: 'parts' } } // prettier-ignore
    is(await call('POST', '/v1/rules', rule), 201)
    expect(is(await call('DELETE', '/v1/statuses/parts'), 409).body).toMatchObject({
      code: 'in_use',
      by: ['the rule p'],
    })
    is(await call('DELETE', '/v1/rules/p'), 204)
    is(await call('DELETE', '/v1/statuses/parts'), 204)
    expect((await at.desk.patch(id, { status: 'parts' })).body).toMatchObject({
      code: 'unknown_status',
      field: 'status',
    })
  })

  it('B24 a built-in one can be called something else, and nothing more', async () => {
    expect((await call('DELETE', '/v1/statuses/pending')).body).toMatchObject({ code: 'built_in' })
    expect((await call('PATCH', '/v1/statuses/pending', { version: 1, category: 'open' })).body.code).toBe(
      'fixed_category',
    )
    const named = await call('PATCH', '/v1/statuses/pending', { version: 1, name: 'Their turn' })
    expect(is(named).body).toMatchObject({
      key: 'pending',
      name: 'Their turn',
      category: 'waiting',
      isBuiltIn: true,
      version: 2,
    })
    is(await call('DELETE', '/v1/statuses/pending'), 204)
    expect((await call('GET', '/v1/statuses/pending')).body).toMatchObject({
      name: 'Waiting for the customer',
      version: 1,
    })
  })
})

describe('what an answer makes of a ticket', () => {
  it('3.3 3.8 as the workspace says, or the account otherwise; where resolving needs a topic it is the customer’s turn', async () => {
    const first = await written(2)
    await set('/v1/accounts/whatsapp/main', { lifecycle: { onReply: 'open' } })
    await at.desk.replied(first.id, { text: 'Bakıyoruz' })
    expect((await at.desk.ticket(first.id)).status).toBe('open')
    await set('/v1/accounts/whatsapp/main', { lifecycle: null })
    await set('/v1/workspaces/main', { onReply: 'resolved', requireTopic: true })
    await at.desk.replied(first.id, { text: 'Çözdük' })
    expect((await at.desk.ticket(first.id)).status).toBe('pending')
    const second = await written(3)
    is(await at.desk.patch(second.id, { topic: 'delivery' }))
    await at.desk.replied(second.id, { text: 'Çözdük' })
    expect(await at.desk.ticket(second.id)).toMatchObject({ status: 'resolved', statusCategory: 'done' })
    expect(await wakes('close_ticket', second.id)).toBe(1)
    expect((await at.desk.patch(first.id, { status: 'resolved' })).body.code).toBe('topic_required')
    await set('/v1/workspaces/main', { onReply: 'pending', requireTopic: false })
  })
})

describe('who writes on a resolved ticket', () => {
  it.each([
    ['always reopens it', { reopen: 'always' }, 300, 'reopened'],
    ['within its days reopens it', { reopen: 'within', days: 30 }, 20, 'reopened'],
    ['after its days opens a linked one', { reopen: 'within', days: 30 }, 31, 'resolved'],
    ['of a group that says never opens a linked one', { reopen: 'never' }, 0, 'resolved'],
  ] as const)('B6 D6 %s', async (name, followUp, days, status) => {
    const group = `g${days}`
    is(await call('POST', '/v1/groups', { id: group, name, followUp }), 201)
    const customer = 400 + days
    const id = await resolved(customer, { group })
    await daysAgo(id, days)
    await at.vendor.write({ customer })
    await inStatus(id, status)
    const count = status === 'reopened' ? 1 : 2
    const tickets = await at.desk.ticketsOf(customer, count)
    await at.desk.messages(tickets[0]!.id, 3 - count)
    expect(tickets.map((it) => it.parent)).toEqual(count === 1 ? [null] : [id, null])
    expect((await at.desk.ticket(id)).status).toBe(status)
  })

  it('3.3 3.8 a setting of days reaches the tickets that wait already', async () => {
    const [soon, late] = [await resolved(10), await resolved(11)]
    await daysAgo(soon, 5)
    await set('/v1/workspaces/main', { closeDays: 3 })
    await inStatus(soon, 'closed')
    expect((await at.desk.ticket(late)).status).toBe('resolved')
    await set('/v1/workspaces/main', { closeDays: 14 })
    expect((await at.desk.history(soon)).at(-1)).toMatchObject({ actor: { kind: 'system' }, why: 'close_days' })
  })

  it('D46 D48 a live one comes back by hand while it can be answered, to the second', async () => {
    const id = await resolved(12)
    const { conversation } = await at.desk.ticket(id)
    const since = (seconds: number) =>
      sql(
        `update inlet.conversation set customer_at = now() - make_interval(secs => $2) where id = $1`,
        conversation,
        seconds,
      )
    await since(86_401)
    const refused = await at.desk.patch(id, { status: 'reopened' })
    expect([refused.status, refused.body.code]).toEqual([409, 'window_closed'])
    expect(refused.body.detail).toContain('parent')
    await since(86_340)
    expect(is(await at.desk.patch(id, { status: 'reopened' })).body.status).toBe('reopened')
  })
})

describe('a ticket that is put away', () => {
  const inPool = async (id: string) =>
    (await at.desk.tickets('?assignee=none&statusCategory=open')).some((it) => it.id === id)

  it('B9 leaves the pool and comes back as open at its hour, with why', async () => {
    const { id } = await written(20)
    const until = new Date(Date.now() + 2_500).toISOString()
    expect(is(await at.desk.patch(id, { snoozeUntil: until })).body).toMatchObject({
      status: 'on_hold',
      snoozedUntil: until,
    })
    expect(await inPool(id)).toBe(false)
    expect(await inStatus(id, 'open')).toMatchObject({ snoozedUntil: null })
    expect(await inPool(id)).toBe(true)
    const told = await at.desk.told(
      '?types=ticket.snoozed,ticket.unsnoozed',
      ({ type, subject }) => subject === id && type === 'ticket.unsnoozed',
    )
    expect(told.map(({ data }) => data)).toMatchObject([{ ticket: id, until, why: 'snooze_over' }])
    const moves = (await at.desk.history(id)).filter((it) => it.change?.field === 'status')
    expect(moves.slice(-2)).toMatchObject([{ why: 'snoozed' }, { actor: { kind: 'system' }, why: 'snooze_over' }])
  })

  it('B9 comes back when the customer writes, by hand, and not at all when it is resolved', async () => {
    const { id } = await written(21)
    const snoozeUntil = new Date(Date.now() + 3_600_000).toISOString()
    const away = async () => is(await at.desk.patch(id, { snoozeUntil }))
    await away()
    await at.vendor.write({ customer: 21 })
    await inStatus(id, 'open')
    await away()
    expect(is(await at.desk.patch(id, { snoozeUntil: null })).body).toMatchObject({
      status: 'open',
      snoozedUntil: null,
    })
    await away()
    expect(await wakes('snooze', id)).toBe(1)
    expect(is(await at.desk.patch(id, { status: 'resolved' })).body.snoozedUntil).toBe(null)
    expect(await wakes('snooze', id)).toBe(0)
    const all = () => at.desk.events('?types=ticket.unsnoozed')
    const told = await until(
      async () => (await all()).filter((it) => it.subject === id),
      (found) => found.length >= 3,
    )
    const why = told.map((it) => it.data['why'])
    expect(why).toEqual(['customer_wrote', 'snooze_ended', 'status_changed'])
  })

  it('B9 says why not: an hour that is over, a ticket that is done', async () => {
    const { id } = await written(22)
    const soon = new Date(Date.now() + 60_000).toISOString()
    const code = async (more: Fields) => (await at.desk.patch(id, more)).body.code
    expect(await code({ snoozeUntil: '2020-01-01T00:00:00Z' })).toBe('bad_snooze')
    expect(await code({ snoozeUntil: 'tomorrow' })).toBe('invalid')
    expect(await code({ snoozeUntil: soon, status: 'resolved' })).toBe('bad_snooze')
    is(await at.desk.patch(id, { status: 'resolved' }))
    expect(await code({ snoozeUntil: soon })).toBe('bad_snooze')
  })
})

describe('who is not let in, and what is closed', () => {
  it('3.3 spam may shut its writer out: what they write is spam from the start, until they are let in', async () => {
    const { id, requester } = await written(30)
    expect((await at.desk.patch(id, { blockContact: true })).body.code).toBe('not_spam')
    is(await at.desk.patch(id, { status: 'spam', blockContact: true }))
    await at.vendor.write({ customer: 30 })
    await at.desk.messages(id, 2)
    expect((await at.desk.ticket(id)).status).toBe('spam')
    is(await at.desk.patch(id, { status: 'open' }))
    is(await at.desk.patch(id, { status: 'closed' }))
    await at.vendor.write({ customer: 30 })
    const [next] = await at.desk.ticketsOf(30, 2)
    expect(next).toMatchObject({ status: 'spam', statusCategory: 'junk', parent: id })
    expect(is(await at.desk.patch(next!.id, { status: 'open', blockContact: false })).body.status).toBe('open')
    expect((await call('GET', `/v1/contacts/${requester.contact}`)).body).toMatchObject({ isBlocked: false })
  })

  it('L7 a closed ticket is read as ever and changed by nobody', async () => {
    const { id } = await written(31)
    is(await at.desk.patch(id, { status: 'closed' }))
    const before = await at.desk.ticket(id)
    const tries = [
      await at.desk.patch(id, { priority: 'high' }),
      await at.desk.patch(id, { status: 'open' }),
      await at.desk.patch(id, { snoozeUntil: new Date(Date.now() + 60_000).toISOString() }),
      await call('POST', `/v1/tickets/${id}/notes`, { text: 'geç' }),
      await call('POST', `/v1/tickets/${id}/replies`, { text: 'geç' }),
      await call('POST', `/v1/tickets/${id}/forward`, { to: ['x@shop.example'], text: 'geç' }),
      await call('POST', `/v1/tickets/${id}/take`, { agent: 'ayse' }),
    ]
    expect(tries.map(({ status, body }) => [status, body.code])).toEqual(tries.map(() => [409, 'ticket_closed']))
    expect(await at.desk.ticket(id)).toEqual(before)
    expect(await at.desk.tickets('?status=closed&q=' + before.number)).toEqual([before])
  })
})
