// The one place where a gateway is started: reads the settings, opens the database, puts the parts together, serves, stops.
import { mkdir } from 'node:fs/promises'
import { isGatewayError, messageOf, treatments } from '../core/errors.ts'
import type { Logger } from '../core/ports/edges.ts'
import { readRegistry } from '../core/registry.ts'
import { stopInOrder } from '../core/runtime/stop.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import { loadAdminKey } from './drivers/admin-key.ts'
import { systemClock } from './drivers/clock.ts'
import { openDatabase, type Database } from './drivers/database.ts'
import { firstConnection } from './drivers/database-refused.ts'
import { foldersOf } from './drivers/folders.ts'
import { makeBell } from './drivers/bell.ts'
import { makeLogger, type LogLevel } from './drivers/logger.ts'
import { leaseOwner } from './drivers/lease-owners.ts'
import { loadMasterKey } from './drivers/master-key.ts'
import { makeMeter } from './drivers/metrics.ts'
import { migrate } from './drivers/migrate.ts'
import { keepSecret } from './drivers/secret-values.ts'
import { offerFirst } from './first-link.ts'
import { buildHouse, type House } from './house.ts'
import { startParts } from './parts.ts'
import { serve } from './serve.ts'
import { openLog } from './open-log.ts'
import { bucketIn } from './settings-s3.ts'
import { settingsHelp, settingsOfProcess, warningsOf, type Settings } from './settings.ts'
import { watchGauges } from './watch-gauges.ts'
import { parts } from './settings-table.ts'

/** Always there. */
const firstWorkspace = 'main' as WorkspaceId
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(): Promise<void> {
  const settings = settingsOfProcess()
  if (settings.help) return say(settingsHelp())
  if (settings.databaseUrl !== null) keepSecret(decodeURIComponent(new URL(settings.databaseUrl).password))
  for (const secret of [settings.kafkaPassword, settings.s3SecretKey]) if (secret !== null) keepSecret(secret)
  const logger = makeLogger({ level: settings.log as LogLevel })
  for (const warning of warningsOf(settings)) logger.warn(warning)
  const database = await openDatabase({
    databaseUrl: settings.databaseUrl ?? undefined,
    dataDir: settings.data,
    log: logger,
  })
  try {
    await run(settings, database, logger)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function run(settings: Settings, database: Database, logger: Logger): Promise<void> {
  const { house, adminKey, masterKey } = await openHouse(settings, database, logger)
  const stopping = new AbortController()
  const following = await house.directory.follow(stopping.signal)
  const fed = makeBell()
  let address = ''
  const server = serve(house, {
    settings,
    adminKey: adminKey.key,
    fed,
    stopping: stopping.signal,
    willing: () => !stopping.signal.aborted,
    publicUrl: () => settings.publicUrl ?? address,
  })
  watchGauges(house)
  // The address first: where it is taken, nothing has begun that would have to be ended.
  address = await server.listen()
  // Before it holds anything by that name: the others let go of what those hold who are not there.
  await database.presence.show()
  const loops = startParts(house, { ...settings, owner: leaseOwner(database.presence), fed })
  await database.announce(address)
  tellWhere(settings, house, { keyPath: adminKey.path, made: masterKey.made })
  const setUp = settings.only.includes('api') ? await offerFirst(house, settings.publicUrl ?? address) : null
  if (setUp !== null) say(setUp)
  say(`Inlet is ready at ${address}`)
  const done = Promise.resolve()
  const stages = [
    [{ name: 'http', stop: () => server.close(), ended: done }],
    [...loops, { name: 'accounts', stop: () => undefined, ended: following.ended }],
    [{ name: 'log', stop: () => house.close(), ended: done }],
    [{ name: 'database', stop: () => database.close(), ended: done }],
  ]
  stopOnSignal(async () => {
    stopping.abort() // readiness is off from here on
    const clean = await stopInOrder(stages, { clock: systemClock, logger, graceSeconds: settings.graceSeconds })
    process.exit(clean ? (process.exitCode ?? 0) : 1)
  })
}

async function openHouse(settings: Settings, database: Database, logger: Logger) {
  await mkdir(settings.data, { recursive: true, mode: 0o700 })
  if (!database.embedded) await firstConnection(database.pool('owner'), database.where)
  await migrate(database.pool('owner'), { log: logger })
  const masterKey = await loadMasterKey(settings)
  const adminKey = await loadAdminKey(settings)
  const registry = await readRegistry(foldersOf())
  const meter = makeMeter({
    onFault: (what) => logger.warn('a metric is not told as it should be', { what }),
  })
  const { data, publicUrl } = settings
  const house = await buildHouse({
    database,
    registry,
    masterKey,
    meter,
    clock: systemClock,
    logger,
    data,
    blobs: settings.blobs === 's3' ? bucketIn(settings) : settings.blobs,
    publicUrl,
    openLog: (needs) => openLog(settings, needs),
  })
  // The first key, before there is a secret: of two machines with two master keys one hears it now, not the vendor whose call cannot be opened.
  if (!database.embedded) await house.secrets.ring.newest(firstWorkspace)
  await house.secrets.check()
  return { house, adminKey, masterKey }
}

/** The first signal asks, the second one does not (G16). */
function stopOnSignal(stop: () => Promise<void>): void {
  let asked = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143)
    asked = true
    stop().catch((error: unknown) => {
      process.stderr.write(`Stopping failed: ${messageOf(error)}\n`)
      process.exit(1)
    })
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

const filesIn = ({ blobs, data, s3Bucket }: Settings): string =>
  ({ disk: data, postgres: 'the database', s3: `the bucket ${s3Bucket}` })[blobs]

function tellWhere(
  settings: Settings,
  house: House,
  keys: { readonly keyPath: string | null; readonly made: string | null },
): void {
  const accounts = house.directory.all()
  const named = accounts.slice(0, 10).map((it) => `${it.channel}/${it.id} (${it.state})`)
  say(`Data: ${house.database.where}; files in ${filesIn(settings)}`)
  say(`Log: ${house.logWhere}, ${house.partitions} partitions`)
  const elsewhere = parts.filter((part) => !settings.only.includes(part))
  if (house.database.embedded && elsewhere.length > 0)
    say(
      `Parts: ${settings.only.join(', ')} alone. The embedded database serves this one process: nothing runs ${elsewhere.join(', ')}. For those in processes of their own set DATABASE_URL.`,
    )
  if (keys.made !== null)
    say(`A master key was made at ${keys.made}. Keep a copy: without it the stored secrets cannot be opened.`)
  say(keys.keyPath === null ? 'Admin key: as given in INLET_ADMIN_KEY' : `Admin key: in ${keys.keyPath}`)
  say(
    accounts.length === 0
      ? 'Accounts: none yet. Try: npm run demo, or npm run simulate -- <channel>'
      : `Accounts: ${named.join(', ')}${accounts.length > 10 ? `, and ${accounts.length - 10} more` : ''}`,
  )
  say('Next: /docs shows the API, npm run apply -- inlet.yaml sets it up')
}

main().catch((error: unknown) => {
  const known = isGatewayError(error) && treatments[error.code] === 'stop'
  process.stderr.write(
    known
      ? `Inlet cannot start. ${error.message}\n`
      : `Inlet cannot start: ${messageOf(error)}\n${error instanceof Error ? (error.stack ?? '') : ''}\n`,
  )
  process.exit(1)
})
