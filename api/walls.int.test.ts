// The walls between workspaces, at every operation there is: ids of another workspace are "not found", lists and bodies never hold it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRaw } from '../core/ports/event-log.ts'
import { adminKey, apiBench, type Bench } from '../test/support/api-bench.ts'
import { anEvent } from '../test/support/make.ts'
import { contactId, messageId, seedMessage, seedTicket, ticketId } from '../test/support/seed-tickets.ts'

const canary = 'CANARY-OTHER'
const hex = (digit: string) => digit.repeat(32)
/** What is in the other workspace, and nowhere else. */
const theirs = {
  ticket: ticketId(1),
  message: messageId(1),
  reply: `rep_${hex('a')}`,
  attachment: `att_${hex('a')}`,
  contact: contactId(1),
  brand: 'their-brand',
  named: 'theirs',
  key: `key_${hex('a')}`,
  parked: `prk_${hex('a')}`,
  raw: 'raw_theirs',
  workspace: 'other',
  agent: `agt_${hex('a')}`,
}
const ref = { id: theirs.raw, at: '2026-11-20T10:00:00.000Z', key: 'k' }

let bench: Bench
let url: string
beforeAll(async () => {
  bench = await apiBench({
    api: {
      raw: async () =>
        ({ ref, workspace: 'other', contentType: 'text/plain', body: Buffer.from(canary) }) as unknown as KeptRaw,
      retryParked: async ({ workspace }) => ({ is: workspace === 'other' ? 'done' : 'not-found' }),
      dropParked: async ({ workspace }) => ({ is: workspace === 'other' ? 'done' : 'not-found' }),
      testAccount: async (workspace) => (workspace === 'other' ? { ok: true, why: canary } : null),
    },
  })
  url = await bench.server.listen()
  await seed()
})
afterAll(() => bench.close())

async function seed(): Promise<void> {
  await bench.sql(`insert into workspace (workspace, name) values ('other', $1)`, [canary])
  await seedTicket(bench, {
    n: 1,
    workspace: 'other',
    subject: canary,
    contact: theirs.contact,
    requester: { name: canary, address: canary },
  })
  await seedMessage(bench, { n: 1, workspace: 'other', ticket: theirs.ticket, text: canary, raw: ref })
  const event = { ...anEvent({ dedupe: canary }), workspace: 'other', raw: ref }
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    [`insert into brand (workspace, id, name) values ('other', $1, $2)`, [theirs.brand, canary]],
    [
      `insert into account (workspace, channel, id, settings, secrets, state) values ('other', 'testchannel', 'their-account', $1, '{}', 'connected')`,
      [JSON.stringify({ number: canary })],
    ],
    [
      `insert into api_key (workspace, id, name, prefix, hash, scopes, created_at) values ('other', $1, $2, 'p', 'h', '{}', now())`,
      [theirs.key, canary],
    ],
    [
      `insert into agent (workspace, id, name, email, role) values ('other', $1, $2, $2, 'administrator')`,
      [theirs.agent, canary],
    ],
    [`insert into contact (workspace, id, name, address) values ('other', $1, $2, $2)`, [theirs.contact, canary]],
    [
      `insert into attachment (workspace, id, name, type, state, blob) values ('other', $1, $2, 'a/b', 'stored', $3)`,
      [theirs.attachment, canary, `sha256:${'0'.repeat(64)}`],
    ],
    [
      `insert into reply (workspace, id, message, ticket, conversation, channel, account, author, outbound, state, correlation, queued_at, updated_at, why)
      values ('other', $1, $2, $3, 'cnv', 'testchannel', 'their-account', 'person', '{}', 'unsure', 'c', now(), now(), $4)`,
      [theirs.reply, theirs.message, theirs.ticket, canary],
    ],
    [
      `insert into parked (workspace, id, worker, event, why, attempts) values ('other', $1, 'w', $2, $3, 1)`,
      [theirs.parked, JSON.stringify(event), canary],
    ],
    [
      `insert into template (workspace, channel, account, template, language, name, at) values ('other', 'testchannel', 'their-account', 't', 'tr', $1, now())`,
      [canary],
    ],
    [
      `insert into audit (workspace, at, what, subject, actor_kind, about) values ('other', now(), 'w', $1, 'system', '{}')`,
      [canary],
    ],
    [
      `insert into ticket_event (workspace, ticket, event) values ('other', $1, $2)`,
      [theirs.ticket, JSON.stringify(event)],
    ],
    [
      `insert into agent (workspace, id, name, email, role) values ('other', $1, $2, 'their@canary.example', 'agent')`,
      [theirs.named, canary],
    ],
    [`insert into team (workspace, id, name) values ('other', $1, $2)`, [theirs.named, canary]],
    [`insert into agent_team (workspace, agent, team) values ('other', $1, $1)`, [theirs.named]],
    [`insert into folder (workspace, id, name) values ('other', $1, $2)`, [theirs.named, canary]],
    [
      `insert into catalogue (workspace, what, key, name) values ('other', 'type', $1, $2), ('other', 'topic', $1, $2)`,
      [theirs.named, canary],
    ],
    [
      `insert into rule (workspace, id, name, event, effect) values ('other', $1, $2, 'created', '{"tags":["x"]}')`,
      [theirs.named, canary],
    ],
    [
      `insert into calendar (workspace, id, name, timezone, weekly) values ('other', $1, $2, 'UTC', '{}')`,
      [theirs.named, canary],
    ],
    [
      `insert into sla_policy (workspace, id, name, targets, pauses, warn_at, reopened) values ('other', $1, $2, '{"resolution":60}', '{}', '{}', 'resume')`,
      [theirs.named, canary],
    ],
    [`insert into status (workspace, key, name, category) values ('other', $1, $2, 'waiting')`, [theirs.named, canary]],
    [
      `insert into auto_reply (workspace, id, name, kind, hours, texts) values ('other', $1, $2, 'opened', 'any', '{}')`,
      [theirs.named, canary],
    ],
    [
      `insert into notification (workspace, id, name, events, account) values ('other', $1, $2, '{assigned}', 'testchannel/their-account')`,
      [theirs.named, canary],
    ],
    [`update ticket set tags = array['${canary}'], folders = array['theirs'] where workspace = 'other'`, []],
    [`select publish('other', $1)`, [JSON.stringify([{ id: event.id.slice(4), type: event.type, event }])]],
  ]
  for (const [text, values] of rows) await bench.sql(text, [...values])
}

interface Case {
  /** Of what the path names, theirs. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: object
  /** 404 when it is about something of theirs; another where that something is only mentioned. */
  readonly status: number
}
const week = { timezone: 'UTC', weekly: { mon: [{ from: '09:00', to: '17:00' }] } }
const account = { channel: 'testchannel', id: 'their-account' }
const of = (id: string, body?: object): Case => ({
  params: { id },
  status: 404,
  ...(body === undefined ? {} : { body }),
})
const list = (query = ''): Case => ({ query, status: 200 })
const made = (status: number, body: object): Case => ({ status, body })
/** Theirs cannot be read, changed, dropped, or named by one of ours. */
const thing = (path: string, post: Case): Readonly<Record<string, Case>> => ({
  [`GET /v1/${path}`]: list(),
  [`POST /v1/${path}`]: post,
  [`GET /v1/${path}/{id}`]: of('theirs'),
  [`PATCH /v1/${path}/{id}`]: of('theirs', { version: 1, name: 'x' }),
  [`DELETE /v1/${path}/{id}`]: of('theirs'),
})
/** Every operation has its case; one without fails the test. */
const cases: Readonly<Record<string, Case>> = {
  'GET /v1/tickets': list(`q=${canary}`),
  'POST /v1/tickets': made(422, { subject: 'x', brand: theirs.brand }),
  'GET /v1/tickets/{id}': of(theirs.ticket),
  'PATCH /v1/tickets/{id}': of(theirs.ticket, { version: 1, assignee: 'me' }),
  'GET /v1/tickets/{id}/messages': of(theirs.ticket),
  'GET /v1/tickets/{id}/history': of(theirs.ticket),
  'GET /v1/tickets/{id}/replies': of(theirs.ticket),
  'POST /v1/tickets/{id}/replies': of(theirs.ticket, { text: 'x' }),
  'POST /v1/tickets/{id}/forward': of(theirs.ticket, { to: ['other@example.com'] }),
  'POST /v1/tickets/{id}/notes': of(theirs.ticket, { text: 'x' }),
  'POST /v1/tickets/{id}/seen': of(theirs.ticket),
  'GET /v1/messages/{id}': of(theirs.message),
  'GET /v1/messages/{id}/html': of(theirs.message),
  'GET /v1/messages/{id}/full-text': of(theirs.message),
  'GET /v1/replies/{id}': of(theirs.reply),
  'POST /v1/replies/{id}/resend': of(theirs.reply),
  'POST /v1/replies/{id}/cancel': of(theirs.reply),
  'POST /v1/attachments': made(415, {}),
  'GET /v1/attachments/{id}': of(theirs.attachment),
  'GET /v1/contacts': list(`q=${canary}`),
  'GET /v1/contacts/{id}': of(theirs.contact),
  'PATCH /v1/contacts/{id}': of(theirs.contact, { name: 'x' }),
  'GET /v1/brands': list(),
  'POST /v1/brands': made(201, { id: theirs.brand, name: 'Ours of the same id' }),
  'GET /v1/brands/{id}': of('their-other-brand'),
  'PATCH /v1/brands/{id}': of('their-other-brand', { version: 1, name: 'x' }),
  'DELETE /v1/brands/{id}': of('their-other-brand'),
  ...thing('agents', made(422, { id: 'x', name: 'x', email: 'x@y.z', groups: ['theirs'] })),
  ...thing('groups', made(422, { id: 'x', name: 'x', agents: ['theirs'] })),
  ...thing('folders', made(201, { id: 'ours', name: 'x' })),
  ...thing('types', made(422, { key: 'x', name: 'x', agent: 'theirs' })),
  ...thing('topics', made(422, { key: 'x', name: 'x', brands: ['their-other-brand'] })),
  ...thing('rules', made(422, { id: 'x', name: 'x', then: { folders: ['theirs'] } })),
  ...thing('calendars', made(201, { id: 'ours', name: 'x', ...week })),
  ...thing('statuses', made(201, { key: 'ours', name: 'x', category: 'waiting' })),
  ...thing(
    'auto-replies',
    made(422, { id: 'x', name: 'x', kind: 'opened', texts: { en: { text: 'x' } }, calendar: 'theirs' }),
  ),
  ...thing('notifications', made(422, { id: 'x', name: 'x', on: ['assigned'], account: 'testchannel/their-account' })),
  'POST /v1/calendars/{id}/try': of('theirs', {}),
  ...thing('sla-policies', made(422, { id: 'x', name: 'x', targets: { resolution: 60 }, calendar: 'theirs' })),
  'POST /v1/sla-policies/try': made(200, { at: '2026-03-06T16:30:00Z' }),
  'PATCH /v1/agents/{id}/presence': of('theirs', { presence: 'offline' }),
  'POST /v1/me/presence': made(403, { presence: 'offline' }),
  'POST /v1/tickets/{id}/take': of(theirs.ticket, { agent: 'theirs' }),
  'GET /v1/tags': list(),
  'GET /v1/reports/response-times': list('createdFrom=2026-10-15'),
  'GET /v1/reports/sla': list('createdFrom=2026-10-15'),
  'GET /v1/accounts': list(),
  'POST /v1/accounts': made(409, { ...account, settings: { number: '1' } }),
  'GET /v1/accounts/{channel}/{id}': { params: account, status: 404 },
  'PATCH /v1/accounts/{channel}/{id}': { params: account, body: { version: 1, enabled: false }, status: 404 },
  'DELETE /v1/accounts/{channel}/{id}': { params: account, status: 404 },
  'GET /v1/accounts/{channel}/{id}/health': { params: account, status: 404 },
  'POST /v1/accounts/{channel}/{id}/test': { params: account, status: 404 },
  'POST /v1/rules/try': { query: `q=${canary}`, body: { then: { priority: 'high' } }, status: 200 },
  'GET /v1/templates': list(),
  'GET /v1/workspaces': list(),
  'POST /v1/workspaces': made(403, { id: theirs.workspace, name: 'x' }),
  'GET /v1/workspaces/{id}': of(theirs.workspace),
  'DELETE /v1/workspaces/{id}': { params: { id: theirs.workspace }, status: 403 },
  'PATCH /v1/workspaces/{id}': of(theirs.workspace, { version: 1, name: 'x' }),
  'GET /v1/keys': list(),
  'POST /v1/keys': made(201, { name: 'ours', scopes: ['tickets:read'] }),
  'GET /v1/keys/{id}': of(theirs.key),
  'DELETE /v1/keys/{id}': of(theirs.key),
  'GET /v1/events': list(),
  'GET /v1/events/stream': { status: 200 },
  'GET /v1/parked': list(),
  'POST /v1/parked/{id}/retry': of(theirs.parked),
  'DELETE /v1/parked/{id}': of(theirs.parked),
  'POST /v1/replay': made(200, { from: '2026-11-20', to: '2026-11-21' }),
  'GET /v1/raws/{id}': of(theirs.raw),
  'GET /v1/audit': list(),
  'POST /v1/setup': made(404, { link: 'none', name: 'x', email: 'x@y.example', password: 'kedi damda uyur 7' }),
  'POST /v1/setup-links': { status: 403 },
  'POST /v1/login': made(401, { email: canary, password: canary }),
  'POST /v1/logout': { status: 403 },
  'GET /v1/me': { status: 403 },
  'POST /v1/me/password': made(403, { current: 'x', password: 'y' }),
  'POST /v1/agents/{id}/invite': of(theirs.agent),
  'POST /v1/invitations/accept': made(404, { link: 'none', password: 'kedi damda uyur 7' }),
}

let key = ''
beforeAll(async () => {
  const { body } = await bench.call({ method: 'POST', url: '/v1/keys', payload: { name: 'wall', scopes: ['admin'] } })
  key = (body as { key: string }).key
  await bench.sql(`insert into brand (workspace, id, name) values ('other', 'their-other-brand', $1)`, [canary])
})

describe('another workspace', () => {
  it('S27 has a case for every operation of the API', async () => {
    const { body } = await bench.call({ url: '/v1/openapi.json' })
    const { paths } = body as { paths: Record<string, Record<string, unknown>> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(routes.sort()).toEqual(Object.keys(cases).sort())
  })
  it('S27 is not there, for a key that may do everything in its own', async () => {
    for (const [name, { params = {}, query, body, status }] of Object.entries(cases)) {
      if (name === 'GET /v1/events/stream') continue
      const [method = '', path = ''] = name.split(' ')
      const filled = path.replace(/\{(\w+)\}/g, (_all, param: string) => encodeURIComponent(params[param] ?? ''))
      const answer = await bench.call({
        method: method as 'GET',
        url: query === undefined || query === '' ? filled : `${filled}?${query}`,
        headers: { authorization: `Bearer ${key}` },
        ...(body === undefined ? {} : { payload: body }),
      })
      expect(answer.status, `${name}: ${answer.text}`).toBe(status)
      expect(answer.text.replaceAll(`q=${canary}`, ''), name).not.toContain(canary)
    }
  })
  it('S27 is not in the stream', async () => {
    const stop = new AbortController()
    const { body } = await fetch(`${url}/v1/events/stream`, {
      headers: { authorization: `Bearer ${key}` },
      signal: stop.signal,
    })
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    const ours = { ...anEvent({ dedupe: 'ours' }), workspace: 'main' }
    await bench.sql(`select publish('main', $1)`, [
      JSON.stringify([{ id: ours.id.slice(4), type: ours.type, event: ours }]),
    ])
    let text = ''
    while (!/^data: .*\n/m.test(text)) text += (await reader.read()).value ?? ''
    stop.abort()
    expect(text).toContain(ours.id)
    expect(text).not.toContain(canary)
  })
  it('S27 what hangs on theirs cannot be used in ours', async () => {
    const { body } = await bench.call({ method: 'POST', url: '/v1/tickets', payload: { subject: 'ours' } })
    const ours = (body as { id: string }).id
    const note = await bench.call({
      method: 'POST',
      url: `/v1/tickets/${ours}/notes`,
      payload: { text: 'x', attachments: [theirs.attachment] },
    })
    expect([note.status, note.text.includes(canary)]).toEqual([422, false])
    const child = await bench.call({
      method: 'POST',
      url: '/v1/tickets',
      payload: { subject: 'x', parent: theirs.ticket },
    })
    expect([404, 422]).toContain(child.status)
    // What is theirs alone is free here: nothing tells that it is there.
    const agent = { id: 'theirs', name: 'Ours', email: 'their@canary.example' }
    for (const [path, payload] of [
      ['agents', agent],
      ['groups', { id: 'theirs', name: 'Ours', agents: ['theirs'] }],
      ['folders', { id: 'theirs', name: 'Ours' }],
      ['types', { key: 'theirs', name: 'Ours' }],
      ['rules', { id: 'theirs', name: 'Ours', then: { folders: ['theirs'] } }],
      ['calendars', { id: 'theirs', name: 'Ours', ...week }],
    ] as const)
      expect([path, (await bench.call({ method: 'POST', url: `/v1/${path}`, payload })).status]).toEqual([path, 201])
    const filtered = await bench.call({ url: `/v1/tickets?requester=${theirs.contact}` })
    expect(filtered.body).toEqual({ items: [], next: null })
  })
  it('S27 changed nothing over there, and the same calls do work from inside', async () => {
    const as = { authorization: `Bearer ${adminKey}`, 'inlet-workspace': 'other' }
    for (const path of [
      `/v1/tickets/${theirs.ticket}`,
      `/v1/replies/${theirs.reply}`,
      `/v1/contacts/${theirs.contact}`,
      `/v1/keys/${theirs.key}`,
      '/v1/accounts/testchannel/their-account',
      ...[
        'agents',
        'groups',
        'folders',
        'types',
        'topics',
        'rules',
        'calendars',
        'sla-policies',
        'statuses',
        'auto-replies',
        'notifications',
      ].map((it) => `/v1/${it}/theirs`),
      '/v1/tags',
      `/v1/tickets/${theirs.ticket}/messages`,
      '/v1/events',
      '/v1/parked',
      '/v1/audit',
      `/v1/raws/${theirs.raw}`,
    ]) {
      const answer = await bench.call({ url: path, headers: as })
      expect([path, answer.status, answer.text.includes(canary)]).toEqual([path, 200, true])
    }
    expect(await bench.sql(`select state from reply where id = $1`, [theirs.reply])).toEqual([{ state: 'unsure' }])
    expect(await bench.sql(`select state, version from account where id = 'their-account'`)).toEqual([
      { state: 'connected', version: 1 },
    ])
    expect(await bench.sql(`select revoked_at from api_key where id = $1`, [theirs.key])).toEqual([
      { revoked_at: null },
    ])
    expect(await bench.sql(`select version from ticket where id = $1`, [theirs.ticket])).toEqual([{ version: 1 }])
  })
})
