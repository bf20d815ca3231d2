// People at the door, on the real server and database: first set-up, invitations, passwords, sessions, and what is kept of it all.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allRows } from '../infra/store/all-rows.ts'
import { makePasswords } from '../infra/drivers/passwords.ts'
import { adminKey, apiBench, type Bench } from '../test/support/api-bench.ts'
import { noteSecrets } from '../test/support/canaries.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { openDoor, type Door, type SignedIn } from '../test/support/people-door.ts'

const clock = handClock(new Date().toISOString())
let bench: Bench
let door: Door
let first: SignedIn
const password = 'kedi çatıda uyur 41'
const another = 'dokuz bulut altında 7'
noteSecrets([password, another])
/** Everything that opened something in this file. */
const secrets = new Set<string>([password, another])

beforeAll(async () => {
  bench = await apiBench({ clock })
  door = openDoor(bench, secrets)
})
afterAll(() => bench.close())

const trail = async (): Promise<readonly string[]> =>
  (await bench.sql('select what, subject, actor_id, from_address from audit order by seq')).map((it) =>
    [it['what'], it['subject'], it['actor_id'], it['from_address']].join(' '),
  )

describe('the first administrator', () => {
  it('S25 there is no default password: nobody signs in before the set-up', async () => {
    expect(await bench.sql('select * from agent')).toEqual([])
    for (const email of ['admin', 'admin@example.com', 'root'])
      for (const tried of ['admin', 'inlet', 'password', adminKey])
        expect((await door.logIn(email, tried, { from: `203.0.113.${email.length}` })).status).not.toBe(200)
  })
  it('S25 the set-up link lets one person in, once, and nobody else makes such links', async () => {
    expect((await door.post('/v1/setup-links', {}, 'inlet_nothing')).status).toBe(401)
    const { link } = await door.setUpLink()
    const me = { name: 'Ayşe Yılmaz', email: 'ayse@shop.example', password }
    expect(
      (await door.post('/v1/setup', { link: `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`, ...me })).status,
    ).toBe(404)
    const done = await door.post('/v1/setup', { link, ...me })
    expect([done.status, done.body]).toMatchObject([201, { agent: { role: 'administrator', email: me.email } }])
    first = door.signedIn(done)
    const again = await door.post('/v1/setup', { link, ...me, email: 'other@shop.example' })
    expect([again.status, (again.body as { code: string }).code]).toEqual([404, 'link_over'])
    expect((await door.post('/v1/setup-links', {}, adminKey)).body).toMatchObject({ code: 'already_set_up' })
  })
  it('S25 a set-up link ends by itself, and with the next one', async () => {
    await bench.sql(`insert into workspace (workspace, name) values ('late', 'Late'), ('twice', 'Twice')`)
    const me = { name: 'Ali', email: 'ali@shop.example', password }
    const late = await door.setUpLink('late')
    await bench.sql(`update invitation set ends_at = now() - interval '1 minute' where workspace = 'late'`)
    expect((await door.post('/v1/setup', { link: late.link, ...me })).status).toBe(404)
    const [one, two] = [await door.setUpLink('twice'), await door.setUpLink('twice')]
    expect((await door.post('/v1/setup', { link: one.link, ...me })).status).toBe(404)
    // The same person may be in several workspaces: the header says which.
    expect((await door.post('/v1/setup', { link: two.link, ...me })).status).toBe(201)
    expect((await door.logIn(me.email, password, { workspace: 'twice' })).status).toBe(200)
    expect((await door.logIn(me.email, password)).status).toBe(401)
  })
  it('S22 a password that everybody tries first, a short one and one’s own name are refused, in words', async () => {
    await bench.sql(`insert into workspace (workspace, name) values ('picky', 'Picky')`)
    const { link } = await door.setUpLink('picky')
    for (const bad of ['Password1234', 'çok kısa', 'veli.demir1990', `${'uzun '.repeat(41)}`]) {
      const done = await door.post('/v1/setup', { link, name: 'Veli Demir', email: 'veli@x.example', password: bad })
      expect([bad, done.status, (done.body as { code: string }).code]).toEqual([bad, 422, 'password_refused'])
    }
  })
})

describe('invitations', () => {
  beforeAll(settled)
  it('D60 S25 who was invited sets the password by the link, once, and is signed in', async () => {
    const agent = await door.makeAgent({ name: 'Bora', email: 'bora@shop.example', role: 'agent' })
    expect((await door.get(`/v1/me`, first.token)).body).toMatchObject({ hasPassword: true })
    const { link } = await door.invite(agent, first.token)
    expect(await bench.sql('select 1 from password where agent = $1', [agent])).toEqual([])
    expect((await door.logIn('bora@shop.example', '')).status).toBe(400)
    const done = await door.post('/v1/invitations/accept', { link, password: another })
    expect([done.status, done.body]).toMatchObject([200, { agent: { id: agent, role: 'agent' } }])
    expect((await door.get('/v1/me', door.signedIn(done).token)).body).toMatchObject({ id: agent, hasPassword: true })
    expect((await door.post('/v1/invitations/accept', { link, password: another })).status).toBe(404)
    expect((await door.logIn('BORA@shop.example', another)).status).toBe(200)
  })
  it('S25 a link ends when it is over, when another is made, when role or e-mail change, and when the agent goes', async () => {
    const over = async (spoil: (agent: string) => Promise<unknown>, n: number): Promise<number> => {
      const agent = await door.makeAgent({ name: 'N', email: `n${n}@shop.example`, role: 'agent' })
      const { link } = await door.invite(agent, first.token)
      await spoil(agent)
      return (await door.post('/v1/invitations/accept', { link, password })).status
    }
    const set = (what: string) => (agent: string) => bench.sql(`update agent set ${what} where id = $1`, [agent])
    const spoils = [
      () => bench.sql(`update invitation set ends_at = now()`),
      (agent: string) => door.invite(agent, first.token),
      set(`role = 'administrator'`),
      set(`email = 'somebody@else.example'`),
      set('is_active = false'),
      (agent: string) => bench.sql('delete from agent where id = $1', [agent]),
    ]
    const found: number[] = []
    for (const [n, spoil] of spoils.entries()) found.push(await over(spoil, n))
    expect(found).toEqual(spoils.map(() => 404))
    expect(await over(set(`name = 'Another name'`), 99)).toBe(200)
  })
  it('S26 a supervisor invites agents and supervisors, and never an administrator', async () => {
    const boss = await door.person({ name: 'Sema', email: 'sema@shop.example', role: 'supervisor' }, another)
    const agent = await door.makeAgent({ name: 'Can', email: 'can@shop.example', role: 'agent' })
    expect((await door.post(`/v1/agents/${agent}/invite`, undefined, boss.token)).status).toBe(201)
    const refused = await door.post(`/v1/agents/${first.agent.id}/invite`, undefined, boss.token)
    expect([refused.status, (refused.body as { code: string }).code]).toEqual([403, 'not_over'])
    expect((await door.post('/v1/agents/agt_none/invite', undefined, boss.token)).status).toBe(404)
  })
})

describe('who is over whom', () => {
  beforeAll(settled)
  it('S26 a supervisor makes, changes and sends away agents, and no administrator by any way', async () => {
    const boss = await door.person({ name: 'Suna', email: 'suna@shop.example', role: 'supervisor' }, another)
    const ask = async (method: 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) => {
      const answer = await door.call(
        { method, url: `/v1/agents${path}`, ...(payload === undefined ? {} : { payload }) },
        boss.token,
      )
      return [
        answer.status,
        (answer.body as { code?: string } | '').valueOf() === '' ? undefined : (answer.body as { code?: string }).code,
      ]
    }
    const over = [403, 'not_over']
    const made = (id: string, role: string) => ({ id, name: id, email: `${id}@shop.example`, role })
    expect(await ask('POST', '', made('tugba', 'agent'))).toEqual([201, undefined])
    expect(await ask('POST', '', made('umut', 'administrator'))).toEqual(over)
    expect(await ask('PATCH', '/tugba', { version: 1, role: 'administrator' })).toEqual(over)
    expect(await ask('PATCH', `/${first.agent.id}`, { version: 1, email: 'mine@shop.example' })).toEqual(over)
    expect(await ask('DELETE', `/${first.agent.id}`)).toEqual(over)
    expect(await ask('PATCH', '/tugba', { version: 1, name: 'Tuğba' })).toEqual([200, undefined])
    expect(await ask('DELETE', '/tugba')).toEqual([204, undefined])
    expect(await bench.sql(`select role, email from agent where id = $1`, [first.agent.id])).toEqual([
      { role: 'administrator', email: 'ayse@shop.example' },
    ])
  })
})

describe('sessions', () => {
  beforeAll(settled)
  it('S23 a token is 256 random bits, new at each sign-in, and only its hash is kept', async () => {
    const tokens = [await door.enter(first.agent.email, password), await door.enter(first.agent.email, password)].map(
      (it) => it.token,
    )
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) {
      const [, bits] = /^inlet_session_(.+)$/.exec(token) ?? []
      expect(Buffer.from(bits ?? '', 'base64url')).toHaveLength(32)
    }
  })
  it('S23 a session ends at logout, that one alone or all of them', async () => {
    const [one, two, three] = [
      await door.enter(first.agent.email, password),
      await door.enter(first.agent.email, password),
      await door.enter(first.agent.email, password),
    ]
    expect((await door.post('/v1/logout', undefined, one.token)).status).toBe(204)
    expect(await door.works(one.token, two.token, three.token)).toEqual([false, true, true])
    expect((await door.post('/v1/logout', { everywhere: true }, two.token)).status).toBe(204)
    expect(await door.works(two.token, three.token, first.token)).toEqual([false, false, false])
    first = await door.enter(first.agent.email, password)
  })
  it('S23 all end with another password, which needs the present one', async () => {
    const her = await door.person({ name: 'Pınar', email: 'pinar@shop.example', role: 'agent' }, password)
    const elsewhere = await door.enter('pinar@shop.example', password)
    const change = (current: string, next: string) =>
      door.post('/v1/me/password', { current, password: next }, her.token)
    expect((await change('not the present one', another)).body).toMatchObject({ status: 403, code: 'password_wrong' })
    expect((await change(password, 'Pinar1234567')).status).toBe(422)
    const changed = await change(password, another)
    expect(changed.status).toBe(200)
    expect(await door.works(her.token, elsewhere.token, door.signedIn(changed).token)).toEqual([false, false, true])
    expect([
      (await door.logIn('pinar@shop.example', password)).status,
      (await door.logIn('pinar@shop.example', another)).status,
    ]).toEqual([401, 200])
  })
  it('S23 all end at once, in every process, when role changes or the person may not come any more', async () => {
    const beside = await apiBeside(bench)
    for (const [n, what] of [`role = 'supervisor'`, 'is_active = false'].entries()) {
      const email = `gone${n}@shop.example`
      const one = await door.person({ name: 'G', email, role: 'agent' }, password)
      expect([await door.works(one.token), await beside(one.token)]).toEqual([[true], 200])
      await bench.sql(`update agent set ${what} where email = $1`, [email])
      expect([await door.works(one.token), await beside(one.token)]).toEqual([[false], 401])
    }
    expect((await door.logIn('gone1@shop.example', password)).status).toBe(401)
    const stays = await door.person({ name: 'S', email: 'stays@shop.example', role: 'agent' }, password)
    await bench.sql(`update agent set name = 'Still here' where email = 'stays@shop.example'`)
    expect((await door.get('/v1/me', stays.token)).body).toMatchObject({ name: 'Still here' })
  })
})

describe('wrong passwords', () => {
  beforeAll(async () => {
    await settled()
    const isThere = (await bench.sql(`select 1 from agent where email = 'bora@shop.example'`)).length > 0
    if (!isThere) await door.person({ name: 'Bora', email: 'bora@shop.example', role: 'agent' }, another)
  })
  it('D41 the sixth wrong one of a minute is not looked at, for an e-mail and for an address; good ones do not count', async () => {
    const email = 'bora@shop.example'
    const wrong = (from: string, to = email) => door.logIn(to, 'not the one at all', { from })
    for (let n = 0; n < 12; n++) expect((await door.logIn(email, another, { from: '198.51.100.1' })).status).toBe(200)
    const statuses = []
    for (let n = 0; n < 6; n++) statuses.push((await wrong(`198.51.100.${10 + n}`)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
    const refused = await door.logIn(email, another, { from: '198.51.100.99' })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
    // Of one address, whatever e-mails are tried; one network of IPv6 is one address.
    const many = []
    for (let n = 0; n < 6; n++) many.push((await wrong(`2001:db8:0:7::${n + 1}`, `nobody${n}@shop.example`)).status)
    expect(many).toEqual([401, 401, 401, 401, 401, 429])
    expect((await wrong('2001:db8:0:8::1', 'nobody9@shop.example')).status).toBe(401)
    await clock.advance(60_000)
    expect((await door.logIn(email, another, { from: '198.51.100.99' })).status).toBe(200)
  })
  it('S22 D41 however its i is written, it is one e-mail: each spelling would be five more tries', async () => {
    await door.person({ name: 'İdil', email: 'idil@shop.example', role: 'agent' }, another)
    const spellings = ['idil', 'İdil', 'idİl', 'İDİL', 'IDIL', 'Idİl']
    const statuses = []
    for (const [n, name] of spellings.entries())
      statuses.push((await door.logIn(`${name}@shop.example`, 'not the one', { from: `198.51.100.${50 + n}` })).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
    await clock.advance(60_000)
    expect((await door.logIn('IDIL@shop.example', another, { from: '198.51.100.60' })).status).toBe(200)
  })
  it('D41 a hundred at once are not a hundred looks', async () => {
    await clock.advance(60_000)
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        door.logIn('bora@shop.example', `wrong one number ${n}`, { from: `192.0.2.${n}` }),
      ),
    )
    const looked = all.filter((it) => it.status === 401).length
    expect([looked >= 5 && looked <= 6, all.every((it) => [401, 429].includes(it.status))]).toEqual([true, true])
    await clock.advance(60_000)
  })
  it('S22 whether the e-mail is nobody’s cannot be told from the answer', async () => {
    const told = async (email: string) => {
      const { status, text, headers } = await door.logIn(email, 'not the one at all', { from: '192.0.2.200' })
      const { date: _d, 'content-length': _l, ...rest } = headers
      return JSON.stringify([status, text.replace(/urn:inlet:call:[^"]+/, ''), Object.keys(rest).sort()])
    }
    expect(await told('nobody@shop.example')).toBe(await told('bora@shop.example'))
  })
  it('S22 a password kept with less work is made anew when it is next proven', async () => {
    const agent = await door.person({ name: 'Old', email: 'old@shop.example', role: 'agent' }, password)
    const weaker = await makePasswords({ memoryKib: 32, passes: 1, lanes: 1 }).inTurn((turn) => turn.hash(password))
    await bench.sql('update password set hash = $1 where agent = $2', [weaker, agent.agent.id])
    const kept = async () =>
      (await bench.sql('select hash from password where agent = $1', [agent.agent.id]))[0]?.['hash']
    expect((await door.logIn('old@shop.example', 'not the one at all')).status).toBe(401)
    expect(await kept()).toBe(weaker)
    expect((await door.logIn('old@shop.example', password)).status).toBe(200)
    expect(await kept()).toMatch(/\$m=64,t=1,/)
    expect((await door.logIn('old@shop.example', password)).status).toBe(200)
  })
})

describe('what is kept', () => {
  it('S28 each coming and going, good and bad, is in the audit with who, when and from where', async () => {
    const lines = await trail()
    const me = first.agent.id
    const all = lines.join('\n')
    for (const what of [
      'setup_link.made main admin',
      `workspace.set_up main`,
      `session.started ${me} ${me} 127.0.0.1`,
      `session.ended ${me} ${me} 127.0.0.1`,
    ])
      expect(all).toContain(what)
    for (const what of [
      'invitation.made agt_',
      'invitation.accepted agt_',
      'password.changed agt_',
      'session.refused agt_',
      'session.refused nobody',
    ])
      expect(all).toContain(what)
    // An e-mail that is nobody's may be a password in the wrong field.
    expect(all).not.toContain('nobody9@shop.example')
  })
  it('S18 no password, token or link stands in a row, a line of the log, the audit or an error', async () => {
    const rows = await allRows(bench.database.pool('owner'))
    const lines = JSON.stringify(bench.log.lines, (_name, value: unknown) =>
      value instanceof Error ? `${value.message} ${value.stack}` : value,
    )
    const said = [...rows.map((it) => it.row), lines, ...door.refused].join('\n')
    expect(secrets.size).toBeGreaterThan(30)
    expect([...secrets].filter((it) => said.includes(it) || said.includes(JSON.stringify(it).slice(1, -1)))).toEqual([])
  })
})

describe('time', () => {
  beforeAll(settled)
  it('S23 a session nobody uses ends, use keeps it, and after a week it ends all the same', async () => {
    const one = await door.enter(first.agent.email, password)
    const lengths = await bench.sql(
      `select extract(epoch from idle_until - made_at)::int as idle, extract(epoch from ends_at - made_at)::int as longest from session order by made_at desc limit 1`,
    )
    expect(lengths).toEqual([{ idle: 8 * 3600, longest: 7 * 24 * 3600 }])
    await clock.advance(5 * 3600_000)
    expect(await door.works(one.token)).toEqual([true])
    // Noted beside the answer.
    const [{ hash } = {}] = await bench.sql('select hash from session order by made_at desc limit 1')
    await expect
      .poll(
        async () =>
          (
            await bench.sql("select used_at > made_at + interval '4 hours' as is from session where hash = $1", [hash])
          )[0]?.['is'],
      )
      .toBe(true)
    await clock.advance(5 * 3600_000)
    expect(await door.works(one.token)).toEqual([true])
    await clock.advance(9 * 3600_000)
    expect(await door.works(one.token)).toEqual([false])
    await bench.sql(`update session set idle_until = ends_at + interval '1 month'`)
    expect(await door.works(one.token)).toEqual([true])
    await clock.advance(7 * 24 * 3600_000)
    expect(await door.works(one.token)).toEqual([false])
  })
})

/** The first administrator is in, also where one test is run alone. */
async function settled(): Promise<void> {
  if ((first as SignedIn | undefined) !== undefined) return
  const { link } = await door.setUpLink()
  const me = { name: 'Ayşe Yılmaz', email: 'ayse@shop.example', password }
  first = door.signedIn(await door.post('/v1/setup', { link, ...me }))
}

/** A second process on the same database. */
async function apiBeside({ database }: Bench): Promise<(token: string) => Promise<number>> {
  const beside = await apiBench({ clock, database })
  return async (token) => (await beside.call({ url: '/v1/me', headers: { authorization: `Bearer ${token}` } })).status
}
