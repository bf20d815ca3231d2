// Desk settings by API only: from nothing to a connected account; secrets in, never out; keys and addresses shown once.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Compile } from 'typebox/compile'
import { AccountAnswer, KeyAnswer, WorkspaceAnswer } from '../schemas/answers.ts'
import { adminKey, apiBench, type Bench } from '../test/support/api-bench.ts'

let bench: Bench
const tested: string[] = []
beforeAll(async () => {
  bench = await apiBench({
    api: {
      secrets: {
        seal: async (_workspace, place, plain) =>
          /^(env|file):/.test(plain) ? plain : `sealed:1:1:${createHash('sha256').update(place).digest('hex')}`,
      },
      testAccount: async (_workspace, channel, id) => {
        tested.push(`${channel}/${id}`)
        return { ok: false, why: 'the token is dead' }
      },
    },
  })
})
afterAll(() => bench.close())

type Answer = { readonly [more: string]: unknown }
const ask = async (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
) => {
  const answer = await bench.call({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { ...answer, body: answer.body as Answer }
}
const canary = 'CANARY-secret-77f1'

describe('accounts', () => {
  it('D60 a fresh installation gets brand and account by API only, with the address to give to the vendor', async () => {
    expect(
      (await ask('POST', '/v1/brands', { id: 'shop', name: 'Shop', language: 'tr', timezone: 'Europe/Istanbul' }))
        .status,
    ).toBe(201)
    const made = await ask('POST', '/v1/accounts', {
      channel: 'testchannel',
      id: 'main',
      brand: 'shop',
      settings: { number: '1065' },
      secrets: { appSecret: canary, accessToken: 'env:WA_TOKEN' },
    })
    expect(made.status).toBe(201)
    expect([...Compile(AccountAnswer).Errors(made.body)]).toEqual([])
    expect(made.body).toMatchObject({
      channel: 'testchannel',
      id: 'main',
      health: { state: 'connecting', why: null },
      secrets: { appSecret: 'stored', accessToken: 'env:WA_TOKEN' },
    })
    const token =
      /^http:\/\/127\.0\.0\.1:8080\/in\/testchannel\/main\/([\w-]{22})$/.exec(made.body['webhook'] as string)?.[1] ?? ''
    const [row] = await bench.sql(`select token_hash as hash, secrets from account`)
    expect(row?.['hash']).toBe(createHash('sha256').update(token).digest('hex'))
    const again = await ask('GET', '/v1/accounts/testchannel/main')
    expect(again.body['webhook']).toBe('http://127.0.0.1:8080/in/testchannel/main/…')
    expect((await ask('GET', '/v1/accounts')).text).not.toContain(token)
    expect((await ask('GET', '/v1/accounts/testchannel/main/health')).body).toMatchObject({ state: 'connecting' })
    expect(await bench.sql('select route from account_route')).toEqual([{ route: '1065' }])
  })
  it('S16 S18 no answer, row, audit entry or log line ever holds a plain secret', async () => {
    const until = '2026-12-01T00:00:00Z'
    const changed = await ask('PATCH', '/v1/accounts/testchannel/main', {
      version: 1,
      secrets: {
        appSecret: `${canary}-2`,
        appSecretPrevious: canary,
        appSecretPreviousUntil: until,
        accessToken: null,
      },
    })
    expect([changed.status, changed.body['secrets']]).toEqual([
      200,
      { appSecret: 'stored', appSecretPrevious: 'stored', appSecretPreviousUntil: '2026-12-01T00:00:00.000Z' },
    ])
    const refused = await ask('POST', '/v1/accounts', {
      channel: 'testchannel',
      id: 'x',
      settings: { number: '1' },
      secrets: { apSecret: canary },
    })
    expect([refused.status, refused.body['field']]).toEqual([422, 'secrets.apSecret'])
    const everything = [
      (await ask('GET', '/v1/accounts')).text,
      (await ask('GET', '/v1/audit')).text,
      changed.text,
      refused.text,
      JSON.stringify(bench.log.lines),
      JSON.stringify(
        await bench.sql(
          `select (select json_agg(a) from account a), (select json_agg(u) from audit u), (select json_agg(o) from outbox o), (select json_agg(n) from answer n)`,
        ),
      ),
    ].join('\n')
    expect(everything).not.toContain(canary)
    expect(everything).toContain('secret.changed')
  })
  it('with an Idempotency-Key is made once, and its address is the same again', async () => {
    const body = { channel: 'testchannel', id: 'idem', settings: { number: '2' }, secrets: { appSecret: canary } }
    const key = { 'idempotency-key': 'acc-1' }
    const [first, again] = [await ask('POST', '/v1/accounts', body, key), await ask('POST', '/v1/accounts', body, key)]
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.text).toBe(first.text)
    expect((await ask('POST', '/v1/accounts', { ...body, id: 'idem2' }, key)).status).toBe(409)
    expect((await ask('POST', '/v1/accounts', body)).body).toMatchObject({ status: 409, code: 'exists' })
  })
  it('S28 an empty workspace can be dropped; one with an account, and the first one, cannot', async () => {
    await ask('POST', '/v1/workspaces', { id: 'passing', name: 'Passing' })
    const inside = { 'inlet-workspace': 'passing' }
    const body = { channel: 'testchannel', id: 'passing', settings: { number: '77' } }
    expect((await ask('POST', '/v1/accounts', body, inside)).status).toBe(201)
    const held = await ask('DELETE', '/v1/workspaces/passing')
    expect([held.status, held.body['code']]).toEqual([409, 'not_empty'])
    expect((await ask('DELETE', '/v1/accounts/testchannel/passing', undefined, inside)).status).toBe(204)
    expect((await ask('DELETE', '/v1/workspaces/passing')).status).toBe(204)
    expect((await ask('DELETE', '/v1/workspaces/passing')).status).toBe(404)
    expect((await ask('DELETE', '/v1/workspaces/main')).body['code']).toBe('first_workspace')
  })
  it('S6 S27 an id that another workspace has is not free, and no more is said', async () => {
    await ask('POST', '/v1/workspaces', { id: 'rival', name: 'Rival' })
    const body = { channel: 'testchannel', id: 'main', settings: { number: '9' } }
    const { status, body: said, text } = await ask('POST', '/v1/accounts', body, { 'inlet-workspace': 'rival' })
    expect([status, said['code']]).toEqual([409, 'taken'])
    expect(text).not.toContain('workspace')
  })
  it('a signed channel has an address without a token; one behind an endpoint has none', async () => {
    const one = await ask('POST', '/v1/accounts', { channel: 'signed', id: 'app', settings: { number: '3' } })
    expect(one.body['webhook']).toBe('http://127.0.0.1:8080/in/signed/app')
    const two = await ask('POST', '/v1/accounts', {
      channel: 'signed',
      id: 'second',
      endpoint: 'app',
      settings: { number: '4' },
    })
    expect(two.body['webhook']).toBeNull()
    expect((await ask('PATCH', '/v1/accounts/signed/app', { version: 1, rotateToken: true })).body).toMatchObject({
      status: 400,
      field: 'rotateToken',
    })
    const turned = await ask('PATCH', '/v1/accounts/testchannel/idem', { version: 1, rotateToken: true })
    expect(turned.body['webhook']).toMatch(/idem\/[\w-]{22}$/)
  })
  it('says what does not fit, is tested, disabled and dropped', async () => {
    const post = (payload: object) => ask('POST', '/v1/accounts', payload)
    expect((await post({ channel: 'testchannl', id: 'a', settings: {} })).body).toMatchObject({
      status: 422,
      field: 'channel',
      detail: expect.stringContaining('Did you mean'),
    })
    expect((await post({ channel: 'testchannel', id: 'a', settings: { numbr: '1' } })).body).toMatchObject({
      status: 422,
      field: 'settings.numbr',
      detail: expect.stringContaining('Did you mean'),
    })
    expect(
      (await post({ channel: 'testchannel', id: 'a', settings: { number: '1' }, brand: 'nope' })).body,
    ).toMatchObject({ status: 422, field: 'brand' })
    expect((await post({ channel: 'testchannel', id: 'Not An Id', settings: { number: '1' } })).body).toMatchObject({
      status: 400,
      field: 'id',
    })
    expect((await post({ channel: 'testchannel', id: 'a', setings: {} })).body).toMatchObject({
      status: 400,
      code: 'unknown_field',
    })
    expect((await ask('POST', '/v1/accounts/signed/app/test')).body).toEqual({ ok: false, why: 'the token is dead' })
    expect((await ask('POST', '/v1/accounts/signed/nope/test')).status).toBe(404)
    expect(tested).toEqual(['signed/app'])
    expect((await ask('PATCH', '/v1/accounts/signed/app', { version: 1, enabled: false })).body).toMatchObject({
      health: { state: 'disabled' },
    })
    expect((await ask('DELETE', '/v1/accounts/signed/second')).status).toBe(204)
    expect((await ask('GET', '/v1/accounts/signed/second')).status).toBe(404)
    expect((await ask('DELETE', '/v1/accounts/signed/second')).status).toBe(404)
  })
})

describe('keys', () => {
  it('S24 S28 are shown once, kept as a hash, found by their prefix, revoked; each with its line in the audit', async () => {
    const made = await ask('POST', '/v1/keys', { name: 'crm', scopes: ['tickets:read'], expiresAt: '2099-01-01' })
    const { key, id, prefix } = made.body as { key: string; id: string; prefix: string }
    expect(made.status).toBe(201)
    expect(key).toMatch(new RegExp(`^${prefix}_[\\w-]{43}$`))
    const use = () => ask('GET', '/v1/tickets', undefined, { authorization: `Bearer ${key}` })
    expect((await use()).status).toBe(200)
    const list = await ask('GET', '/v1/keys')
    expect(list.text).not.toContain(key)
    const shown = (list.body['items'] as Answer[]).find((it) => it['id'] === id)
    expect([...Compile(KeyAnswer).Errors(shown)]).toEqual([])
    expect(shown).toMatchObject({ prefix, expiresAt: '2099-01-01T00:00:00.000Z', revokedAt: null })
    const stored = JSON.stringify(
      await bench.sql('select (select json_agg(k) from api_key k), (select json_agg(a) from answer a)'),
    )
    expect(stored).not.toContain(key.slice(prefix.length + 1))
    expect((await ask('DELETE', `/v1/keys/${id}`)).status).toBe(204)
    expect((await ask('GET', `/v1/keys/${id}`)).body['revokedAt']).not.toBeNull()
    const audit = (await ask('GET', '/v1/audit?limit=2')).body['items'] as Answer[]
    expect(audit.map((it) => [it['what'], it['subject']])).toEqual([
      ['key.revoked', id],
      ['key.created', id],
    ])
  })
  it('with an Idempotency-Key are made once and shown the same, yet never kept', async () => {
    const body = { name: 'twice', scopes: ['events:read'] }
    const ask2 = () => ask('POST', '/v1/keys', body, { 'idempotency-key': 'k-1' })
    const [first, again] = [await ask2(), await ask2()]
    expect([again.status, again.body]).toEqual([201, first.body])
    expect(
      (await ask('GET', '/v1/events', undefined, { authorization: `Bearer ${first.body['key'] as string}` })).status,
    ).toBe(200)
    expect(first.body['key']).not.toContain(adminKey)
  })
  it('S26 cannot give what they do not hold, nor reach beyond their workspace', async () => {
    const { key } = (await ask('POST', '/v1/keys', { name: 'keys', scopes: ['keys:write', 'tickets:read'] })).body as {
      key: string
    }
    const as = { authorization: `Bearer ${key}` }
    expect((await ask('POST', '/v1/keys', { name: 'more', scopes: ['admin'] }, as)).body).toMatchObject({
      status: 403,
      code: 'scope_missing',
    })
    expect((await ask('POST', '/v1/keys', { name: 'same', scopes: ['tickets:read'] }, as)).status).toBe(201)
    const { key: all } = (await ask('POST', '/v1/keys', { name: 'all', scopes: ['admin'] })).body as { key: string }
    const asAll = { authorization: `Bearer ${all}` }
    expect((await ask('POST', '/v1/workspaces', { id: 'mine', name: 'Mine' }, asAll)).status).toBe(403)
    expect((await ask('PATCH', '/v1/workspaces/rival', { version: 1, name: 'Mine' }, asAll)).status).toBe(404)
    expect(
      ((await ask('GET', '/v1/workspaces', undefined, asAll)).body['items'] as Answer[]).map((it) => it['id']),
    ).toEqual(['main'])
    expect((await ask('GET', '/v1/workspaces/rival', undefined, asAll)).status).toBe(404)
  })
})

describe('workspaces, brands, contacts', () => {
  it('are made and changed by version', async () => {
    const made = await ask('POST', '/v1/workspaces', { id: 'lab', name: 'Lab', closeDays: 3 })
    expect([made.status, [...Compile(WorkspaceAnswer).Errors(made.body)]]).toEqual([201, []])
    expect((await ask('POST', '/v1/workspaces', { id: 'lab', name: 'Lab' })).status).toBe(409)
    const changed = await ask('PATCH', '/v1/workspaces/lab', { name: 'Laboratory' }, { 'if-match': '"1"' })
    expect(changed.body).toMatchObject({ id: 'lab', name: 'Laboratory', closeDays: 3, followUpDays: 7, version: 2 })
    expect((await ask('PATCH', '/v1/workspaces/lab', { name: 'x', version: 1 })).body).toMatchObject({
      status: 409,
      version: 2,
    })
    expect(((await ask('GET', '/v1/workspaces')).body['items'] as Answer[]).map((it) => it['id'])).toContain('lab')
    expect((await ask('GET', '/v1/workspaces/nowhere')).status).toBe(404)
  })
  it('brands are changed by version, checked and dropped', async () => {
    const make = () => ask('POST', '/v1/brands', { id: 'club', name: 'Club' })
    expect((await make()).body).toMatchObject({ id: 'club', language: null, version: 1 })
    expect((await make()).status).toBe(409)
    expect((await ask('PATCH', '/v1/brands/club', { version: 1, timezone: 'Mars/Base' })).body).toMatchObject({
      status: 422,
      field: 'timezone',
    })
    expect((await ask('PATCH', '/v1/brands/club', { version: 1, language: 'en' })).body).toMatchObject({
      language: 'en',
      version: 2,
    })
    expect((await ask('DELETE', '/v1/brands/club')).status).toBe(204)
    expect((await ask('GET', '/v1/brands/club')).status).toBe(404)
  })
  it('W2 contacts are found by name and by number however it is typed, and renamed; a merged one leads on', async () => {
    const con = (digit: string) => `con_${digit.repeat(32)}`
    await bench.sql(
      `insert into contact (workspace, id, name, address, merged_into) values
       ('main', $1, 'Ayşe Öğün', '+905551112233', null), ('main', $2, 'Old', null, $1), ('main', $3, 'Older', null, $2)`,
      [con('a'), con('b'), con('c')],
    )
    await bench.sql(`insert into contact_key (workspace, key, contact) values ('main', 'phone:905551112233', $1)`, [
      con('a'),
    ])
    for (const q of ['öğün', '+90 555 111', '(555) 111-22', '905551112233'])
      expect(
        ((await ask('GET', `/v1/contacts?q=${encodeURIComponent(q)}`)).body['items'] as Answer[]).map((it) => it['id']),
        q,
      ).toEqual([con('a')])
    expect((await ask('GET', '/v1/contacts')).body['items']).toHaveLength(1)
    expect((await ask('GET', `/v1/contacts/${con('c')}`)).body).toMatchObject({
      id: con('a'),
      keys: ['phone:905551112233'],
    })
    expect((await ask('PATCH', `/v1/contacts/${con('a')}`, { name: 'Ayşe' })).body).toMatchObject({
      name: 'Ayşe',
      version: 2,
    })
  })
})

it('L5 D54 D55 who is in a group is seen from both sides: who read the one before the other changed it is told', async () => {
  for (const id of ['desk-a', 'desk-b']) await ask('POST', '/v1/groups', { id, name: id })
  const versionOf = async (path: string) => (await ask('GET', `/v1/${path}`)).body['version'] as number
  const [cem, empty] = [{ id: 'cem', name: 'Cem', email: 'cem@shop.example' }, await versionOf('groups/desk-b')]
  expect((await ask('POST', '/v1/agents', { ...cem, groups: ['desk-b'] })).status).toBe(201)
  const lost = await ask('PATCH', '/v1/groups/desk-b', { version: empty, agents: [] })
  expect(lost.body, lost.text).toMatchObject({ status: 409, code: 'stale_version' })

  const alone = await versionOf('agents/cem')
  const into = { version: await versionOf('groups/desk-a'), agents: ['cem'] }
  expect((await ask('PATCH', '/v1/groups/desk-a', into)).status).toBe(200)
  const old = await ask('PATCH', '/v1/agents/cem', { version: alone, groups: ['desk-b'] })
  expect(old.body, old.text).toMatchObject({ status: 409, code: 'stale_version' })
  const [agent, other] = [await versionOf('agents/cem'), await versionOf('groups/desk-b')]
  expect((await ask('PATCH', '/v1/agents/cem', { version: agent, groups: ['desk-a'] })).status).toBe(200)
  const back = await ask('PATCH', '/v1/groups/desk-b', { version: other, agents: ['cem'] })
  expect(back.body, back.text).toMatchObject({ status: 409, code: 'stale_version' })

  // Where nobody comes or goes, nothing of the other side was read in vain.
  const [still, there] = [await versionOf('agents/cem'), await versionOf('groups/desk-a')]
  expect((await ask('PATCH', '/v1/groups/desk-a', { version: there, agents: ['cem'] })).status).toBe(200)
  expect(await versionOf('agents/cem')).toBe(still)
  for (const path of ['agents/cem', 'groups/desk-a', 'groups/desk-b'])
    expect((await ask('DELETE', `/v1/${path}`)).status).toBe(204)
})
