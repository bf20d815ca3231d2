// Somebody who wants more than is theirs, by every way the API has: links used twice and at once, roles and sight made wider, keys that beget keys.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { noteSecrets } from '../test/support/canaries.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { openDoor, type Door, type SignedIn } from '../test/support/people-door.ts'
import { contactId, seedMessage, seedTicket, ticketId } from '../test/support/seed-tickets.ts'

const canary = 'CANARY-SECRET'
const password = 'kedi çatıda uyur 91'
const clock = handClock(new Date().toISOString())
const several = Array.from({ length: 6 }, (_, n) => `kedi damda uyur 9${n}`)
let bench: Bench
let door: Door
let url: string
beforeAll(async () => {
  noteSecrets([password, ...several])
  bench = await apiBench({ clock })
  url = await bench.server.listen()
  door = openDoor(bench)
  for (const brand of ['ours', 'theirs'])
    await bench.sql(`insert into brand (workspace, id, name) values ('main', $1, $1)`, [brand])
  const theirs = { brand: 'theirs', contact: contactId(1), requester: { name: canary, address: 'x@secret.example' } }
  await seedTicket(bench, { n: 1, ...theirs, subject: canary, tags: [canary], assignee: 'ada', topic: 'late' })
  await seedMessage(bench, { n: 1, ticket: ticketId(1), text: canary })
  await seedTicket(bench, { n: 2, brand: 'ours', subject: 'of ours' })
})
afterAll(() => bench.close())

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
async function ask(token: string, method: Method, path: string, payload?: object) {
  const asked = { method, url: `/v1/${path}`, ...(payload === undefined ? {} : { payload }) }
  const { status, body } = await door.call(asked, token)
  return [status, (body as { readonly code?: string }).code] as const
}
const statuses = (answers: readonly { readonly status: number }[]) => answers.map(({ status }) => status).toSorted()
let people = 0
const person = (role: 'administrator' | 'supervisor' | 'agent', limits: object = {}): Promise<SignedIn> =>
  door.person({ name: role, email: `${role}${(people += 1)}@attack.example`, role, ...limits }, password)

describe('links', () => {
  it('S25 a set-up link that many use at once makes one administrator, and is over', async () => {
    await bench.sql(`insert into workspace (workspace, name) values ('raced', 'Raced')`)
    const { link } = await door.setUpLink('raced')
    const use = (n: number) =>
      door.post('/v1/setup', { link, name: 'First', email: `first${n}@raced.example`, password: several[n] })
    expect(statuses(await Promise.all(several.map((_, n) => use(n))))).toEqual([201, 404, 404, 404, 404, 404])
    expect((await use(0)).status).toBe(404)
    expect(await bench.sql(`select role from agent where workspace = 'raced'`)).toEqual([{ role: 'administrator' }])
  })

  it('S25 S22 an invitation that many use at once sets one password, the winner’s, and begins one session', async () => {
    const agent = await door.makeAgent({ name: 'Raced', email: 'raced@attack.example', role: 'agent' })
    const { link } = await door.invite(agent)
    const use = (word: string) => door.post('/v1/invitations/accept', { link, password: word })
    const answers = await Promise.all(several.map(use))
    expect(statuses(answers)).toEqual([200, 404, 404, 404, 404, 404])
    const winner = answers.findIndex(({ status }) => status === 200)
    expect((await use(password)).status).toBe(404)
    const enter = async (word: string, n: number) =>
      (await door.logIn('raced@attack.example', word, { from: `203.0.113.${n + 1}` })).status
    expect(await enter(several[winner]!, 9)).toBe(200)
    expect(await enter(several[(winner + 1) % several.length]!, 8)).toBe(401)
  })
})

describe('roles', () => {
  it('S26 a supervisor makes no administrator and changes none: not by agents, groups, keys, invitations or presence', async () => {
    const top = await person('administrator')
    const { token, agent } = await person('supervisor')
    const over = [403, 'not_over']
    expect(await ask(token, 'PATCH', `agents/${agent.id}`, { version: 1, role: 'administrator' })).toEqual(over)
    expect(await ask(token, 'PATCH', `agents/${top.agent.id}`, { version: 1, isActive: false })).toEqual(over)
    expect(await ask(token, 'PATCH', `agents/${top.agent.id}/presence`, { presence: 'offline' })).toEqual([
      403,
      'not_yours',
    ])
    expect(await ask(token, 'POST', `agents/${top.agent.id}/invite`)).toEqual(over)
    for (const [method, path, body] of [
      ['POST', 'keys', { name: 'k', scopes: ['admin'] }],
      ['GET', 'keys', undefined],
      ['PATCH', 'workspaces/main', { version: 1, requireTopic: true }],
      ['POST', 'setup-links', {}],
    ] as const)
      expect([path, (await ask(token, method, path, body))[0]]).toEqual([path, 403])
    const [row] = await bench.sql(`select role, is_active from agent where id = $1`, [top.agent.id])
    expect(row).toEqual({ role: 'administrator', is_active: true })
    expect(await door.works(top.token)).toEqual([true])
  })

  it('S26 D54 who sees one brand makes nobody who sees more, and takes over nobody who does: not even as administrator', async () => {
    const wide = await person('supervisor')
    for (const role of ['supervisor', 'administrator'] as const) {
      const { token, agent } = await person(role, { brands: ['ours'] })
      const made = { id: `wide-${role}`, name: 'W', email: `wide-${role}@attack.example`, role: 'agent' }
      const over = [403, 'not_over']
      expect(await ask(token, 'PATCH', `agents/${agent.id}`, { version: 1, brands: null })).toEqual(over)
      expect(await ask(token, 'POST', 'agents', made)).toEqual(over)
      expect(await ask(token, 'POST', `agents/${wide.agent.id}/invite`)).toEqual(over)
      // Made narrow first, they would be there for the taking.
      const narrow = { version: 1, brands: ['ours'], email: `mine-${role}@attack.example` }
      expect(await ask(token, 'PATCH', `agents/${wide.agent.id}`, narrow)).toEqual(over)
      // A key sees all brands.
      expect((await ask(token, 'POST', 'keys', { name: 'wide', scopes: ['tickets:read'] }))[0]).toBe(403)
    }
  })

  it('S26 D54 an administrator of one brand brings no account of others under it, and makes and drops none', async () => {
    const account = (id: string, brand: string | null) => ({
      channel: 'testchannel',
      id,
      brand,
      settings: { number: `9055511122${id === 'of-theirs' ? 1 : 2}` },
    })
    const made = await bench.call({ method: 'POST', url: '/v1/accounts', payload: account('of-theirs', 'theirs') })
    expect(made.status, made.text).toBe(201)
    const { token } = await person('administrator', { brands: ['ours'] })
    const over = [403, 'not_over']
    expect(await ask(token, 'PATCH', 'accounts/testchannel/of-theirs', { version: 1, brand: 'ours' })).toEqual(over)
    expect(await ask(token, 'DELETE', 'accounts/testchannel/of-theirs')).toEqual(over)
    for (const brand of ['theirs', null])
      expect(await ask(token, 'POST', 'accounts', account('of-ours', brand))).toEqual(over)
    expect((await ask(token, 'POST', 'accounts', account('of-ours', 'ours')))[0]).toBe(201)
    expect(await ask(token, 'PATCH', 'accounts/testchannel/of-ours', { version: 1, brand: null })).toEqual(over)
  })
})

describe('keys', () => {
  it('S24 S26 a key gives nobody what it does not hold: no wider key, no administrator, no way to be one', async () => {
    const top = await person('administrator')
    const keyOf = async (...scopes: readonly string[]) => {
      const { body } = await bench.call({ method: 'POST', url: '/v1/keys', payload: { name: 'k', scopes } })
      return (body as { readonly key: string }).key
    }
    const [keys, team] = [await keyOf('keys:write'), await keyOf('people:write', 'people:read')]
    for (const scopes of [['admin'], ['tickets:read'], ['keys:write', 'people:write']])
      expect(await ask(keys, 'POST', 'keys', { name: 'wider', scopes })).toEqual([403, 'scope_missing'])
    expect((await ask(keys, 'POST', 'keys', { name: 'same', scopes: ['keys:write'] }))[0]).toBe(201)
    const made = { id: 'made', name: 'Made', email: 'made@attack.example', role: 'administrator' }
    const over = [403, 'not_over']
    expect(await ask(team, 'POST', 'agents', made)).toEqual(over)
    expect(await ask(team, 'POST', `agents/${top.agent.id}/invite`)).toEqual(over)
    expect(await ask(team, 'PATCH', `agents/${top.agent.id}`, { version: 1, email: 'x@attack.example' })).toEqual(over)
    expect((await ask(team, 'GET', 'tickets'))[0]).toBe(403)
  })
})

describe('sight', () => {
  it('D54 S27 no filter, search, sort or page of a list tells who sees one brand of another', async () => {
    const { token } = await person('supervisor', { brands: ['ours'] })
    const of = async (path: string) => {
      const { status, text } = await door.get(`/v1/${path}`, token)
      expect([path, status < 500, text.replaceAll(`q=${canary}`, '').includes(canary)]).toEqual([path, true, false])
      return (status === 200 ? (JSON.parse(text) as { items?: readonly object[] }).items : undefined)?.length ?? 0
    }
    for (const filter of [
      'brand=theirs',
      `requester=${contactId(1)}`,
      `requester=${encodeURIComponent('x@secret.example')}`,
      `q=${canary}`,
      `tag=${canary}`,
      'assignee=ada',
      'topic=late',
      'number=1001',
    ])
      expect([filter, await of(`tickets?${filter}`)]).toEqual([filter, 0])
    for (const sort of ['createdAt', '-createdAt', 'number', '-updatedAt']) await of(`tickets?sort=${sort}&limit=1`)
    expect(await of('tickets?limit=200')).toBe(1)
    for (const path of [`contacts?q=${canary}`, 'tags', 'folders', 'events', 'parked']) await of(path)
  })
})

describe('settings', () => {
  it('S26 D54 D72 who sees one brand widens it by no change of a group, a notification or an invitation, and sends nothing from an account of others', async () => {
    const account = {
      channel: 'testchannel',
      id: 'posts-theirs',
      brand: 'theirs',
      settings: { number: '905551112299' },
    }
    const made = await bench.call({ method: 'POST', url: '/v1/accounts', payload: account })
    expect(made.status, made.text).toBe(201)
    await bench.sql(
      `insert into notification (workspace, id, name, events, account) values ('main', 'team', 'Team', '{assigned}', 'testchannel/posts-theirs')`,
    )
    await bench.sql(`insert into team (workspace, id, name) values ('main', 'their-team', 'Theirs')`)
    await bench.sql(`update ticket set team = 'their-team' where brand = 'theirs'`)
    const wide = await person('agent')
    const [over, beyond] = [
      [403, 'not_over'],
      [403, 'not_yours'],
    ]
    for (const role of ['supervisor', 'administrator'] as const) {
      const { token, agent } = await person(role, { brands: ['ours'] })
      const from = { account: 'testchannel/posts-theirs' }
      expect(await ask(token, 'PATCH', 'notifications/team', { version: 1, on: ['customerReplied'] })).toEqual(beyond)
      expect(await ask(token, 'POST', 'notifications', { id: role, name: 'x', on: ['assigned'], ...from })).toEqual(
        beyond,
      )
      const theirs = { id: role, name: 'x', on: ['assigned'], brands: ['ours'], ...from }
      expect(await ask(token, 'POST', 'notifications', theirs)).toEqual(over)
      const colleague = await person('agent', { brands: ['ours'] })
      expect(await ask(token, 'POST', `agents/${colleague.agent.id}/invite`, { mail: from })).toEqual(over)
      expect(await ask(token, 'POST', `agents/${wide.agent.id}/invite`, { mail: from })).toEqual(over)
      // In the group whose ticket it is, as its default for every channel, and even as its only member.
      const { status, body } = await door.get('/v1/groups/their-team', token)
      const { version } = body as { readonly version: number }
      const group = { version, agents: [agent.id], isDefault: true, channels: ['testchannel'] }
      expect([status, await ask(token, 'PATCH', 'groups/their-team', group)]).toEqual([200, beyond])
      expect((await bench.call({ method: 'PATCH', url: '/v1/groups/their-team', payload: group })).status).toBe(200)
      expect(await ask(token, 'GET', `tickets/${ticketId(1)}`)).toEqual([403, 'not_yours'])
      for (const path of ['tickets?group=their-team', 'tickets', `contacts?q=${canary}`, 'events'])
        expect([path, (await door.get(`/v1/${path}`, token)).text.includes(canary)]).toEqual([path, false])
    }
  })

  it('S26 D52 D54 no report, by whichever filter, counts for who sees one brand what is of another', async () => {
    await bench.sql(`update ticket set assigned_at = now(), created_at = now() - interval '1 day'`)
    for (const [n, policy] of [
      [1, canary],
      [2, 'ours'],
    ] as const)
      await bench.sql(`insert into ticket_event (workspace, ticket, event) values ('main', $1, $2)`, [
        ticketId(n),
        JSON.stringify({
          type: 'sla.started',
          data: { policy, metric: 'resolution', startedAt: '2026-03-02T10:00:00.000Z' },
        }),
      ])
    const counted = {
      'response-times': (body: unknown) => (body as { readonly tickets: number }).tickets,
      sla: (body: unknown) =>
        (body as { readonly items: readonly { readonly clocks: number }[] }).items.reduce((n, it) => n + it.clocks, 0),
    }
    const { token } = await person('supervisor', { brands: ['ours'] })
    const reports = Object.entries(counted)
    for (const [report, count] of reports) {
      expect(count((await bench.call({ url: `/v1/reports/${report}` })).body)).toBe(2)
      for (const filter of [
        '',
        'brand=theirs',
        'assignee=ada',
        'group=their-team',
        'channel=testchannel',
        'brand=none',
        ...(report === 'sla' ? ['by=brand', 'by=group'] : []),
      ]) {
        const { status, text } = await door.get(`/v1/reports/${report}?${filter}`, token)
        const found = status === 200 ? count(JSON.parse(text)) : 0
        expect([report, filter, status < 500, text.includes(canary)]).toEqual([report, filter, true, false])
        // One of ours there is, whoever it is given to; of theirs none.
        const isOfAll = ['', 'channel=testchannel', 'by=brand', 'by=group'].includes(filter)
        expect([report, filter, found]).toEqual([report, filter, isOfAll ? 1 : 0])
      }
    }
  })
})

describe('sessions', () => {
  it('S23 what is open ends with its session: a stream whose reader logs out, or may not come any more', async () => {
    for (const end of [
      (her: SignedIn) => door.post('/v1/logout', {}, her.token),
      (her: SignedIn) => bench.sql(`update agent set is_active = false where id = $1`, [her.agent.id]),
      (her: SignedIn) => bench.sql(`update agent set role = 'agent' where id = $1`, [her.agent.id]),
    ]) {
      const her = await person('supervisor')
      const { status, body } = await fetch(`${url}/v1/events/stream`, {
        headers: { authorization: `Bearer ${her.token}` },
      })
      expect(status).toBe(200)
      const reader = body!.getReader()
      let isOver = false
      void (async () => {
        while (!(await reader.read()).done) continue
        isOver = true
      })()
      await end(her)
      expect(await door.works(her.token)).toEqual([false])
      const tick = async () => {
        await clock.advance(1_000)
        return isOver
      }
      await expect.poll(tick, { timeout: 15_000, interval: 5 }).toBe(true)
    }
  })
})
