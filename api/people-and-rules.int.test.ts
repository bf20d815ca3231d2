// The desk's settings by API: five verbs for each thing, versions, repeats, order, pages; and what tickets then may be called.
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCommands } from '../core/runtime/run-command.ts'
import { systemClock } from '../infra/drivers/clock.ts'
import { registryFacts } from '../infra/registry-facts.ts'
import { makeStore } from '../infra/store/index.ts'
import { AgentAnswer, FolderAnswer, GroupAnswer, RuleAnswer, TopicAnswer, TypeAnswer } from '../schemas/desk-answers.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { agent as asker } from '../test/support/given.ts'
import { seedTicket, ticketId } from '../test/support/seed-tickets.ts'
import { makeTestChannel } from '../test/support/test-channel.ts'
import { putRule } from '../core/commands/rules.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
})
afterAll(() => bench.close())

type Body = { readonly [more: string]: unknown; readonly items: readonly Body[]; readonly version: number }
const ask = async (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
) => {
  const answer = await bench.call({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { ...answer, body: answer.body as Body }
}
const post = (path: string, body: object, headers?: Record<string, string>) => ask('POST', `/v1/${path}`, body, headers)
const idsOf = (body: Body, by = 'id') => body.items.map((it) => it[by])

const things = [
  { path: 'groups', by: 'id', answer: GroupAnswer, make: { id: 'money', name: 'Money' }, change: { description: 'x' } },
  {
    path: 'agents',
    by: 'id',
    answer: AgentAnswer,
    make: {
      id: 'ada',
      name: 'Ada',
      email: 'ada@shop.example',
      groups: ['money'],
      capacity: { testchannel: 3, '*': 9 },
    },
    change: {
      languages: ['tr', 'en-GB'],
      rate: { max: 5, minutes: 10 },
    },
  },
  { path: 'folders', by: 'id', answer: FolderAnswer, make: { id: 'vault', name: 'Vault' }, change: { name: 'Kasa' } },
  {
    path: 'types',
    by: 'key',
    answer: TypeAnswer,
    make: { key: 'billing/refund', name: 'Refund', group: 'money' },
    change: { agent: 'ada', group: null },
  },
  { path: 'topics', by: 'key', answer: TopicAnswer, make: { key: 'late', name: 'Late' }, change: { name: 'Too late' } },
  {
    path: 'rules',
    by: 'id',
    answer: RuleAnswer,
    make: {
      id: 'vip',
      name: 'VIP',
      channels: ['testchannel'],
      when: {
        any: [
          {
            field: 'message.subject',
            op: 'contains',
            value: 'iade',
          },
          {
            not: {
              field: 'ticket.tags',
              op: 'has',
              value: 'vip',
            },
          },
        ],
      },
      then: {
        priority: 'high',
        folders: ['vault'],
      },
    },
    change: {
      weight: -3,
      isActive: false,
    },
  },
] as const

const audited = async () => (await ask('GET', '/v1/audit?limit=200')).body.items
const madeHere = [
  ['agent', 'ada'],
  ['group', 'money'],
  ['folder', 'vault'],
  ['type', 'billing/refund'],
  ['topic', 'late'],
  ['rule', 'vip'],
] as const

describe('each thing of the desk', () => {
  it.each(things)(
    'D54 D55 D7 D8 D16 is made, read, listed, changed from a version: $path',
    async ({ path, by, answer, make, change }) => {
      const fits = (body: unknown) => expect([...Compile(answer).Errors(body)]).toEqual([])
      const repeat = { 'idempotency-key': `make-${path}` }
      const [made, again] = [await post(path, make, repeat), await post(path, make, repeat)]
      expect([made.status, again.status, again.headers['inlet-repeated']], made.text).toEqual([201, 201, 'true'])
      expect(again.body).toEqual(made.body)
      expect(made.body).toMatchObject({ ...make, version: 1 })
      fits(made.body)
      const detail = expect.stringMatching(/^There is (?:an [aeiou]|a [^aeiou])\S* "/)
      expect((await post(path, make)).body).toMatchObject({ status: 409, code: 'exists', field: by, detail })
      const url = `/v1/${path}/${encodeURIComponent(String((make as Readonly<Record<string, unknown>>)[by]))}`
      const one = await ask('GET', url)
      expect([one.status, one.headers['etag'], one.body]).toEqual([200, '"1"', made.body])
      expect((await ask('GET', `/v1/${path}`)).body.items.filter((it) => it['isSystem'] !== true)).toEqual([made.body])
      expect((await ask('PATCH', url, change)).body).toMatchObject({ status: 428, code: 'version_missing' })
      expect((await ask('PATCH', url, { ...change, version: 9 })).body).toMatchObject({
        status: 409,
        code: 'stale_version',
      })
      const changed = await ask('PATCH', url, change, { 'if-match': '"1"' })
      expect(changed.body, changed.text).toMatchObject({ ...make, ...change, version: 2 })
      fits(changed.body)
      expect(changed.headers['etag']).toBe('"2"')
      expect((await ask('GET', `${url}x`)).status).toBe(404)
      expect((await ask('PATCH', `${url}x`, { ...change, version: 1 })).status).toBe(404)
      expect((await post(path, { ...make, nmae: 'x' })).body).toMatchObject({ code: 'unknown_field', field: 'nmae' })
    },
  )

  it('D8 D11 the topic of automatic replies does not go and does not change, and nobody is told otherwise', async () => {
    const url = `/v1/topics/${encodeURIComponent('Automatic Replies')}`
    const is = (await ask('GET', url)).body
    for (const no of [await ask('PATCH', url, { name: 'Other', version: 1 }), await ask('DELETE', url)])
      expect(no.body, no.text).toMatchObject({ status: 409, code: 'built_in' })
    expect((await ask('GET', url)).body).toEqual(is)
    expect((await audited()).filter(({ subject }) => subject === 'Automatic Replies')).toEqual([])
  })

  it('S28 every making and changing is a line of the audit: who, when, what, from where', async () => {
    const lines = await audited()
    for (const [what, subject] of madeHere)
      for (const did of ['created', 'changed']) {
        const found = lines.filter((it) => it['what'] === `${what}.${did}`)
        expect(found, what).toMatchObject([{ subject, actor: { id: 'admin' }, from: expect.stringMatching(/\S/) }])
        expect(Math.abs(Date.now() - Date.parse(String(found[0]!['at'])))).toBeLessThan(120_000)
      }
  })

  it('S28 D56 another role is a line of the audit that says it', async () => {
    await post('agents', { id: 'rise', name: 'Rise', email: 'rise@shop.example' })
    expect((await ask('PATCH', '/v1/agents/rise', { version: 1, role: 'supervisor' })).status).toBe(200)
    const found = (await audited()).filter((it) => it['what'] === 'agent.changed' && it['subject'] === 'rise')
    expect(found).toMatchObject([{ actor: { id: 'admin' }, about: {} }])
    expect(JSON.stringify(found[0]!['about'])).toContain('role')
    expect((await ask('DELETE', '/v1/agents/rise')).status).toBe(204)
  })

  it('rules come in the order they are asked, a page at a time', async () => {
    for (const [id, weight] of Object.entries({ b: 0, a: 0, last: 10, first: -9 }))
      await post('rules', { id, name: id, weight, then: { tags: ['x'] } })
    const first = await ask('GET', '/v1/rules?limit=3')
    expect(idsOf(first.body)).toEqual(['first', 'vip', 'a'])
    const next = await ask('GET', `/v1/rules?limit=3&after=${encodeURIComponent(String(first.body['next']))}`)
    expect([idsOf(next.body), next.body['next']]).toEqual([['b', 'last'], null])
    expect((await ask('GET', '/v1/types?after=nonsense')).body).toMatchObject({ code: 'invalid_cursor' })
  })

  it('what does not fit is said by its field', async () => {
    const rule = (when: object) => post('rules', { id: 'x', name: 'x', when, then: { tags: ['x'] } })
    const leaf = { field: 'ticket.subject', op: 'contains', value: 'x' }
    expect((await rule({ all: [leaf, { any: [{ ...leaf, op: 'contain' }] }] })).body).toMatchObject({
      status: 400,
      field: 'when.all.1.any.0.op',
      detail: 'when.all.1.any.0.op: "contain" is no operator. Did you mean contains?',
    })
    expect((await rule({ al: [leaf] })).body).toMatchObject({
      field: 'when.al',
      detail: expect.stringContaining('Did you mean all?'),
    })
    expect((await post('rules', { id: 'x', name: 'x', then: { prioritty: 'high' } })).body).toMatchObject({
      field: 'then.prioritty',
    })
    expect(
      (await post('rules', { id: 'x', name: 'x', channels: ['testchanel'], then: { tags: ['x'] } })).body,
    ).toMatchObject({
      status: 422,
      code: 'unknown_channel',
      field: 'channels',
      detail: expect.stringContaining('"testchannel"'),
    })
    expect((await post('agents', { id: 'none', name: 'x', email: 'x@y.z' })).body).toMatchObject({
      status: 400,
      field: 'id',
    })
    expect((await post('agents', { id: 'x', name: 'x', email: 'nobody' })).body).toMatchObject({
      status: 400,
      field: 'email',
    })
    expect((await post('types', { key: 'a//b', name: 'x' })).body).toMatchObject({ status: 400, field: 'key' })
  })

  it('S15 G3 a condition as deep as a body can hold is refused before anything walks it', async () => {
    const deep = `${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}`
    const answer = await bench.call({
      method: 'POST',
      url: '/v1/rules',
      headers: { 'content-type': 'application/json' },
      payload: `{"id":"deep","name":"Deep","when":${deep},"then":{"tags":["x"]}}`,
    })
    expect([answer.status, (answer.body as Body)['code'], (answer.body as Body)['field']]).toEqual([
      400,
      'too_deep',
      'when',
    ])
  })
})

describe('tickets', () => {
  it('D7 D8 D16 take what the desk has, and say what was perhaps meant', async () => {
    const made = await post('tickets', {
      subject: 'x',
      type: 'billing/refund',
      topic: 'late',
      folders: ['vault'],
      assignee: 'ada',
    })
    expect(made.body, made.text).toMatchObject({
      type: 'billing/refund',
      folders: ['vault'],
      assignee: 'ada',
      assignedAt: expect.any(String),
    })
    const url = `/v1/tickets/${String(made.body['id'])}`
    const patch = (set: object) => ask('PATCH', url, { version: 1, ...set })
    expect((await patch({ type: 'billing/refnd' })).body).toMatchObject({
      status: 422,
      code: 'unknown_type',
      field: 'type',
      detail: expect.stringContaining('Did you mean "billing/refund"?'),
    })
    expect((await patch({ topic: 'early' })).body).toMatchObject({ status: 422, code: 'unknown_topic' })
    expect((await patch({ assignee: 'eda' })).body).toMatchObject({ status: 422, code: 'unknown_agent' })
    expect((await patch({ group: 'mony' })).body).toMatchObject({ status: 422, code: 'unknown_group' })
    expect((await patch({ folders: ['valt'] })).body).toMatchObject({ status: 422, code: 'unknown_folder' })
    expect((await patch({ folders: [] })).body).toMatchObject({ folders: [], version: 2 })
    const history = await ask('GET', `${url}/history`)
    expect(history.body.items.at(-1)).toMatchObject({ event: 'ticket.foldered' })
  })

  it('D8 where the workspace asks for a topic, none is resolved without', async () => {
    const { body: workspace } = await ask('GET', '/v1/workspaces/main')
    const turned = await ask('PATCH', '/v1/workspaces/main', { version: workspace.version, requireTopic: true })
    expect(turned.body).toMatchObject({ requireTopic: true })
    const { body: made } = await post('tickets', { subject: 'y' })
    const resolve = (more: object) =>
      ask('PATCH', `/v1/tickets/${String(made['id'])}`, { version: 1, status: 'resolved', ...more })
    expect((await resolve({})).body).toMatchObject({ status: 422, code: 'topic_required', field: 'topic' })
    expect((await resolve({ topic: 'late' })).body).toMatchObject({ status: 'resolved', topic: 'late' })
    await ask('PATCH', '/v1/workspaces/main', { version: workspace.version + 1, requireTopic: false })
  })

  it('D16 are listed by folder, and the folder says how many lie in it and are not done', async () => {
    await post('folders', { id: 'legal', name: 'Legal' })
    for (const [n, folders, category] of [
      [11, ['legal'], 'open'],
      [12, ['vault', 'legal'], 'waiting'],
      [13, ['legal'], 'done'],
      [14, [], 'open'],
    ] as const) {
      await seedTicket(bench, { n, subject: `in ${folders.join()}` })
      await bench.sql('update ticket set folders = $2, category = $3 where id = $1', [ticketId(n), folders, category])
    }
    const listed = async (query: string) => idsOf((await ask('GET', `/v1/tickets?${query}`)).body).toSorted()
    expect(await listed('folder=legal')).toEqual([ticketId(11), ticketId(12), ticketId(13)].toSorted())
    expect(await listed('folder=legal&statusCategory=open,waiting')).toEqual([ticketId(11), ticketId(12)].toSorted())
    expect(await listed('folder=vault')).toEqual([ticketId(12)])
    expect((await ask('GET', '/v1/folders/legal')).body).toMatchObject({ tickets: 2 })
    expect((await ask('DELETE', '/v1/folders/legal')).status).toBe(204)
    expect(await listed('folder=legal')).toEqual([])
    expect(await listed('folder=vault')).toEqual([ticketId(12)])
  })

  it('D19 tags in use are listed, used last first, spellings of one as one; and found by each of them', async () => {
    for (const [n, tags, at] of [
      [21, ['İade', 'vip'], '2026-11-01'],
      [22, ['iade'], '2026-11-03'],
      [23, ['kargo'], '2026-11-02'],
    ] as const) {
      await seedTicket(bench, { n, subject: 'tagged', tags })
      await bench.sql('update ticket set updated_at = $2 where id = $1', [ticketId(n), at])
    }
    expect((await ask('GET', '/v1/tags')).body).toEqual({
      items: [
        { tag: 'iade', tickets: 2, lastUsedAt: '2026-11-03T00:00:00.000Z' },
        { tag: 'kargo', tickets: 1, lastUsedAt: '2026-11-02T00:00:00.000Z' },
        { tag: 'vip', tickets: 1, lastUsedAt: '2026-11-01T00:00:00.000Z' },
      ],
      next: null,
    })
    const page = (query: string) => ask('GET', `/v1/tags?${query}`)
    const first = await page('limit=2')
    expect(idsOf(first.body, 'tag')).toEqual(['iade', 'kargo'])
    const rest = await page(`limit=2&after=${encodeURIComponent(String(first.body['next']))}`)
    expect([idsOf(rest.body, 'tag'), rest.body['next']]).toEqual([['vip'], null])
    for (const odd of ['limit=0', 'limti=2', 'after=nonsense'])
      expect([odd, (await page(odd)).status]).toEqual([odd, 400])
    await seedTicket(bench, { n: 24, subject: 'tagged', tags: ['Kargo, geç'] })
    const ofComma = await ask('GET', `/v1/tickets?tag=${encodeURIComponent('KARGO, GEÇ')}`)
    expect(idsOf(ofComma.body).toSorted()).toEqual([ticketId(23), ticketId(24)].toSorted())
    for (const tag of ['iade', 'İADE', 'IADE', 'ıade'])
      expect(idsOf((await ask('GET', `/v1/tickets?tag=${encodeURIComponent(tag)}`)).body).toSorted(), tag).toEqual(
        [ticketId(21), ticketId(22)].toSorted(),
      )
  })
})

describe('a rule that was changed', () => {
  it('D13 D15 is in force in another process with its very next question, whoever changed it', async () => {
    const registry = registryFacts(new Map([['testchannel', makeTestChannel()]]))
    const [one, other] = [1, 2].map(() =>
      makeStore({ database: bench.database, registry, emitInto: 'outbox', partitionOf: () => 0 }),
    ) as [ReturnType<typeof makeStore>, ReturnType<typeof makeStore>]
    const main = 'main' as WorkspaceId
    const question = { on: 'created', channel: 'testchannel', account: null, brand: null, facts: {} } as const
    const led = async (store = other) => {
      const desk = await store.transaction(async (enter) => (await enter(main)).read.desk())
      return desk.rules
        .matches(question)
        .flatMap(({ rule }) => (rule.id === 'led' ? [rule.then.priority ?? 'tags'] : []))
    }
    const commands = makeCommands({ store: one, clock: systemClock, meter: { count: () => undefined } as never })
    const by = { ...asker, scopes: ['admin'] as const }
    const change = async (version: number, set: object) => {
      const input = { id: 'led', version, ...set }
      const did = await commands.run(putRule, input, { workspace: main, by, idempotencyKey: null })
      expect(did).toMatchObject({ status: 200 })
    }
    await post('rules', { id: 'led', name: 'Led', then: { tags: ['x'] } })
    expect(await led()).toEqual(['tags'])
    await change(1, { then: { priority: 'urgent' } })
    expect(await led()).toEqual(['urgent'])
    await change(2, { isActive: false })
    expect(await led()).toEqual([])
    await change(3, { isActive: true })
    expect(await led()).toEqual(['urgent'])
    await bench.sql(`delete from rule where id = 'led'`)
    expect([await led(), await led(one)]).toEqual([[], []])
  })
})

describe('what is dropped', () => {
  it('is needed nowhere else, and is then gone', async () => {
    expect((await ask('DELETE', '/v1/folders/vault')).body).toMatchObject({
      status: 409,
      code: 'in_use',
      by: ['the rule vip'],
    })
    expect((await ask('DELETE', '/v1/agents/ada')).body).toMatchObject({
      status: 409,
      code: 'in_use',
      by: ['the type billing/refund'],
    })
    for (const path of ['rules/vip', 'types/billing%2Frefund', 'topics/late', 'folders/vault', 'groups/money'])
      expect([path, (await ask('DELETE', `/v1/${path}`)).status, (await ask('GET', `/v1/${path}`)).status]).toEqual([
        path,
        204,
        404,
      ])
    expect((await ask('GET', '/v1/agents/ada')).body).toMatchObject({ groups: [] })
    const held = await bench.sql(`select id from ticket where assignee = 'ada'`)
    expect(held).toHaveLength(1)
    // What they had is nobody's from then on.
    expect([(await ask('DELETE', '/v1/agents/ada')).status, (await ask('GET', '/v1/agents/ada')).status]).toEqual([
      204, 404,
    ])
    expect(await bench.sql(`select assignee from ticket where id = $1`, [held[0]!['id']])).toEqual([{ assignee: null }])
  })

  it('S28 leaves its line in the audit too', async () => {
    const lines = (await audited()).filter((it) => String(it['what']).endsWith('.dropped'))
    for (const [what, subject] of madeHere)
      expect(
        lines.filter((it) => it['what'] === `${what}.dropped` && it['subject'] === subject),
        what,
      ).toMatchObject([{ actor: { id: 'admin' } }])
  })
})
