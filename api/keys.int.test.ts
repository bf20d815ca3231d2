// Keys at the door: who is let in, for what, how long, and that nothing of them can be read back.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiBench, adminKey, type Bench } from '../test/support/api-bench.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { seedTicket, ticketId } from '../test/support/seed-tickets.ts'

let bench: Bench
const clock = handClock('2026-11-21T09:00:00.000Z')
beforeAll(async () => {
  bench = await apiBench({ clock })
  await bench.sql(`insert into workspace (workspace, name) values ('other', 'Other')`)
  await seedTicket(bench, { n: 1 })
  await seedTicket(bench, { n: 2, workspace: 'other' })
})
afterAll(() => bench.close())

let made = 0
async function keyOf(
  scopes: readonly string[],
  more: { workspace?: string; expiresAt?: string } = {},
): Promise<string> {
  const key = `inlet_${++made}_9tGqvJwP1nQm`
  await bench.sql(
    `insert into api_key (workspace, id, name, prefix, hash, scopes, created_at, expires_at) values ($1, $2, 'k', $3, $4, $5, now(), $6)`,
    [
      more.workspace ?? 'main',
      `key_${made}`,
      key.slice(0, 8),
      createHash('sha256').update(key).digest('hex'),
      scopes,
      more.expiresAt ?? null,
    ],
  )
  return key
}
const ask = async (key: string | null, url = '/v1/tickets', more: Record<string, string> = {}) =>
  bench.call({ url, headers: { authorization: key === null ? '' : `Bearer ${key}`, ...more } })

describe('who is let in', () => {
  it('S24 nobody without a good key, and the answer names the way', async () => {
    for (const headers of [
      { authorization: '' },
      { authorization: 'Basic abc' },
      { authorization: `Bearer ${adminKey}x` },
    ]) {
      const { status, body, headers: given } = await bench.call({ url: '/v1/tickets', headers })
      expect(status).toBe(401)
      expect(given['www-authenticate']).toContain('Bearer')
      expect(body).toMatchObject({
        status: 401,
        code: expect.stringMatching(/^key_/),
        instance: expect.stringMatching(/^urn:inlet:call:/),
      })
    }
  })
  it('S26 a key does what its scopes say and nothing else', async () => {
    const key = await keyOf(['tickets:read'])
    expect((await ask(key)).status).toBe(200)
    const refused = await ask(key, '/v1/contacts')
    expect(refused.status).toBe(403)
    expect(refused.body).toMatchObject({ code: 'scope_missing', scope: 'contacts:read' })
    expect((await ask(await keyOf(['admin']), '/v1/contacts')).status).toBe(200)
    expect((await ask(await keyOf(['no-such-scope']))).status).toBe(403)
  })
  it('S24 an expired key is refused from its moment on', async () => {
    const key = await keyOf(['tickets:read'], { expiresAt: '2026-11-21T09:00:10.000Z' })
    expect((await ask(key)).status).toBe(200)
    await clock.advance(10_000)
    expect((await ask(key)).status).toBe(401)
  })
  it('S24 a revoked key stops within a minute, though it was believed before', async () => {
    const key = await keyOf(['tickets:read'])
    expect((await ask(key)).status).toBe(200)
    await bench.sql(`update api_key set revoked_at = now() where hash = $1`, [
      createHash('sha256').update(key).digest('hex'),
    ])
    await clock.advance(59_000)
    expect((await ask(key)).status).toBe(401)
  })
  it('S24 notes the last use, once a minute at most', async () => {
    const key = await keyOf(['tickets:read'])
    const used = async () =>
      (await bench.sql(`select last_used_at as at from api_key where id = $1`, [`key_${made}`]))[0]?.['at'] as
        string | null
    await ask(key)
    await expect.poll(used).not.toBeNull()
    const first = await used()
    await ask(key)
    await ask(key)
    expect(await used()).toBe(first)
    await clock.advance(60_000)
    await ask(key)
    await expect.poll(used).not.toBe(first)
  })
  it('S7 who tries many wrong keys is not looked up any more, and others still are', async () => {
    const statuses = new Set<number>()
    for (let n = 0; n < 125; n++)
      statuses.add(
        (
          await bench.app.inject({
            url: '/v1/tickets',
            remoteAddress: '203.0.113.7',
            headers: { host: '127.0.0.1', authorization: `Bearer guess${n}` },
          })
        ).statusCode,
      )
    expect(statuses).toEqual(new Set([401, 429]))
    expect((await ask(adminKey)).status).toBe(200)
  })
})

describe('workspaces', () => {
  it('S27 a key sees its own workspace and is told nothing of another', async () => {
    const key = await keyOf(['admin'])
    expect((await ask(key, `/v1/tickets/${ticketId(1)}`)).status).toBe(200)
    expect((await ask(key, `/v1/tickets/${ticketId(2)}`)).status).toBe(404)
    for (const workspace of ['other', 'nowhere']) {
      const { status, body } = await ask(key, '/v1/tickets', { 'inlet-workspace': workspace })
      expect([status, (body as { code: string }).code]).toEqual([404, 'workspace_not_found'])
    }
    expect((await ask(key, '/v1/tickets', { 'inlet-workspace': 'main' })).status).toBe(200)
  })
  it('the administrator chooses one by its header, main when left out', async () => {
    const seen = async (more: Record<string, string>) =>
      ((await ask(adminKey, '/v1/tickets', more)).body as { items?: { id: string }[] }).items?.map((it) => it.id)
    expect(await seen({})).toEqual([ticketId(1)])
    expect(await seen({ 'inlet-workspace': 'other' })).toEqual([ticketId(2)])
    expect((await ask(adminKey, '/v1/tickets', { 'inlet-workspace': "x' or 1=1" })).status).toBe(404)
  })
})

describe('what comes out', () => {
  it('S18 S30 no key is in any log line, and a fault shows an id, not its words', async () => {
    const key = await keyOf(['tickets:read'])
    await ask(key)
    await bench.sql('alter table ticket rename to ticket_away')
    const { status, body, text } = await ask(key)
    await bench.sql('alter table ticket_away rename to ticket')
    expect(status).toBe(500)
    expect(text).not.toMatch(/ticket_away|relation|select|\.ts|at /)
    const id = (body as { instance: string }).instance.replace('urn:inlet:call:', '')
    const lines = JSON.stringify(bench.log.lines, (_name, value: unknown) =>
      value instanceof Error ? `${value.message} ${value.stack}` : value,
    )
    expect(lines).toContain(id)
    for (const secret of [key, adminKey]) expect(lines).not.toContain(secret)
  })
})
