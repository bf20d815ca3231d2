// How a gateway starts and refuses to start, seen from outside: what it prints, what it leaves behind, and its exit code.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { freshDatabase } from '../support/database.ts'
import {
  endGateways,
  keyIn,
  masterKey,
  newFolder,
  runGateway,
  startGateway,
  type GatewayOptions,
} from '../support/gateway-process.ts'
import { readmeLines, runLines } from '../support/readme.ts'

afterAll(endGateways)

/** Runs it to its end. */
async function lastWords(options: GatewayOptions) {
  const it = runGateway(options)
  const { code } = await it.ended
  return { code, out: it.stdout(), err: it.stderr() }
}
const nowhere = 'postgres://inlet@127.0.0.1:1/inlet'
const wrong: readonly (readonly [what: string, options: GatewayOptions, says: RegExp])[] = [
  ['an unknown flag', { args: ['--prot', '8080'] }, /--prot is no flag.*Did you mean --port\?/],
  ['an unknown setting', { env: { INLET_ANSWER_SECOND: '5' } }, /INLET_ANSWER_SECOND .*INLET_ANSWER_SECONDS\?/],
  ['a port that is none', { env: { INLET_PORT: '99999' } }, /INLET_PORT: "99999" is not/],
  ['an unknown part', { args: ['--only', 'worker'] }, /--only: "worker" is not.*Did you mean workers\?/],
  ['another kind of database', { env: { DATABASE_URL: 'mysql://localhost/inlet' } }, /DATABASE_URL: .* is not/],
  ['a database and no master key (S17)', { env: { DATABASE_URL: nowhere } }, /no master key is given.*openssl rand/],
  ['a short master key (S17)', { env: { DATABASE_URL: nowhere, INLET_MASTER_KEY: 'short' } }, /INLET_MASTER_KEY/],
  [
    'a sample as the master key (S17)',
    { env: { DATABASE_URL: nowhere, INLET_MASTER_KEY: 'changeme-changeme-changeme-changeme' } },
    /INLET_MASTER_KEY cannot be used/,
  ],
  [
    'a short administrator’s key (S17)',
    { env: { DATABASE_URL: nowhere, INLET_MASTER_KEY: masterKey, INLET_ADMIN_KEY: 'admin' } },
    /INLET_ADMIN_KEY has 5 characters/,
  ],
  // One that is nobody's: whoever looks at the processes meanwhile sees it, which is what the refusal is about.
  ['a secret on the command line (S18)', { args: ['--master-key', 'x'.repeat(32)] }, /would show the key to everyone/],
  [
    'a password on the command line (S18)',
    { args: ['--database-url', 'postgres://a:geheim-77@h/d'], env: { INLET_MASTER_KEY: masterKey } },
    /--database-url holds a password/,
  ],
  [
    'a broker without its port',
    { env: { KAFKA_BROKERS: 'localhost' } },
    /KAFKA_BROKERS: "localhost" is not .*host:port/,
  ],
  [
    'a Kafka for several machines beside the database of one',
    { env: { KAFKA_BROKERS: '127.0.0.1:1' } },
    /The embedded PostgreSQL serves one process on one machine.*Set DATABASE_URL/,
  ],
]

describe('what it refuses', () => {
  it.concurrent.each(wrong)(
    'stops at %s with a sentence and exit code 1',
    async (_what, options, says) => {
      const { code, out, err } = await lastWords(options)
      expect(err).toMatch(says)
      expect(err).toMatch(/^Inlet cannot start\. .+\n$/)
      expect(err).not.toMatch(/geheim-77|\n\s+at /)
      expect([code, out]).toEqual([1, ''])
    },
    90_000,
  )

  it('G24 says before all else that files on the disk of one machine do not fit a log for several, and goes on', async () => {
    const kafka = { KAFKA_BROKERS: '127.0.0.1:1', INLET_BLOBS: 'disk' }
    const { out, err } = await lastWords({ env: { DATABASE_URL: nowhere, INLET_MASTER_KEY: masterKey, ...kafka } })
    expect(`${out}${err}`).toMatch(/INLET_BLOBS is disk and KAFKA_BROKERS is set.*set INLET_BLOBS to postgres or s3\./)
    expect(err).toMatch(/Inlet cannot start\. (?!INLET_BLOBS).+\n$/)
  }, 90_000)

  it('says which address is taken, and ends', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const database = await freshDatabase()
    const env = { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey, INLET_PORT: String(port) }
    const { code, err } = await lastWords({ env })
    other.close()
    await database.close()
    expect(code).toBe(1)
    expect(err).toMatch(new RegExp(`^Inlet cannot start\\. 127\\.0\\.0\\.1:${port} .*another process has it.*\\n$`))
  }, 60_000)

  it('names a database that does not answer or is not there, without its password (S18), says what to set, and ends', async () => {
    const there = await freshDatabase()
    const elsewhere = new URL(there.url)
    elsewhere.pathname = '/no-such-database'
    const said = async (DATABASE_URL: string): Promise<string> => {
      const { code, err } = await lastWords({ env: { DATABASE_URL, INLET_MASTER_KEY: masterKey } })
      expect(code).toBe(1)
      expect(err).not.toMatch(/geheim-77|\n\s+at /)
      return err
    }
    expect(await said('postgres://inlet:geheim-77@127.0.0.1:1/inlet')).toMatch(
      /^Inlet cannot start\. PostgreSQL at inlet@127\.0\.0\.1:1\/inlet cannot be used\. Check that DATABASE_URL is right.*ECONNREFUSED.*\n$/,
    )
    expect(await said(elsewhere.href)).toMatch(
      /^Inlet cannot start\. .*has no database of that name.*DATABASE_URL.*\n$/,
    )
    await there.close()
  }, 60_000)
})

it('--help lists every setting with its default, and ends well', async () => {
  const { code, out, err } = await lastWords({ args: ['--help'] })
  expect([code, err]).toEqual([0, ''])
  for (const word of ['--port, INLET_PORT', '(8080)', 'INLET_MASTER_KEY', 'DATABASE_URL', '--only', '--grace-seconds'])
    expect(out).toContain(word)
}, 60_000)

describe('a new directory and no settings', () => {
  it('S25 D60 starts with its own database and keys, tells where they lie, shows none (S18), and lets the first administrator in', async () => {
    const data = join(newFolder(), 'data')
    const gateway = await startGateway({ data, env: { INLET_ADMIN_KEY: '' } })
    const key = keyIn(data)
    expect(key.length).toBeGreaterThan(20)
    expect(gateway.stdout()).toContain(join(data, 'admin.key'))
    expect(gateway.stdout().trimEnd().split('\n').at(-1)).toBe(`Inlet is ready at ${gateway.address}`)
    expect(gateway.stdout() + gateway.stderr()).not.toContain(key)
    expect((await gateway.call('GET', '/v1/tickets', { key })).status).toBe(200)

    // S32: nobody else on the machine can read what it keeps; as root, the database's own account may pass the folder.
    const open = everythingIn(data).filter(({ mode }) => (mode & 0o067) !== 0)
    expect(open).toEqual([])
    // S29: loopback only, whatever name is asked for.
    expect(new URL(gateway.address).hostname).toBe('127.0.0.1')
    expect(listening(gateway.pid)).toEqual([`127.0.0.1:${new URL(gateway.address).port}`])

    // G24: one directory has one gateway, and the second is told whose it is.
    const second = await lastWords({ data })
    expect(second.code).toBe(1)
    expect(second.err).toMatch(/^Inlet cannot start\. /)
    expect(second.err).toContain(String(gateway.pid))
    expect(second.err).toContain(gateway.address)
    expect(second.err).toContain('For several processes of one gateway, on this machine or others, set DATABASE_URL')
    expect((await gateway.call('GET', '/readyz', { key: null })).status).toBe(200)

    // Also one that would run only a part beside it.
    expect((await lastWords({ data, args: ['--only', 'workers'] })).err).toContain('set DATABASE_URL')

    // S25: the README's lines, by the link that lies beside the key and stands nowhere else.
    const link = readFileSync(join(data, 'setup.link'), 'utf8').trim()
    expect(gateway.stdout()).toContain(`lies in ${join(data, 'setup.link')}`)
    expect(gateway.stdout() + gateway.stderr()).not.toContain(link.slice(link.indexOf('#') + 1))
    const page = await gateway.call('GET', '/join', { key: null })
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("default-src 'none'"),
    ])
    const [lines = ''] = readmeLines('people')
    const signedIn = await runLines(lines, { url: gateway.address, data })
    expect(signedIn).toContain('"role":"administrator"')
    expect(signedIn).toContain('"hasPassword":true')
    expect(signedIn).not.toMatch(/"status":4\d\d/)

    gateway.kill('SIGTERM')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
    // And it comes back to what it had.
    const again = await startGateway({ data, env: { INLET_ADMIN_KEY: '' } })
    expect(keyIn(data)).toBe(key)
    expect([again.stdout().includes('Set-up'), existsSync(join(data, 'setup.link'))]).toEqual([false, false])
    expect((await again.call('GET', '/v1/tickets', { key })).status).toBe(200)
    again.kill('SIGINT')
    expect(await again.ended).toEqual({ code: 0, signal: null })
  }, 60_000)
})

function everythingIn(folder: string): readonly { readonly path: string; readonly mode: number }[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  return [folder, ...paths].flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    return found === undefined || found.isSocket() ? [] : [{ path, mode: found.mode & 0o777 }]
  })
}

/** Its TCP sockets that take calls, its database's too. */
function listening(pid: number): readonly string[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  const pids = [String(pid), ...children.split('\n').map((it) => it.trim())].filter((it) => it !== '')
  const lines = execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' }).split('\n')
  return lines
    .filter((line) => pids.some((it) => line.includes(`pid=${it},`)))
    .map((line) => line.trim().split(/\s+/)[3] ?? '')
}
