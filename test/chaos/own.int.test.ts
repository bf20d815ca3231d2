// `npm run chaos` as an operator runs it, a process of its own: at a gateway that is somebody's, by time, and stopped in the middle.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { compiledInTests } from '../support/compiled.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { endGateways, masterKey, newFolder, startGateway, type Gateway } from '../support/gateway-process.ts'
import { seed } from '../support/seed.ts'
import type { Reported } from './report.ts'

const house = join(import.meta.dirname, '../..')

let database: FreshDatabase
let gateway: Gateway
beforeAll(async () => {
  database = await freshDatabase()
  gateway = await startGateway({ env: { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey } })
})
afterAll(async () => {
  await endGateways()
  await database.close()
})
const started: { kill(signal: NodeJS.Signals): void }[] = []
afterEach(() => started.splice(0).forEach((it) => it.kill('SIGKILL')))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly said: string
  readonly rows: readonly Reported[]
}
/** `stopAt`: words after which it is stopped as by Ctrl-C. */
async function chaos(args: readonly string[], stopAt?: RegExp): Promise<Ended> {
  const report = join(newFolder(), 'report')
  const child = spawn(process.execPath, [join(house, 'test/chaos/chaos.ts'), ...args, '--report', report], {
    cwd: house,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], INLET_ADMIN_KEY: gateway.adminKey, ...compiledInTests() },
  })
  started.push(child)
  const told = { out: '', said: '' }
  let isStopped = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.said += text
    if (isStopped || stopAt?.test(told.said) !== true) return
    isStopped = true
    child.kill('SIGINT')
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  const written = (): readonly Reported[] => JSON.parse(readFileSync(`${report}.json`, 'utf8')) as readonly Reported[]
  return { code, ...told, rows: code === 2 || !told.said.includes('Written to') ? [] : written() }
}

function somebodyElse(): { end(): Promise<void> } {
  const stop = new AbortController()
  const working = (async () => {
    while (!stop.signal.aborted) {
      await gateway.call('POST', '/v1/tickets', { body: { subject: 'somebody else’s' } })
      await pause(50)
    }
  })()
  return {
    async end() {
      stop.abort()
      await working
    },
  }
}

describe('chaos at an installation of one’s own', () => {
  const at = () => ['--at', gateway.address, '--seed', String(seed)]

  it('G1 G4 makes its account, drives and judges it, and does so again with the same seed on what the run before left', async () => {
    for (const run of ['first', 'second']) {
      // What others do meanwhile is none of its business.
      const others = run === 'first' ? null : somebodyElse()
      const { code, out, rows, said } = await chaos([...at(), '--for', '5'])
      await others?.end()
      const outcome = rows[0]?.outcome
      expect(outcome?.findings, `${run}, seed ${seed}: ${said}`).toEqual({
        lost: [],
        doubled: [],
        empty: [],
        wrong: [],
      })
      expect(outcome?.accepted).toBeGreaterThan(15)
      expect(outcome?.replies).toBeGreaterThan(0)
      expect([code, rows.length]).toEqual([0, 1])
      expect(out).toMatch(/^own\s+http:\/\/127\.0\.0\.1/m)
    }
  }, 120_000)

  it('that is stopped says so, ends with the table so far and the exit code of a stopped tool', async () => {
    const { code, out, said, rows } = await chaos([...at(), '--for', '600'], /round 1 of/)
    expect(code, said).toBe(130)
    expect(out).toMatch(/^own .*did not end: stopped before its end, \d+ sent and \d+ accepted; not judged/m)
    expect(said).toContain('Stopped: the table holds what was judged until then.')
    expect(rows).toMatchObject([{ fault: 'own', outcome: null }])
  }, 90_000)

  it('S27 does not touch a real account, wherever it is named', async () => {
    const settings = { phoneNumberId: '123456789012345', wabaId: '9876543210' }
    const secrets = { appSecret: 'canary-app-secret', verifyToken: 'canary-verify', accessToken: 'canary-access' }
    const body = { channel: 'whatsapp', id: 'real', settings, secrets }
    expect((await gateway.call('POST', '/v1/accounts', { body })).status).toBe(201)
    const { code, said } = await chaos([...at(), '--account', 'real', '--for', '5'])
    expect([code, said]).toEqual([1, expect.stringContaining('was not made by a simulation')])
  }, 60_000)

  it('says what to do where no gateway answers', async () => {
    const { code, said } = await chaos(['--at', 'http://127.0.0.1:9', '--for', '5'])
    expect([code, said]).toEqual([1, expect.stringContaining('No gateway answers at http://127.0.0.1:9')])
  }, 60_000)
})

describe('chaos by time', () => {
  it('S34 G10 fuzzes and follows the feed for as long as it is told, a row of the table each', async () => {
    const { code, out, said, rows } = await chaos(['feed', 'fuzz', '--for', '5', '--seed', String(seed)])
    expect(
      rows.map(({ fault, outcome }) => [fault, outcome?.findings.wrong]),
      said,
    ).toEqual([
      ['feed', []],
      ['fuzz', []],
    ])
    const inputs = Object.entries(rows[1]?.outcome?.measured ?? {})
    expect(inputs.map(([what]) => what)).toEqual(
      ['normalizer', 'mail', 'signature', 'door', 'signed-door', 'api'].map((it) => `inputs of ${it}`),
    )
    expect(Math.min(...inputs.map(([, n]) => n))).toBeGreaterThan(0)
    expect([code, out]).toEqual([0, expect.stringMatching(/^feed .*\n(?:.*\n)*fuzz /m)])
  }, 120_000)
})
