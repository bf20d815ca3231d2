// What the Containerfile copies and installs is enough for a gateway: its steps are done by hand, and the process it names is started from there.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/desk.ts'
import { masterKey } from '../../test/support/gateway-process.ts'
import { freePort } from '../../test/support/kafka-broker.ts'
import { metrics } from '../drivers/metric-names.ts'
import { containerfile, ignored } from './read-deploy.ts'

const house = resolve(import.meta.dirname, '../..')
const adminKey = 'inlet_admin_container_4kQ8mZ2vR7xN1bT6'
const steps = containerfile.map((line) => {
  const [, word = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? []
  return { word, rest }
})
const last = (word: string): string => steps.findLast((it) => it.word === word)?.rest ?? ''
let database: FreshDatabase
let image = ''
beforeAll(async () => {
  database = await freshDatabase()
  image = mkdtempSync(join(tmpdir(), 'inlet-image-'))
})
afterAll(async () => {
  rmSync(image, { recursive: true, force: true })
  await database.close()
})

/** As `npm ci --omit=dev --omit=optional` leaves them. */
function linkPackages(to: string): void {
  const lock = JSON.parse(readFileSync(join(house, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly [flag: string]: unknown }>>
  }
  const kept = Object.entries(lock.packages)
    .filter(([name, it]) => name !== '' && !(it['dev'] || it['optional'] || it['devOptional'] || it['peer']))
    .map(([name]) => name)
  // What lies inside another comes with it.
  for (const name of kept.filter((one) => one.lastIndexOf('node_modules/') === 0)) {
    mkdirSync(dirname(join(to, name)), { recursive: true })
    symlinkSync(join(house, name), join(to, name))
  }
}

/** What the ignore file keeps out of the build. */
const isIgnored = (path: string): boolean =>
  ignored
    .filter((line) => line !== '*' && !line.startsWith('!'))
    .some((line) =>
      line.startsWith('**/*')
        ? path.endsWith(line.slice(4))
        : line.startsWith('**/')
          ? basename(path) === line.slice(3)
          : path === join(house, line),
    )

it('S32 a process starts from what was copied, answers its health check, counts what the board shows, and ends at once when told', async () => {
  const copied = steps.filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from')).map((it) => it.rest)
  const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  for (const words of copied) {
    const [to = '', ...from] = words.split(' ').toReversed()
    for (const name of from) {
      expect(allowed).toContain(name)
      const target = from.length > 1 || to === './' ? join(image, to, name) : join(image, to)
      cpSync(join(house, name), target, { recursive: true, filter: (path) => !isIgnored(path) })
    }
  }
  linkPackages(image)
  const port = await freePort()
  const [program, ...words] = JSON.parse(last('ENTRYPOINT')) as readonly string[]
  expect(program).toBe('node')
  const env = Object.fromEntries(
    last('ENV')
      .split(' ')
      .map((one) => one.split('=') as [string, string]),
  )
  expect(env['INLET_DATA']).toBe(last('VOLUME'))
  const child = spawn(process.execPath, words, {
    cwd: image,
    env: {
      ...env,
      INLET_DATA: join(image, 'data'),
      INLET_PORT: String(port),
      DATABASE_URL: database.url,
      INLET_MASTER_KEY: masterKey,
      INLET_ADMIN_KEY: adminKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = listen(child)
  const ended = once(child, 'exit')
  try {
    await until(
      async () => said(),
      (text) => text.includes('Inlet is ready at') || child.exitCode !== null,
      60_000,
    )
    expect(said()).toContain('Inlet is ready at')
    expect(await healthCheck(port)).toBe(0)
    expect(await healthCheck(await freePort())).toBe(1)
    await fetch(`http://127.0.0.1:${port}/in/whatever/nobody`, { method: 'POST', body: '{}' })
    const page = await (
      await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } })
    ).text()
    for (const name of Object.keys(metrics)) expect(page).toContain(`# TYPE inlet_${name}`)
    expect(page).toMatch(/^inlet_answer_seconds_count\{channel="unknown",status="404"\} 1$/m)
    expect(page).toMatch(/^inlet_requests_total\{method="GET",route="\/healthz",status="200"\} 1$/m)
  } finally {
    child.kill((last('STOPSIGNAL') || 'SIGTERM') as NodeJS.Signals)
    await ended
  }
  expect(child.exitCode, said()).toBe(0)
}, 90_000)

function listen(child: ChildProcess): () => string {
  let text = ''
  const keep = (chunk: Buffer): void => void (text += chunk.toString())
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text
}

/** As the file has it, at another port. */
async function healthCheck(port: number): Promise<number | null> {
  const [, words = '[]'] = / CMD (\[.*\])$/.exec(last('HEALTHCHECK')) ?? []
  const [, ...args] = JSON.parse(words) as readonly string[]
  const own = args.map((word) => word.replace('127.0.0.1:8080', `127.0.0.1:${port}`))
  const [code] = (await once(spawn(process.execPath, own, { stdio: 'ignore' }), 'exit')) as [number | null]
  return code
}
