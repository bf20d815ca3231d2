// Several processes of one gateway on one database: they start together, take parts, and turn away what is not theirs.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { until } from '../support/desk.ts'
import { endGateways, masterKey, runGateway, startGateway, type Gateway } from '../support/gateway-process.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase({ empty: true })
})
afterAll(async () => {
  await endGateways()
  await database.close()
})
const start = (...args: readonly string[]): Promise<Gateway> =>
  startGateway({ args, env: { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey } })

it('G18 ten processes that start at one moment on an empty database all come up, and migrate once', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => start('--only', 'connectors')))
  const steps = await database
    .pool('owner')
    .query('select count(*)::int as all, count(distinct name)::int as each from inlet.migration')
  const answers = await Promise.all(all.map((it) => it.call('GET', '/readyz', { key: null })))
  expect(answers.map((it) => it.status)).toEqual(all.map(() => 200))
  const { all: taken, each } = steps.rows[0] as { all: number; each: number }
  expect(taken).toBe(each)
  expect(taken).toBeGreaterThan(5)
  for (const it of all) it.kill('SIGTERM')
  expect(await Promise.all(all.map((it) => it.ended))).toEqual(all.map(() => ({ code: 0, signal: null })))
}, 90_000)

it('S16 S17 a process with another master key is refused before there is any secret, not at the first call that it cannot open', async () => {
  const other = { DATABASE_URL: database.url, INLET_MASTER_KEY: `${masterKey}another` }
  const second = runGateway({ args: ['--only', 'api'], env: other })
  expect(await second.ended).toEqual({ code: 1, signal: null })
  expect(second.stderr()).toMatch(
    /^Inlet cannot start\. .* is wrapped by the master key \w+, and the one given is \w+\..*\n$/,
  )
}, 60_000)

it('each process answers for the parts it runs and for no other', async () => {
  const [connectors, api, workers] = await Promise.all([
    start('--only', 'connectors'),
    start('--only=api'),
    start('--only', 'workers,deliver'),
  ])
  const status = async (gateway: Gateway, path: string) => (await gateway.call('GET', path)).status
  expect(await status(api, '/v1/tickets')).toBe(200)
  expect(await status(connectors, '/v1/tickets')).toBe(404)
  expect(await status(workers, '/v1/tickets')).toBe(404)
  for (const one of [connectors, api, workers]) {
    expect(await status(one, '/healthz')).toBe(200)
    // Workers are, as soon as their groups let them in.
    await until(
      () => status(one, '/readyz'),
      (found) => found === 200,
    )
    expect((await one.call('GET', '/metrics', { key: null })).status).toBe(401)
    expect(await status(one, '/metrics')).toBe(200)
  }
}, 60_000)

it('S30 an answer to a call that fails holds an id and no stack, path or SQL', async () => {
  const api = await start('--only', 'api')
  const calls = [
    api.call('GET', '/v1/tickets?after=%00'),
    api.call('GET', '/v1/tickets?q=%00'),
    api.call('GET', '/v1/tickets/1%27%20or%201=1'),
    api.call('GET', '/v1/nothing'),
    api.call('POST', '/v1/tickets/x/replies', { body: { text: 7 } }),
    api.call('GET', '/v1/tickets', { key: 'wrong' }),
  ]
  for (const answer of await Promise.all(calls)) {
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(answer.text).toContain('urn:inlet:call:')
    expect(answer.text).not.toMatch(/node_modules|\.ts:\d|\bat \w+ \(|\bselect\b.*\bfrom\b|relation|\/work|postgres/i)
  }
})

it('S29 a call for another host is not answered, and forwarded headers of strangers do not count', async () => {
  const api = await start('--only', 'api')
  const { port } = new URL(api.address)
  const { request } = await import('node:http')
  const status = await new Promise<number>((done, fail) => {
    request({ host: '127.0.0.1', port, path: '/v1/tickets', headers: { host: 'evil.example' } }, (answer) => {
      answer.resume()
      done(answer.statusCode ?? 0)
    })
      .on('error', fail)
      .end()
  })
  expect(status).toBe(421)
  const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '198.51.100.7' }
  expect((await api.call('GET', '/v1/tickets', { headers: forwarded })).status).toBe(200)
})
