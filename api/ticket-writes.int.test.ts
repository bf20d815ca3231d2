// Tickets opened, changed, noted and seen through the door; every change in the history, in order, with who and what.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Compile } from 'typebox/compile'
import { HistoryAnswer, TicketAnswer } from '../schemas/answers.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { seedMessage, seedTicket, ticketId } from '../test/support/seed-tickets.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
  await bench.sql(`insert into account (workspace, channel, id, settings, secrets, state)
    values ('main', 'testchannel', 'account-1', '{"number":"1"}', '{}', 'connected')`)
})
afterAll(() => bench.close())

interface Ticket {
  readonly id: string
  readonly version: number
  readonly [more: string]: unknown
}
const open = async (payload: object, headers: Record<string, string> = {}) => {
  const answer = await bench.call({ method: 'POST', url: '/v1/tickets', payload, headers })
  return { ...answer, ticket: answer.body as Ticket }
}
const change = (id: string, payload: object, headers: Record<string, string> = {}) =>
  bench.call({ method: 'PATCH', url: `/v1/tickets/${id}`, payload, headers })

describe('opening', () => {
  it('D2 gives the ticket as the list does, opened by an agent', async () => {
    const { status, ticket } = await open({ subject: 'Ring back', priority: 'high', tags: ['vip'] })
    expect([status, [...Compile(TicketAnswer).Errors(ticket)]]).toEqual([201, []])
    expect(ticket).toMatchObject({
      subject: 'Ring back',
      origin: 'agent',
      priority: 'high',
      tags: ['vip'],
      channel: null,
      window: null,
    })
    expect((await bench.call({ url: `/v1/tickets/${ticket.id}` })).body).toEqual(ticket)
    const events = await bench.sql(
      `select event ->> 'type' as type from outbox where event -> 'data' ->> 'ticket' = $1 order by seq`,
      [ticket.id],
    )
    expect(events[0]).toEqual({ type: 'ticket.created' })
  })
  it('W2 needs a template where no window is open, and says so', async () => {
    const account = { channel: 'testchannel', id: 'account-1' }
    const { status, body } = await open({ account, address: '+905551112233', text: 'Hello' })
    expect([status, body]).toEqual([422, expect.objectContaining({ code: expect.stringMatching(/window|template/) })])
    const refused = await open({ account, address: 'not a number', text: 'Hello' })
    expect(refused.status).toBe(422)
  })
  it('with an Idempotency-Key is one ticket, however often it is asked', async () => {
    const key = { 'idempotency-key': 'crm-1' }
    const [first, again] = [await open({ subject: 'once' }, key), await open({ subject: 'once' }, key)]
    expect([again.status, again.ticket.id, again.headers['inlet-repeated']]).toEqual([201, first.ticket.id, 'true'])
    expect((await open({ subject: 'twice' }, key)).status).toBe(409)
  })
})

describe('changing', () => {
  it('takes the version in the body or as If-Match; a stale one is 409 with the present one', async () => {
    const { ticket } = await open({ subject: 'v' })
    const first = await change(ticket.id, { version: ticket.version, assignee: 'ada' })
    expect([first.status, first.body]).toEqual([
      200,
      expect.objectContaining({ assignee: 'ada', version: ticket.version + 1 }),
    ])
    expect(first.headers['etag']).toBe(`"${ticket.version + 1}"`)
    const stale = await change(ticket.id, { version: ticket.version, assignee: 'bob' })
    expect([stale.status, stale.body]).toEqual([
      409,
      expect.objectContaining({ code: 'stale_version', version: ticket.version + 1 }),
    ])
    const byHeader = await change(ticket.id, { assignee: null }, { 'if-match': `"${ticket.version + 1}"` })
    expect([byHeader.status, byHeader.body]).toEqual([200, expect.objectContaining({ assignee: null })])
    expect(await change(ticket.id, { assignee: 'x' })).toMatchObject({ status: 428, body: { code: 'version_missing' } })
  })
  it('two at once: one is made, the other is told', async () => {
    const { ticket } = await open({ subject: 'race' })
    const all = await Promise.all(
      ['a', 'b', 'c'].map((assignee) => change(ticket.id, { version: ticket.version, assignee })),
    )
    expect(all.map((it) => it.status).sort()).toEqual([200, 409, 409])
  })
  it('refuses moves that are none, and fields that are none', async () => {
    const { ticket } = await open({ subject: 'm' })
    expect((await change(ticket.id, { version: 1, status: 'reopened' })).body).toMatchObject({
      status: 422,
      code: 'bad_transition',
      allowed: expect.any(Array),
    })
    expect((await change(ticket.id, { version: 1, prioritty: 'low' })).body).toMatchObject({
      status: 400,
      code: 'unknown_field',
      detail: expect.stringContaining('priority'),
    })
    expect((await change(ticketId(77), { version: 1, priority: 'low' })).status).toBe(404)
  })
})

describe('the trail', () => {
  it('D10 n changes are n rows in order, each with who, when and from what to what', async () => {
    const { ticket } = await open({ subject: 'trail' })
    const steps = [
      { priority: 'urgent' },
      { assignee: 'ada' },
      { status: 'pending', why: 'asked back' },
      { tags: ['late'] },
      { assignee: null },
    ]
    for (const [at, step] of steps.entries())
      expect((await change(ticket.id, { version: ticket.version + at, ...step })).status).toBe(200)
    const note = await bench.call({
      method: 'POST',
      url: `/v1/tickets/${ticket.id}/notes`,
      payload: { text: 'careful' },
    })
    expect([note.status, note.body]).toEqual([
      201,
      expect.objectContaining({ kind: 'note', direction: 'internal', text: 'careful' }),
    ])
    const rows: { event: string; change: object | null; actor: object; why?: string }[] = []
    let after = ''
    do {
      const { body } = await bench.call({ url: `/v1/tickets/${ticket.id}/history?limit=2${after}` })
      const page = body as { items: typeof rows; next: string | null }
      rows.push(...page.items)
      after = page.next === null ? '' : `&after=${page.next}`
    } while (after !== '')
    for (const row of rows) expect([...Compile(HistoryAnswer).Errors(row)]).toEqual([])
    expect(rows.map((it) => [it.event, it.change])).toEqual([
      ['ticket.created', expect.anything()],
      ['ticket.priority_changed', { field: 'priority', from: 'low', to: 'urgent' }],
      ['ticket.assigned', { field: 'assignee', from: null, to: 'ada' }],
      ['ticket.status_changed', { field: 'status', from: 'new', to: 'pending' }],
      ['ticket.tagged', expect.objectContaining({ field: 'tags' })],
      ['ticket.unassigned', { field: 'assignee', from: 'ada', to: null }],
      ['ticket.note_added', expect.anything()],
    ])
    expect(rows.find((it) => it.event === 'ticket.status_changed')?.why).toBe('asked back')
    expect(new Set(rows.map((it) => JSON.stringify(it.actor)))).toEqual(new Set(['{"kind":"agent","id":"admin"}']))
  })
  it('a ticket that was read tells the vendor once it can', async () => {
    const id = await seedTicket(bench, { n: 300 })
    await seedMessage(bench, { n: 300, ticket: id, text: 'hi' })
    await bench.sql(`update message set external_id = 'wamid.1' where ticket = $1`, [id])
    const seen = await bench.call({ method: 'POST', url: `/v1/tickets/${id}/seen` })
    expect([seen.status, seen.body]).toEqual([200, { seen: 1 }])
    expect(await bench.sql('select external_id from seen_mark')).toEqual([{ external_id: 'wamid.1' }])
  })
})

describe('replies that did not simply go out', () => {
  it('are sent again or given up by a person, in the states that allow it', async () => {
    const at = new Date(Date.now() - 60_000).toISOString()
    const id = await seedTicket(bench, { n: 301 })
    const row = (reply: string, state: string) =>
      bench.sql(
        `insert into reply (workspace, id, message, ticket, conversation, channel, account, author, outbound, state, correlation, queued_at, updated_at)
         values ('main', $1, 'msg_x', $2, $3, 'testchannel', 'account-1', 'person', '{"text":"hi"}', $4, 'c', $5, $5)`,
        [reply, id, `cnv_${reply}`, state, at],
      )
    const [unsure, sent] = [`rep_${'a'.repeat(32)}`, `rep_${'b'.repeat(32)}`]
    await row(unsure, 'unsure')
    await row(sent, 'sent')
    await bench.sql(
      `insert into reply_attempt (workspace, reply, n, outcome, why) values ('main', $1, 1, 'unknown', 'no answer')`,
      [unsure],
    )
    const ask = (reply: string, what: string, payload?: object) =>
      bench.call({ method: 'POST', url: `/v1/replies/${reply}/${what}`, ...(payload === undefined ? {} : { payload }) })
    const again = await ask(unsure, 'resend')
    expect([again.status, again.body]).toEqual([
      200,
      expect.objectContaining({
        state: 'queued',
        attempts: [expect.objectContaining({ n: 1, outcome: 'unknown', why: 'no answer' })],
      }),
    ])
    expect((await ask(unsure, 'cancel', { why: 'phoned instead' })).body).toMatchObject({ state: 'cancelled' })
    expect(await ask(sent, 'resend')).toMatchObject({ status: 409, body: { state: 'sent' } })
    expect((await ask(`rep_${'c'.repeat(32)}`, 'cancel')).status).toBe(404)
    expect((await ask('x', 'cancel')).status).toBe(404)
  })
})
