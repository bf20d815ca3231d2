// Replies through the door: written down once, refused in words that help, followed by their id.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Compile } from 'typebox/compile'
import { ReplyAnswer } from '../schemas/answers.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { contactId, seedConversation, seedMessage, seedTicket, ticketId } from '../test/support/seed-tickets.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
  await bench.sql(`insert into workspace (workspace, name) values ('other', 'Other')`)
  await bench.sql(
    `insert into account (workspace, channel, id, settings, secrets, state) values ('main', 'testchannel', 'account-1', '{}', '{}', 'connected')`,
  )
  for (const [n, hours] of [
    [1, 1],
    [2, 48],
    [3, 1],
  ] as const) {
    const conversation = await seedConversation(bench, n, new Date(Date.now() - hours * 3_600_000).toISOString())
    await seedTicket(bench, { n, contact: contactId(n), conversation })
    await bench.sql('update conversation set ticket = $1 where id = $2', [ticketId(n), conversation])
    await seedMessage(bench, { n, ticket: ticketId(n), text: 'Merhaba' })
  }
})
afterAll(() => bench.close())

const replyTo = (n: number, payload: object, headers: Record<string, string> = {}) =>
  bench.call({ method: 'POST', url: `/v1/tickets/${ticketId(n)}/replies`, payload, headers })
const count = async () => Number((await bench.sql('select count(*) as n from reply'))[0]?.['n'])

describe('a reply', () => {
  it('is 202 with an id that can be followed, and stands among the messages and in the history', async () => {
    const { status, body } = await replyTo(1, { text: 'Hoş geldiniz' })
    expect([status, body]).toEqual([
      202,
      expect.objectContaining({ id: expect.stringMatching(/^rep_/), state: 'queued' }),
    ])
    const { id } = body as { id: string }
    const found = await bench.call({ url: `/v1/replies/${id}` })
    expect([...Compile(ReplyAnswer).Errors(found.body)]).toEqual([])
    expect(found.body).toMatchObject({ id, ticket: ticketId(1), state: 'queued', attempts: [], externalId: null })
    expect((await bench.call({ url: `/v1/tickets/${ticketId(1)}/replies` })).body).toEqual({
      items: [found.body],
      next: null,
    })
    const { body: messages } = await bench.call({ url: `/v1/tickets/${ticketId(1)}/messages` })
    expect((messages as { items: { direction: string; text: string; state: string }[] }).items.at(-1)).toMatchObject({
      direction: 'out',
      text: 'Hoş geldiniz',
      state: 'queued',
    })
  })
  it('G19 the same Idempotency-Key and body is one reply and one answer; another body is 409', async () => {
    const before = await count()
    const key = { 'idempotency-key': 'order-77' }
    const answers = await Promise.all([1, 2, 3].map(() => replyTo(1, { text: 'once' }, key)))
    expect(answers.map((it) => it.status)).toEqual([202, 202, 202])
    expect(new Set(answers.map((it) => it.text)).size).toBe(1)
    expect(answers.filter((it) => it.headers['inlet-repeated'] === 'true')).toHaveLength(2)
    expect(await count()).toBe(before + 1)
    const other = await replyTo(1, { text: 'twice' }, key)
    expect([other.status, other.body]).toEqual([409, expect.objectContaining({ code: 'idempotency_key_reused' })])
    expect(await replyTo(1, { text: 'x' }, { 'idempotency-key': 'has space' })).toMatchObject({ status: 400 })
    expect(await count()).toBe(before + 1)
  })
  it('that cannot be sent is 422 with a word for programs and the way out', async () => {
    const closed = await replyTo(2, { text: 'too late' })
    expect([closed.status, closed.body]).toEqual([
      422,
      expect.objectContaining({ code: 'window_closed', detail: expect.stringMatching(/template/) }),
    ])
    expect((await replyTo(1, { text: 'x'.repeat(4_097) })).body).toMatchObject({ status: 422, code: 'too_long' })
  })
  it('says which field it does not know, and 404 for a ticket that is not here', async () => {
    expect((await replyTo(1, { txt: 'hi' })).body).toMatchObject({
      status: 400,
      code: 'unknown_field',
      field: 'txt',
      detail: expect.stringContaining('Did you mean text?'),
    })
    expect((await replyTo(1, { text: 'hi', ticket: ticketId(2) })).body).toMatchObject({ status: 400, field: 'ticket' })
    expect((await replyTo(9, { text: 'hi' })).status).toBe(404)
    expect((await replyTo(1, { text: 'hi' }, { 'inlet-workspace': 'other' })).status).toBe(404)
    const garbage = await bench.call({
      method: 'POST',
      url: `/v1/tickets/${ticketId(1)}/replies`,
      payload: '{"text":',
      headers: { 'content-type': 'application/json' },
    })
    expect(garbage.body).toMatchObject({ status: 400, code: 'invalid_json' })
    const form = await bench.call({
      method: 'POST',
      url: `/v1/tickets/${ticketId(1)}/replies`,
      payload: 'text=a',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(form.body).toMatchObject({ status: 415, code: 'media_type' })
    const polluted = await bench.call({
      method: 'POST',
      url: `/v1/tickets/${ticketId(1)}/replies`,
      payload: '{"text":"a","__proto__":{"admin":true}}',
      headers: { 'content-type': 'application/json' },
    })
    expect(polluted.status).toBe(400)
  })
  it('M4 carries the id of the call that brought what it answers', async () => {
    const { body } = await replyTo(3, { text: 'hi' }, { 'inlet-correlation-id': 'walk-9' })
    const [row] = await bench.sql('select correlation from reply where id = $1', [(body as { id: string }).id])
    const heard = await bench.sql(
      `select correlation from message where ticket = $1 and direction = 'in' order by sent_at desc limit 1`,
      [ticketId(3)],
    )
    expect(row).toEqual(heard[0] ?? { correlation: 'walk-9' })
  })
})
