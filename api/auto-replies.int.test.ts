// Automatic replies and notifications by API: five verbs each, what is refused before it is kept; and budgets counted on a real database by many at once.
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AutoReplyAnswer, NotificationAnswer } from '../schemas/desk-answers.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
})
afterAll(() => bench.close())

type Body = { readonly [more: string]: unknown; readonly items: readonly Body[]; readonly version: number }
const ask = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, headers = {}) => {
  const answer = await bench.call({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { ...answer, body: answer.body as Body }
}
const thanks = { id: 'thanks', name: 'Thanks', kind: 'opened', texts: { en: { text: 'Number {{ticket.number}}.' } } }

it('D11 D12 an automatic reply is made, read, listed in its order, changed from a version, dropped, and each is audited', async () => {
  const repeat = { 'idempotency-key': 'make-thanks' }
  const made = await ask('POST', '/v1/auto-replies', thanks, repeat)
  expect([made.status, (await ask('POST', '/v1/auto-replies', thanks, repeat)).body], made.text).toEqual([
    201,
    made.body,
  ])
  const defaults = { weight: 0, isActive: true, hours: 'any', calendar: null, when: null, resolve: false, version: 1 }
  expect(made.body).toEqual({ ...thanks, ...defaults, brands: null, channels: null, accounts: null })
  expect([...Compile(AutoReplyAnswer).Errors(made.body)]).toEqual([])
  expect((await ask('GET', '/v1/auto-replies/thanks')).body).toEqual(made.body)
  await ask('POST', '/v1/auto-replies', { ...thanks, id: 'first', weight: -1, kind: 'greeting' })
  expect((await ask('GET', '/v1/auto-replies')).body.items.map((it) => it['id'])).toEqual(['first', 'thanks'])
  const url = '/v1/auto-replies/thanks'
  const change = { resolve: true, hours: 'outside', channels: ['testchannel'] }
  expect((await ask('PATCH', url, change)).status).toBe(428)
  const changed = await ask('PATCH', url, change, { 'if-match': '"1"' })
  expect(changed.body, changed.text).toMatchObject({ ...thanks, ...change, version: 2 })
  expect((await ask('PATCH', url, change, { 'if-match': '"1"' })).body).toMatchObject({ code: 'stale_version' })
  expect((await ask('DELETE', '/v1/auto-replies/first')).status).toBe(204)
  expect((await ask('GET', '/v1/auto-replies/first')).status).toBe(404)
  const did = (await ask('GET', '/v1/audit')).body.items.map((it) => it['what'])
  for (const what of ['created', 'changed', 'dropped']) expect(did).toContain(`auto-reply.${what}`)
})

it('D11 P10 what could not be said, or would never be sent, is refused with its field', async () => {
  const make = async (more: object) => {
    const { status, body } = await ask('POST', '/v1/auto-replies', { ...thanks, id: 'odd', ...more })
    return [status, body['code'], body['field']]
  }
  const said = (text: string, html?: string) => ({ texts: { tr: { text, ...(html === undefined ? {} : { html }) } } })
  expect(await make(said('{{ticket.numbr}}'))).toEqual([422, 'unknown_variable', 'texts.tr.text'])
  expect(await make(said('x', '<b>{{ticket.subject}}</b>'))).toEqual([422, 'unknown_variable', 'texts.tr.html'])
  expect(await make(said('{{ticket.number}'))).toEqual([422, 'unknown_variable', 'texts.tr.text'])
  expect(await make({ texts: {} })).toEqual([422, 'texts_missing', 'texts'])
  expect(await make(said('  '))).toEqual([422, 'texts_missing', 'texts.tr.text'])
  const hello = { text: 'Merhaba' }
  for (const language of ['türkçe', 'Türkisch', 'tr_TR', ''])
    expect(await make({ texts: { tr: hello, [language]: hello } })).toEqual([
      422,
      'unknown_language',
      `texts.${language}`,
    ])
  expect(await make({ kind: 'outOfHours', hours: 'inside' })).toEqual([422, 'invalid_auto_reply', 'hours'])
  for (const kind of ['greeting', 'busy'])
    expect(await make({ kind, resolve: true })).toEqual([422, 'invalid_auto_reply', 'resolve'])
  expect(await make({ calendar: 'nowhere' })).toEqual([422, 'unknown_calendar', 'calendar'])
  expect(await make({ brands: ['nowhere'] })).toEqual([422, 'unknown_brand', 'brands'])
  expect(await make({ channels: ['nowhere'] })).toEqual([422, 'unknown_channel', 'channels'])
  const when = { all: [{ field: 'message.subject', op: 'between', value: 'x' }] }
  expect(await make({ when })).toEqual([422, 'invalid_auto_reply', 'when.all.0.op'])
  expect(await make({ kind: 'sometimes' })).toEqual([400, 'invalid', 'kind'])
  expect(await make({ tezts: {} })).toEqual([400, 'unknown_field', 'tezts'])
  const { kind: _, ...unkind } = thanks
  expect((await ask('POST', '/v1/auto-replies', { ...unkind, id: 'odd' })).body).toMatchObject({ code: 'kind_missing' })
  const { body } = await ask('POST', '/v1/auto-replies', { ...thanks, id: 'odd', ...said('{{ticket.numbr}}') })
  expect(body['detail']).toContain('did you mean "ticket.number"?')
})

it('D72 S26 a notification names who, what, and an account that sends letters', async () => {
  const team = { id: 'team', name: 'Team', on: ['assigned', 'customerReplied'], account: 'testchannel/nowhere' }
  expect((await ask('POST', '/v1/notifications', team)).body).toMatchObject({
    code: 'unknown_account',
    field: 'account',
  })
  expect((await ask('POST', '/v1/notifications', { id: 'x', name: 'x', account: 'a/b' })).body).toMatchObject({
    code: 'on_missing',
  })
  expect((await ask('POST', '/v1/notifications', { ...team, on: ['lunch'] })).status).toBe(400)
  expect((await ask('GET', '/v1/notifications')).body.items).toEqual([])
  expect([...Compile(NotificationAnswer).Errors({})].length).toBeGreaterThan(0)
})
