// Whoever is limited to a brand or channel: what they change is theirs, and what happens to the rest stays as it is (D54, D56).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { noteSecrets } from '../test/support/canaries.ts'
import { openDoor, type Door, type SignedIn } from '../test/support/people-door.ts'
import { messageId, seedMessage, seedTicket, ticketId } from '../test/support/seed-tickets.ts'

let bench: Bench
let door: Door
/** A supervisor of one brand, one of one channel, one of all. */
let ofBrand: SignedIn
let ofChannel: SignedIn
let ofAll: SignedIn
/** Holds everything, of one brand. */
let boss: SignedIn
const password = 'kedi çatıda uyur 63'
noteSecrets([password])

beforeAll(async () => {
  bench = await apiBench()
  door = openDoor(bench)
  for (const [n, [brand, channel]] of [
    ['ours', 'signed'],
    ['theirs', 'testchannel'],
  ].entries()) {
    await bench.sql(`insert into brand (workspace, id, name) values ('main', $1, $1)`, [brand])
    await bench.sql(
      `insert into account (workspace, channel, id, brand, settings, secrets, state) values ('main', $1, 'account-1', $2, '{}', '{}', 'connected')`,
      [channel, brand],
    )
    await seedTicket(bench, { n, brand: brand!, channel: channel!, account: 'account-1', subject: `Kargo ${brand}` })
    await seedMessage(bench, { n, ticket: ticketId(n), text: `words to ${brand}` })
  }
  const person = (name: string, limits: object, role: 'supervisor' | 'administrator' = 'supervisor') =>
    door.person({ name, email: `${name}@shop.example`, role, ...limits }, password)
  ofBrand = await person('brand', { brands: ['ours'] })
  ofChannel = await person('channel', { channels: ['signed'] })
  ofAll = await person('all', {})
  boss = await person('boss', { brands: ['ours'] }, 'administrator')
})
afterAll(() => bench.close())

type Body = {
  readonly code?: string
  readonly version?: number
  readonly items?: readonly { subject: string }[]
} | null
async function ask({ token }: SignedIn, method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) {
  const answer = await door.call({ method, url, ...(payload === undefined ? {} : { payload }) }, token)
  const { code } = (answer.body as Body) ?? {}
  return code === undefined ? answer.status : `${answer.status} ${code}`
}
const notTheirs = '403 not_yours'
const is = (field: string, value: string) => ({ field, op: 'is', value })

describe('a rule that is tried', () => {
  const subjects = async ({ token }: SignedIn, query = '') => {
    const draft = { when: { field: 'message.text', op: 'contains', value: 'words' }, then: { priority: 'high' } }
    const answer = await door.post(`/v1/rules/try${query}`, draft, token)
    return [answer.status, ((answer.body as Body)?.items ?? []).map((it) => it.subject)]
  }
  it('D54 D56 is tried by who sees a part on what they see, and on nothing else', async () => {
    expect(await subjects(ofAll)).toEqual([200, expect.arrayContaining(['Kargo ours', 'Kargo theirs'])])
    for (const one of [ofBrand, ofChannel]) {
      expect(await subjects(one)).toEqual([200, ['Kargo ours']])
      expect(await subjects(one, '?channel=signed')).toEqual([200, ['Kargo ours']])
      expect(await subjects(one, '?channel=testchannel')).toEqual([200, []])
    }
    expect(await bench.sql('select text from message where id = $1', [messageId(1)])).toHaveLength(1)
  })
})

describe('what is made and changed by who sees a part', () => {
  /** Each with what makes it theirs by brand, by channel, or of nobody in particular. */
  const then = { then: { priority: 'high' } }
  const kinds = {
    rules: then,
    'auto-replies': { kind: 'opened', texts: { en: { text: 'We have it.' } } },
  } as const

  it('D54 D56 acts on their brand or channel alone: by its scope, its accounts or its conditions', async () => {
    for (const [path, rest] of Object.entries(kinds)) {
      const make = (one: SignedIn, more: object) => ask(one, 'POST', `/v1/${path}`, { name: 'x', ...rest, ...more })
      const brand = [
        [{}, notTheirs],
        [{ brands: ['ours', 'theirs'] }, notTheirs],
        [{ channels: ['signed'] }, notTheirs],
        [{ accounts: ['testchannel/account-1'] }, notTheirs],
        [{ when: { any: [is('ticket.brand', 'ours'), is('ticket.priority', 'high')] } }, notTheirs],
        [{ when: { not: is('ticket.brand', 'ours') } }, notTheirs],
        [{ when: { field: 'ticket.brand', op: 'is_not', value: 'ours' } }, notTheirs],
        [{ brands: ['ours'] }, 201],
        [{ accounts: ['signed/account-1'] }, 201],
        [{ when: { all: [is('ticket.priority', 'high'), is('ticket.brand', 'OURS')] } }, 201],
      ] as const
      for (const [more, answer] of brand) expect([path, more, await make(ofBrand, more)]).toEqual([path, more, answer])
      const channel = [
        [{}, notTheirs],
        [{ brands: ['ours'] }, notTheirs],
        [{ channels: ['signed', 'testchannel'] }, notTheirs],
        [{ channels: ['signed'] }, 201],
        [{ accounts: ['signed/account-1'] }, 201],
        [{ when: { any: [is('ticket.channel', 'signed')] } }, 201],
      ] as const
      for (const [more, answer] of channel)
        expect([path, more, await make(ofChannel, more)]).toEqual([path, more, answer])
      expect(await make(ofAll, {})).toBe(201)
    }
  })
  it('D54 D56 is theirs before and afterwards: what acts on more is neither taken over, widened nor dropped', async () => {
    const all = { id: 'of-all', name: 'x', ...then }
    expect(await ask(ofAll, 'POST', '/v1/rules', all)).toBe(201)
    expect(await ask(ofBrand, 'PATCH', '/v1/rules/of-all', { version: 1, isActive: false })).toBe(notTheirs)
    expect(await ask(ofBrand, 'PATCH', '/v1/rules/of-all', { version: 1, brands: ['ours'] })).toBe(notTheirs)
    expect(await ask(ofBrand, 'DELETE', '/v1/rules/of-all')).toBe(notTheirs)
    expect(await ask(ofBrand, 'POST', '/v1/rules', { ...all, id: 'mine', brands: ['ours'] })).toBe(201)
    expect(await ask(ofBrand, 'PATCH', '/v1/rules/mine', { version: 1, brands: null })).toBe(notTheirs)
    expect(await ask(ofBrand, 'PATCH', '/v1/rules/mine', { version: 1, weight: 2 })).toBe(200)
    expect(await ask(ofChannel, 'DELETE', '/v1/rules/mine')).toBe(notTheirs)
    expect(await ask(ofBrand, 'DELETE', '/v1/rules/mine')).toBe(204)
  })
  it('D54 D7 D8 types, topics, policies and notifications are of their brand too', async () => {
    const topic = (brands?: string[]) => ({ key: 'late', name: 'Late', ...(brands === undefined ? {} : { brands }) })
    for (const path of ['types', 'topics']) {
      expect(await ask(ofBrand, 'POST', `/v1/${path}`, topic())).toBe(notTheirs)
      expect(await ask(ofBrand, 'POST', `/v1/${path}`, topic(['theirs']))).toBe(notTheirs)
      expect(await ask(ofChannel, 'POST', `/v1/${path}`, topic(['ours']))).toBe(notTheirs)
      expect(await ask(ofBrand, 'POST', `/v1/${path}`, topic(['ours']))).toBe(201)
      expect(await ask(ofChannel, 'DELETE', `/v1/${path}/late`)).toBe(notTheirs)
      expect(await ask(ofBrand, 'DELETE', `/v1/${path}/late`)).toBe(204)
    }
    const policy = { name: 'x', targets: { firstResponse: 30 } }
    const made = (when: object | null) => ask(ofBrand, 'POST', '/v1/sla-policies', { ...policy, id: 'p', when })
    expect(await made(null)).toBe(notTheirs)
    expect(await made(is('ticket.brand', 'theirs'))).toBe(notTheirs)
    expect(await made(is('ticket.brand', 'ours'))).toBe(201)
    expect(await ask(ofBrand, 'PATCH', '/v1/sla-policies/p', { version: 1, when: null })).toBe(notTheirs)
    expect(await ask(ofChannel, 'DELETE', '/v1/sla-policies/p')).toBe(notTheirs)
    const notice = { name: 'x', on: ['assigned'], account: 'signed/account-1' }
    expect(await ask(ofBrand, 'POST', '/v1/notifications', notice)).toBe(notTheirs)
    expect(await ask(ofBrand, 'POST', '/v1/notifications', { ...notice, brands: ['theirs'] })).toBe(notTheirs)
  })
  it('D54 S26 an administrator of a part changes no other brand, and makes no key that sees all', async () => {
    expect(await ask(boss, 'PATCH', '/v1/brands/theirs', { version: 1, name: 'Mine' })).toBe(notTheirs)
    expect(await ask(boss, 'DELETE', '/v1/brands/theirs')).toBe(notTheirs)
    expect(await ask(boss, 'PATCH', '/v1/brands/ours', { version: 1, name: 'Ours' })).toBe(200)
    expect(await ask(boss, 'POST', '/v1/keys', { name: 'k', scopes: ['admin'] })).toBe(notTheirs)
    expect(await ask(boss, 'PATCH', '/v1/workspaces/main', { version: 1, requireTopic: true })).toBe(notTheirs)
  })
})
