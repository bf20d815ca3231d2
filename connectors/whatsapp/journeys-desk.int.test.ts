// What a desk does with a ticket and what the customer's next message does to it: statuses, history, agents at the same moment.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TicketAnswer } from '../../schemas/answers.ts'
import { quiet, until, type Problem, type Said } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 102 })
}, 60_000)
afterAll(() => at.end(), 30_000)

const ok = <T extends { status: number; text: string }>(answer: T): T => {
  expect(answer.status, answer.text).toBe(200)
  return answer
}
const inStatus = (ticket: string, status: string) =>
  until(
    () => at.desk.ticket(ticket),
    (found) => found.status === status,
  )
async function written(customer: number): Promise<TicketAnswer> {
  await at.vendor.write({ customer })
  return at.desk.triaged((await at.desk.ticketOf(customer)).id)
}

describe('a customer writes again', () => {
  it('D6 on a resolved ticket: the same ticket is reopened, by the system, because the customer wrote', async () => {
    const { desk, vendor } = at
    const { id } = await written(1)
    ok(await desk.patch(id, { status: 'resolved' }))
    expect((await desk.ticket(id)).resolvedAt).not.toBeNull()
    await vendor.write({ customer: 1, text: 'Bir şey daha' })
    const again = await inStatus(id, 'reopened')
    expect(again).toMatchObject({ statusCategory: 'open', messageCount: 2, resolvedAt: null })
    expect(await desk.ticketsOf(1)).toHaveLength(1)
    const moves = (await desk.history(id)).filter((it) => it.change?.field === 'status')
    expect(moves.at(-1)).toMatchObject({
      actor: { kind: 'system' },
      change: { from: 'resolved', to: 'reopened' },
      why: 'customer_wrote',
    })
    expect(moves.at(-2)).toMatchObject({ actor: { kind: 'agent' }, change: { from: 'new', to: 'resolved' } })
  })

  it('3.3 on a closed ticket: a new ticket that names the old one as its parent', async () => {
    const { desk, vendor } = at
    const { id } = await written(2)
    ok(await desk.patch(id, { status: 'closed' }))
    await vendor.write({ customer: 2 })
    const [next, before] = await desk.ticketsOf(2, 2)
    expect(next).toMatchObject({ parent: id, status: 'new', messageCount: 1 })
    expect(before).toMatchObject({ id, status: 'closed', messageCount: 1 })
    const refused = await desk.reply(id, { text: 'zu spät' })
    expect([refused.status, refused.body.code]).toEqual([409, 'ticket_closed'])
  })

  it('3.3 on a pending one: open again; on spam: nothing moves, and un-spam opens it', async () => {
    const { desk, vendor } = at
    const { id } = await written(3)
    ok(await desk.patch(id, { status: 'pending' }))
    await vendor.write({ customer: 3 })
    await inStatus(id, 'open')
    ok(await desk.patch(id, { status: 'spam' }))
    expect((await desk.ticket(id)).statusCategory).toBe('junk')
    await vendor.write({ customer: 3 })
    await desk.messages(id, 3)
    expect((await desk.ticket(id)).status).toBe('spam')
    ok(await desk.patch(id, { status: 'open' }))
    expect(await desk.ticketsOf(3)).toHaveLength(1)
  })

  it('3.3 an agent’s public reply makes it the customer’s turn; notes and reactions move nothing', async () => {
    const { desk, gateway, vendor } = at
    const { id } = await written(4)
    const note = await gateway.call('POST', `/v1/tickets/${id}/notes`, { body: { text: 'VIP' } })
    expect(note.status, note.text).toBe(201)
    expect((await desk.ticket(id)).status).toBe('new')
    const sent = await desk.replied(id, { text: 'Bakıyoruz' })
    expect((await desk.ticket(id)).status).toBe('pending')
    await vendor.write({ customer: 4, kind: 'reaction', about: sent.externalId ?? '', text: '🙏' })
    await until(
      () => desk.messages(id),
      (all) => all.some((it) => it.reactions.length === 1),
    )
    expect((await desk.ticket(id)).status).toBe('pending')
    expect(vendor.ledger.of('accepted').map((it) => JSON.stringify(it.body))).not.toContain('VIP')
  })
})

describe('with followUpDays 0', () => {
  it('3.3 what a customer writes on a resolved ticket is always a new ticket, linked to it', async () => {
    const { desk, gateway, vendor } = at
    const { version } = ok(await gateway.call<{ version: number }>('GET', '/v1/workspaces/main')).body
    ok(await gateway.call('PATCH', '/v1/workspaces/main', { body: { version, followUpDays: 0 } }))
    const { id } = await written(5)
    ok(await desk.patch(id, { status: 'resolved' }))
    await vendor.write({ customer: 5 })
    const [next] = await desk.ticketsOf(5, 2)
    expect(next).toMatchObject({ parent: id, status: 'new' })
    expect((await desk.ticket(id)).status).toBe('resolved')
    const now = ok(await gateway.call<{ version: number }>('GET', '/v1/workspaces/main')).body
    ok(await gateway.call('PATCH', '/v1/workspaces/main', { body: { version: now.version, followUpDays: 7 } }))
  })
})

describe('the history', () => {
  it('D10 holds every change with who, when, from and to, in order, the same as the stream', async () => {
    const { desk } = at
    const { id } = await desk.triaged((await written(6)).id)
    const changes = [
      { priority: 'urgent' },
      { type: 'refund' },
      { topic: 'shipping' },
      { assignee: 'ayla' },
      { group: 'returns' },
      { tags: ['vip'] },
      { status: 'on_hold' },
      { assignee: null },
      { tags: [] },
      { status: 'resolved' },
    ]
    for (const change of changes) ok(await desk.patch(id, change))
    const history = await desk.history(id)
    expect(history.map((it) => it.event)).toEqual([
      'ticket.created',
      'ticket.message_added',
      'ticket.language_changed',
      'ticket.triaged',
      'ticket.priority_changed',
      'ticket.type_changed',
      'ticket.topic_changed',
      'ticket.assigned',
      'ticket.assigned',
      'ticket.tagged',
      'ticket.status_changed',
      'ticket.unassigned',
      'ticket.untagged',
      'ticket.status_changed',
    ])
    expect(history.map((it) => it.at).toSorted()).toEqual(history.map((it) => it.at))
    expect(history.slice(4).every((it) => it.actor.kind === 'agent' && it.actor.id === 'admin')).toBe(true)
    expect(history[4]?.change).toMatchObject({ from: 'low', to: 'urgent' })
    await quiet(desk)
    const stream = (await desk.events('?types=ticket.*')).filter((it) => it.subject === id)
    expect(stream.map((it) => it.type)).toEqual(history.map((it) => it.event))
  })
})

describe('two at the same moment', () => {
  it('of ten agents who take one ticket at once, one has it and nine are told its present version', async () => {
    const { desk, gateway } = at
    const { id, version } = await written(7)
    const takes = Array.from({ length: 10 }, (_, n) =>
      gateway.call<TicketAnswer & Said>('PATCH', `/v1/tickets/${id}`, { body: { version, assignee: `agent-${n}` } }),
    )
    const answers = await Promise.all(takes)
    const won = answers.filter((it) => it.status === 200)
    expect(won).toHaveLength(1)
    for (const lost of answers.filter((it) => it.status !== 200)) {
      expect([lost.status, lost.body.code]).toEqual([409, 'stale_version'])
      expect(lost.body['version']).toBe(won[0]?.body.version)
    }
    expect((await desk.ticket(id)).assignee).toBe(won[0]?.body.assignee)
    const taken = (await desk.history(id)).filter((it) => it.event === 'ticket.assigned')
    expect(taken).toHaveLength(1)
  })

  it('a change needs a version; If-Match is as good as the body, and a stale one changes nothing', async () => {
    const { gateway } = at
    const { id, version } = await written(8)
    const path = `/v1/tickets/${id}`
    const none = await gateway.call<Problem>('PATCH', path, { body: { priority: 'high' } })
    expect([none.status, none.body.code]).toEqual([428, 'version_missing'])
    const headers = { 'if-match': `"${version}"` }
    const set = ok(await gateway.call<TicketAnswer>('PATCH', path, { body: { priority: 'high' }, headers }))
    expect(set.headers.get('etag')).toBe(`"${set.body.version}"`)
    expect(set.body.version).toBeGreaterThan(version)
    const stale = await gateway.call<Problem>('PATCH', path, { body: { priority: 'urgent' }, headers })
    expect([stale.status, stale.body['version']]).toEqual([409, set.body.version])
    expect((await at.desk.ticket(id)).priority).toBe('high')
  })

  it('the same Idempotency-Key ten times at once is one reply and one message; with another body it is refused', async () => {
    const { desk, vendor } = at
    const { id } = await written(9)
    const headers = { 'idempotency-key': 'reply-of-9' }
    const asks = Array.from({ length: 10 }, () => desk.reply(id, { text: 'Bir kez' }, { headers }))
    const answers = await Promise.all(asks)
    expect(answers.map((it) => it.status)).toEqual(answers.map(() => 202))
    const ids = new Set(answers.map((it) => it.body.id))
    expect(ids.size).toBe(1)
    const other = await desk.reply(id, { text: 'İki kez' }, { headers })
    expect(other.status).toBe(409)
    await desk.replyIn([...ids][0] ?? '', 'read')
    expect(vendor.ledger.of('accepted').filter((it) => JSON.stringify(it.body).includes('Bir kez'))).toHaveLength(1)
    expect(await desk.messages(id)).toHaveLength(2)
  })
})

describe('tickets that are opened from here', () => {
  const account = { channel: 'whatsapp', id: 'main' }
  it('D2 T4 W2 an approved template opens one on a customer who never wrote; it waits for them, and their answer joins it', async () => {
    const { desk, gateway, vendor } = at
    vendor.template('siparis_durumu', 'tr', 'APPROVED')
    await until(
      () => desk.list<{ name: string; state: string }>('/v1/templates'),
      (all) => all.some((it) => it.name === 'siparis_durumu' && it.state === 'approved'),
    )
    const template = { name: 'siparis_durumu', language: 'tr', values: { 1: 'Ayşe', 2: '10442' } }
    const { address } = vendor.customer(20)
    const plain = await gateway.call<Problem>('POST', '/v1/tickets', { body: { account, address, text: 'Selam' } })
    expect([plain.status, plain.body.code]).toEqual([422, 'window_closed'])
    const body = { account, address, template, subject: 'Sipariş 10442', priority: 'high' }
    const headers = { 'idempotency-key': 'open-20' }
    const opened = await gateway.call<TicketAnswer>('POST', '/v1/tickets', { body, headers })
    expect(opened.status, opened.text).toBe(201)
    expect(opened.body).toMatchObject({ origin: 'agent', status: 'pending', priority: 'high', channel: 'whatsapp' })
    const again = await gateway.call<TicketAnswer>('POST', '/v1/tickets', { body, headers })
    expect(again.body.id).toBe(opened.body.id)
    const accepted = await until(
      async () => vendor.ledger.of('accepted').filter((it) => it.kind === 'template'),
      (found) => found.length > 0,
    )
    expect(accepted).toHaveLength(1)
    // The vendor's clock has whole seconds: later than our message, or it would stand before it.
    vendor.advance(2_000)
    await vendor.write({ customer: 20, text: 'Teşekkürler' })
    const messages = await desk.messages(opened.body.id, 2)
    expect(messages.map((it) => it.direction)).toEqual(['out', 'in'])
    expect(await desk.ticketsOf(20)).toHaveLength(1)
    expect((await desk.ticket(opened.body.id)).status).toBe('open')
  })
})

it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
  expect(leaks(at.vendor, [at.gateway], { customers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 20] })).toEqual([])
})
