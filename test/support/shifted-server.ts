// A PostgreSQL of a test's own that lives by a clock the test sets: what the database calls now is what everything decides by.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { binariesFor } from '../../infra/drivers/postgres-server/binaries.ts'
import { ensureCluster, passwordOf, plainEnvironment, superuser } from '../../infra/drivers/postgres-server/cluster.ts'
import { dropSocketDir, placeFor, shelf, socketDirFor } from '../../infra/drivers/postgres-server/place.ts'
import { keptLog } from './quiet-log.ts'
import type { ShiftedClock } from './shifted-clock.ts'

export interface ShiftedServer {
  /** As DATABASE_URL; an empty database, which a gateway makes its own. */
  readonly url: string
  stop(): Promise<void>
}
const readyWithinMs = 30_000
/** Nothing of a test has to outlive the machine. */
const settings = [
  'fsync=off',
  'max_connections=100',
  'listen_addresses=',
  'timezone=UTC',
  'max_locks_per_transaction=256',
]

/** `data`: a folder that is not there yet, below one that everybody may pass. */
export async function shiftedServer(clock: ShiftedClock, data: string): Promise<ShiftedServer> {
  mkdirSync(data, { recursive: true, mode: 0o755 })
  const place = await placeFor(data, keptLog())
  const binaries = await binariesFor({ account: place.account, copyTo: shelf })
  await ensureCluster(place, binaries)
  const socketDir = await socketDirFor(place)
  const own = [...settings, `unix_socket_directories=${socketDir}`].flatMap((it) => ['-c', it])
  const [file = '', ...words] = [...binaries.guard, binaries.postgres, '-D', place.cluster, ...own]
  const child = spawn(file, words, {
    ...place.account,
    cwd: place.directory,
    env: { ...plainEnvironment(), ...clock.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = once(child, 'close')
  const password = encodeURIComponent(await passwordOf(place))
  const urlOf = (name: string): string =>
    `postgres://${superuser}:${password}@localhost/${name}?host=${encodeURIComponent(socketDir)}`
  await make(urlOf('postgres'), () => (child.exitCode === null ? null : said))
  return {
    url: urlOf('shifted'),
    async stop() {
      child.kill('SIGINT')
      await ended
      await dropSocketDir(socketDir)
    },
  }
}

async function make(url: string, died: () => string | null): Promise<void> {
  const until = performance.now() + readyWithinMs
  for (;;) {
    const client = new Client({ connectionString: url })
    try {
      await client.connect()
      await client.query('create database shifted')
      return
    } catch (error) {
      if (died() !== null || performance.now() > until)
        throw new Error(`no shifted server: ${died() ?? ''}`, { cause: error })
      await pause(20)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}
