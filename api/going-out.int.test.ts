// Who goes and who may not: whoever signed out is not there any more, and somebody has to be left who can change everything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, apiBench, type Bench } from '../test/support/api-bench.ts'
import { noteSecrets } from '../test/support/canaries.ts'
import { openDoor, type Door, type SignedIn } from '../test/support/people-door.ts'

let bench: Bench
let door: Door
let first: SignedIn
const password = 'kedi çatıda uyur 44'
noteSecrets([password])

beforeAll(async () => {
  bench = await apiBench()
  door = openDoor(bench)
  first = await door.person({ name: 'Ayşe', email: 'ayse@shop.example', role: 'administrator' }, password)
})
afterAll(() => bench.close())

it('D47 S23 whoever signs out of their last session goes offline as if they had said so, and not before', async () => {
  const one = await door.person({ name: 'Ece', email: 'ece@shop.example', role: 'agent' }, password)
  const { id } = one.agent
  const said = async () => [
    await bench.sql('select presence from presence where agent = $1', [id]),
    await bench.sql(
      `select event -> 'data' ->> 'to' as to, event -> 'data' ->> 'why' as why from outbox
       where event ->> 'subject' = $1 and event ->> 'type' = 'agent.presence_changed' order by seq`,
      [id],
    ),
  ]
  const online = (token: string) => door.post('/v1/me/presence', { presence: 'online' }, token)
  const two = await door.enter('ece@shop.example', password)
  expect((await online(one.token)).status).toBe(200)
  const there = [[{ presence: 'online' }], [{ to: 'online', why: null }]]
  expect((await door.post('/v1/logout', undefined, one.token)).status).toBe(204)
  expect(await said()).toEqual(there)
  // One that nobody used for too long keeps nobody here.
  await door.enter('ece@shop.example', password)
  await bench.sql(
    `update session set idle_until = now() - interval '1 minute' where agent = $1 and hash <> encode(sha256($2), 'hex')`,
    [id, two.token],
  )
  expect((await door.post('/v1/logout', undefined, two.token)).status).toBe(204)
  const gone = { to: 'offline', why: 'signed_out' }
  expect(await said()).toEqual([[{ presence: 'offline' }], [...there[1]!, gone]])
  const [three, four] = [await door.enter('ece@shop.example', password), await door.enter('ece@shop.example', password)]
  await online(three.token)
  expect((await door.post('/v1/logout', { everywhere: true }, four.token)).status).toBe(204)
  expect((await said())[1]).toEqual([...there[1]!, gone, ...there[1]!, gone])
  // Away already: nothing is said twice.
  const five = await door.enter('ece@shop.example', password)
  await door.post('/v1/logout', undefined, five.token)
  expect((await said())[1]).toHaveLength(4)
})

it('D47 S23 whoever is signed out by another role or e-mail is not there any more, and is given nothing more', async () => {
  const { id } = (await door.person({ name: 'Oya', email: 'oya@shop.example', role: 'agent' }, password)).agent
  let email = 'oya@shop.example'
  const presence = async () => {
    const [row] = await bench.sql(
      'select a.version, p.presence from agent a join presence p on p.agent = a.id where id = $1',
      [id],
    )
    return row as { version: number; presence: string }
  }
  const change = async (set: object) =>
    (
      await door.call(
        { method: 'PATCH', url: `/v1/agents/${id}`, payload: { ...set, version: (await presence()).version } },
        adminKey,
      )
    ).status
  for (const [set, is] of [
    [{ name: 'Oya Ak', languages: ['tr'] }, 'online'],
    [{ role: 'supervisor' }, 'offline'],
    [{ email: 'oya.ak@shop.example' }, 'offline'],
  ] as const) {
    const { token } = await door.enter(email, password)
    expect((await door.post('/v1/me/presence', { presence: 'online' }, token)).status).toBe(200)
    expect(await change(set)).toBe(200)
    email = 'email' in set ? set.email : email
    expect([set, (await presence()).presence]).toEqual([set, is])
  }
  const whys = await bench.sql(
    `select event -> 'data' ->> 'why' as why from outbox where event ->> 'subject' = $1 and event ->> 'type' = 'agent.presence_changed' order by seq`,
    [id],
  )
  expect(whys.map(({ why }) => why).filter((why) => why !== null)).toEqual(['signed_out', 'signed_out'])
  // Nobody who signed in ends with it: a tool says whether they are there.
  await door.call({ method: 'PATCH', url: `/v1/agents/${id}/presence`, payload: { presence: 'online' } }, adminKey)
  expect(await change({ role: 'agent' })).toBe(200)
  expect((await presence()).presence).toBe('online')
})

describe('the last administrator', () => {
  const ask = async (
    method: 'PATCH' | 'DELETE',
    id: string,
    { token, ...payload }: { token: string } & Record<string, unknown>,
  ) => {
    const whole = { version: (await bench.sql('select version from agent where id = $1', [id]))[0]?.['version'] }
    const sent = method === 'DELETE' ? {} : { payload: { ...whole, ...payload } }
    const { status, body } = await door.call({ method, url: `/v1/agents/${id}`, ...sent }, token)
    return [status, (body as { code?: string } | null)?.code]
  }
  it('S26 S25 is not demoted, switched off or dropped by a session; a second one makes it possible, a key always may', async () => {
    const { token, agent } = first
    const last = [409, 'last_administrator']
    // Invited, and without a password: nobody who could come in.
    const next = await door.makeAgent({ name: 'Derya', email: 'derya@shop.example', role: 'administrator' })
    expect(await ask('PATCH', agent.id, { token, role: 'agent' })).toEqual(last)
    expect(await ask('PATCH', agent.id, { token, isActive: false })).toEqual(last)
    expect(await ask('DELETE', agent.id, { token })).toEqual(last)
    expect((await ask('PATCH', agent.id, { token, languages: ['tr'] }))[0]).toBe(200)
    expect((await ask('PATCH', next, { token, isActive: false }))[0]).toBe(200)
    expect((await ask('PATCH', next, { token, isActive: true }))[0]).toBe(200)
    const { link } = await door.invite(next)
    const second = door.signedIn(await door.post('/v1/invitations/accept', { link, password }))
    expect((await ask('PATCH', agent.id, { token: second.token, role: 'supervisor' }))[0]).toBe(200)
    expect(await ask('DELETE', next, { token: second.token })).toEqual(last)
    expect((await ask('PATCH', agent.id, { token: second.token, role: 'administrator' }))[0]).toBe(200)
    expect((await ask('DELETE', next, { token: second.token }))[0]).toBe(204)
    expect((await ask('PATCH', agent.id, { token: adminKey, role: 'agent' }))[0]).toBe(200)
    expect((await ask('PATCH', agent.id, { token: adminKey, role: 'administrator' }))[0]).toBe(200)
    first = await door.enter(first.agent.email, password)
  })
})
