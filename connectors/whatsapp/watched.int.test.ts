// What strangers learn and what operators leave behind: addresses that tell nothing, and a line in the audit for whatever matters.
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditAnswer, BrandAnswer, ParkedAnswer } from '../../schemas/answers.ts'
import { until, type Fields } from '../../test/support/desk.ts'
import { untilAnswering } from '../../infra/commands/simulated-account.ts'
import { journey, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 122 })
}, 60_000)
afterAll(() => at.end(), 30_000)

async function done<Body = Fields>(method: string, path: string, body?: Fields, status = 200): Promise<Body> {
  const answer = await at.gateway.call<Body>(method, path, body === undefined ? {} : { body })
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status)
  return answer.body
}

describe('what leaves a line in the audit', () => {
  it('S28 keys, secrets, accounts, brands, workspaces, raws, parked events and replays: who, when, what, from where', async () => {
    const { vendor, desk, gateway, database } = at
    const began = new Date().toISOString()
    const brand = await done<BrandAnswer>('POST', '/v1/brands', { id: 'shop', name: 'Shop' }, 201)
    await done('PATCH', '/v1/brands/shop', { version: brand.version, name: 'Mağaza' })
    await done('DELETE', '/v1/brands/shop', undefined, 204)
    const key = await done<{ id: string }>('POST', '/v1/keys', { name: 'crm', scopes: ['tickets:read'] }, 201)
    await done('DELETE', `/v1/keys/${key.id}`, undefined, 204)
    const made = { channel: 'whatsapp', id: 'second', ...vendor.account(5) }
    await done('POST', '/v1/accounts', made, 201)
    await done('PATCH', '/v1/accounts/whatsapp/second', { version: 1, enabled: false })
    const secrets = { accessToken: 'canary-token-of-the-audit' }
    await done('PATCH', '/v1/accounts/whatsapp/second', { version: 2, secrets })
    await done('DELETE', '/v1/accounts/whatsapp/second', undefined, 204)
    const { version } = await done<{ version: number }>('GET', '/v1/workspaces/main')
    await done('PATCH', '/v1/workspaces/main', { version, followUpDays: 8 })

    await vendor.write({ customer: 1 })
    const [message] = await desk.messages((await desk.ticketOf(1)).id)
    await done('GET', `/v1/raws/${message?.raw}`)
    const knocks = ['signed, and no JSON', 'nor this'].map((it) => vendor.post(it))
    await Promise.all(knocks)
    const parked = await until(
      () => desk.list<ParkedAnswer>('/v1/parked'),
      (all) => all.length === 2,
    )
    await done('POST', `/v1/parked/${parked[0]?.id}/retry`, undefined, 422)
    await done('DELETE', `/v1/parked/${parked[1]?.id}`, undefined, 204)
    await done('POST', '/v1/replay', { from: began, to: new Date().toISOString() })

    const all = (await desk.list<AuditAnswer>('/v1/audit')).filter((it) => it.at >= began)
    expect(all.map((it) => `${it.what} ${it.subject}`).toReversed()).toEqual([
      'brand.created shop',
      'brand.changed shop',
      'brand.dropped shop',
      `key.created ${key.id}`,
      `key.revoked ${key.id}`,
      'account.created whatsapp/second',
      ...['accessToken', 'appSecret', 'verifyToken'].map(() => 'secret.changed whatsapp/second'),
      'account.changed whatsapp/second',
      'account.changed whatsapp/second',
      'secret.changed whatsapp/second',
      'account.dropped whatsapp/second',
      'workspace.changed main',
      `raw.read ${message?.raw}`,
      `parked.dropped ${parked[1]?.id}`,
      expect.stringMatching(/^replay\.started /),
    ])
    for (const line of all) expect(line).toMatchObject({ actor: { kind: 'agent', id: 'admin' }, from: '127.0.0.1' })
    expect(JSON.stringify(all)).not.toContain('canary-token')
    expect((await gateway.call('DELETE', '/v1/audit')).status).toBe(404)

    for (const role of ['desk', 'loops'] as const)
      for (const text of [`update audit set what = 'x'`, 'delete from audit', 'truncate audit', 'drop table audit']) {
        const tried = await database!
          .pool(role)
          .query(text)
          .catch((error: { code?: string }) => error.code)
        expect(tried, `${role}: ${text}`).toBe('42501')
      }
  })
})

describe('an address that is not there', () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  afterAll(() => agent.destroy())

  interface Seen {
    readonly ms: number
    readonly answer: string
  }
  const knock = (id: string): Promise<Seen> =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({ entry: [{ id: '1', changes: [] }] })
      const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'content-type': 'application/json' }
      const from = performance.now()
      request(`${at.gateway.address}/in/whatsapp/${id}`, { method: 'POST', agent, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => {
          const { date: _date, 'inlet-correlation-id': _id, ...named } = answer.headers
          resolve({ ms: performance.now() - from, answer: JSON.stringify([answer.statusCode, named, text]) })
        })
      })
        .on('error', reject)
        .end(body)
    })
  const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0

  it('S6 answers as a disabled one does, in every header, and in the same time', async () => {
    await done('POST', '/v1/accounts', { channel: 'whatsapp', id: 'off', ...at.vendor.account(6) }, 201)
    await untilAnswering(`${at.gateway.address}/in/whatsapp/off`)
    await done('PATCH', '/v1/accounts/whatsapp/off', { version: 1, enabled: false })
    await until(
      () => knock('off'),
      (it) => it.answer.startsWith('[404'),
    )
    /** Interleaved, so that whatever else the machine does falls on both. The smallest of several differences is what the code makes. */
    const round = async (): Promise<number> => {
      const took = { off: [] as number[], non: [] as number[] }
      const answers = new Set<string>()
      for (let n = 0; n < 300; n++)
        for (const id of n % 2 === 0 ? (['off', 'non'] as const) : (['non', 'off'] as const)) {
          const seen = await knock(id)
          took[id].push(seen.ms)
          answers.add(seen.answer)
        }
      expect([...answers]).toHaveLength(1)
      return Math.abs(median(took.off) - median(took.non)) / median(took.non)
    }
    const differences = [await round(), await round(), await round()]
    expect(Math.min(...differences), `relative differences of the medians: ${differences}`).toBeLessThan(0.1)
  }, 60_000)
})
