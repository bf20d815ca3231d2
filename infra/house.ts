// The parts of a gateway, put together from a database and settings: who gets what. main.ts decides which of them run.
import { join } from 'node:path'
import type { WorkspaceId } from '../schemas/ids.ts'
import type { AnyChannel, Edges } from '../core/ports/channel.ts'
import type { Commands } from '../core/ports/command.ts'
import type { BlobStore, Clock, FileLinks, Http, Logger } from '../core/ports/edges.ts'
import type { EventLog } from '../core/ports/event-log.ts'
import type { Keys, Queries } from '../core/ports/queries.ts'
import type { Passwords, SignIns } from '../core/ports/signing-in.ts'
import type { Store } from '../core/ports/store.ts'
import type { Registry } from '../core/registry.ts'
import { makeNames, type Names } from '../core/runtime/ask-names.ts'
import { makeDirectory, type Directory } from '../core/runtime/directory.ts'
import { edgesOf } from '../core/runtime/edges-of.ts'
import { partitionOf } from '../core/runtime/partition.ts'
import { makeCommands } from '../core/runtime/run-command.ts'
import { vendorCall } from '../connectors/_shared/http.ts'
import { makeDiskBlobs } from './drivers/blobs-disk.ts'
import { makeLocalBlobs } from './drivers/blobs-local.ts'
import { makePostgresBlobs } from './drivers/blobs-postgres.ts'
import type { S3Place } from './drivers/blobs-s3.ts'
import type { Database } from './drivers/database.ts'
import { makeFileLinks } from './drivers/file-links.ts'
import { makeGuardedFetch } from './drivers/guarded-fetch.ts'
import type { MasterKey } from './drivers/master-key.ts'
import type { PublishedMeter } from './drivers/metrics.ts'
import { makePasswords } from './drivers/passwords.ts'
import { makeSecrets, type KeptSecrets } from './drivers/secrets.ts'
import { openPostgresLog, type HouseLog, type LogNeeds } from './open-log.ts'
import { registryFacts } from './registry-facts.ts'
import { dataKeysIn } from './store/data-keys.ts'
import { makeStore } from './store/index.ts'
import { makeKeys } from './store/queries/keys.ts'
import { makeQueries } from './store/queries/index.ts'
import { makeSignIns } from './store/queries/sign-ins.ts'
import type { Limits } from './store/queues/deliveries.ts'
import { makeQueues, type Queues } from './store/queues/index.ts'

export interface HouseNeeds {
  readonly database: Database
  readonly registry: Registry
  readonly masterKey: MasterKey
  readonly meter: PublishedMeter
  readonly clock: Clock
  readonly logger: Logger
  readonly data: string
  readonly blobs: 'disk' | 'postgres' | S3Place
  /** Where the world reaches it; nowhere when absent. */
  readonly publicUrl?: string | null
  /** The one in PostgreSQL when absent. */
  readonly openLog?: (needs: LogNeeds) => Promise<HouseLog>
  /** Otherwise than this log has it. */
  readonly emitInto?: HouseLog['emitInto']
  /** For tests and tours: what passes through a port. */
  readonly wrap?: <T extends object>(name: string, port: T) => T
}
export interface House extends Omit<HouseNeeds, 'blobs' | 'publicUrl' | 'wrap' | 'masterKey' | 'openLog' | 'emitInto'> {
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly log: EventLog
  readonly logWhere: string
  readonly watchLog: HouseLog['watch']
  readonly hearRaised: HouseLog['hearRaised']
  readonly care: HouseLog['care']
  readonly lags: HouseLog['lags']
  readonly store: Store
  readonly queues: Queues
  readonly queries: Queries
  readonly keys: Keys
  readonly signIns: SignIns
  readonly passwords: Passwords
  readonly commands: Commands
  readonly secrets: KeptSecrets
  readonly blobs: BlobStore
  readonly links: FileLinks
  readonly http: Http
  readonly directory: Directory
  readonly partitions: number
  readonly names: Names
  edges(workspace: WorkspaceId): Edges
  close(): Promise<void>
}

/** Sends under way at once to one account: a vendor that hangs may not take every place (G22). */
const sendsPerAccount = 16

export async function buildHouse(needs: HouseNeeds): Promise<House> {
  const { database, registry, clock, logger, data } = needs
  const wrap = needs.wrap ?? ((_name, port) => port)
  const { channels } = registry
  const open = needs.openLog ?? openPostgresLog
  const opened = await open({ database, clock, logger, meter: needs.meter, workers: registry.workers })
  const { partitions } = opened
  const log = wrap('log', timed(opened.log, needs))
  const secrets = makeSecrets({ masterKey: needs.masterKey, dataKeys: dataKeysIn(database), clock, data })
  const blobs = wrap('blobs', await blobsOf(needs, opened.namesBlobsForMs))
  const emitInto = needs.emitInto ?? opened.emitInto
  const { nudge } = opened
  const emitting = { database, emitInto, partitionOf: (key: string) => partitionOf(key, partitions) }
  const limits = new Map([...channels].map(([name, channel]) => [name, limitsOf(channel)]))
  const readers = registry.workers.map((worker) => worker.name)
  const madeQueues = makeQueues({
    ...emitting,
    clock,
    secrets,
    limits,
    readers,
    nudge,
    atOncePerAccount: sendsPerAccount,
  })
  const queues = wrapEach(madeQueues, wrap)
  const registryKnows = registryFacts(channels)
  const store = wrap(
    'store',
    makeStore({ ...emitting, registry: registryKnows, nudge: (committed) => madeQueues.nudge(committed) }),
  )
  const directory = makeDirectory({ accounts: queues.accounts, channels, secrets, clock, logger })
  const http: Http = {
    call: vendorCall,
    fetch: makeGuardedFetch({ trusts: (origin) => typedOrigins(directory).has(origin) }),
  }
  const links = makeFileLinks({ ring: secrets.ring, publicUrl: needs.publicUrl ?? null })
  return {
    ...needs,
    channels,
    log,
    logWhere: opened.where,
    watchLog: opened.watch,
    hearRaised: opened.hearRaised,
    care: opened.care,
    lags: opened.lags,
    store,
    queues,
    queries: makeQueries({ database, ...registryKnows }),
    keys: makeKeys(database.pool('loops')),
    signIns: makeSignIns(database),
    passwords: makePasswords(),
    commands: makeCommands({ store, clock, meter: needs.meter }),
    secrets,
    blobs,
    links,
    http,
    directory,
    partitions,
    names: makeNames({ ...needs, log, blobs, http, links, directory, channels }),
    edges: (workspace) => edgesOf({ clock, http, blobs, links }, workspace, logger),
    close: () => opened.log.close(),
  }
}

/** How long what was kept took to be durable; what was refused is counted where it is answered. */
const timed = (log: EventLog, { clock, meter }: Pick<HouseNeeds, 'clock' | 'meter'>): EventLog => ({
  ...log,
  async append(batch, signal) {
    const began = clock.ticks()
    await log.append(batch, signal)
    meter.observe('append_seconds', (clock.ticks() - began) / 1000)
  },
})

const limitsOf = ({ limits, limitsBy }: AnyChannel): Limits =>
  limitsBy === undefined ? limits : { limits, ...limitsBy }

/** What only the log names must not be collected while it may be read from there. */
async function blobsOf({ blobs, data, database, clock }: HouseNeeds, namesForMs: number | null): Promise<BlobStore> {
  const young = namesForMs === null ? {} : { youngForMs: namesForMs }
  const spoolFolder = join(data, 'spool')
  const inDatabase = makePostgresBlobs({ database, spoolFolder, ...young })
  if (blobs === 'postgres') return inDatabase
  if (blobs === 'disk') return makeLocalBlobs({ files: makeDiskBlobs({ data, ...young }), database: inDatabase })
  // Loaded only where it is used.
  const { makeS3Blobs } = await import('./drivers/blobs-s3.ts')
  const inBucket = makeS3Blobs({ place: blobs, clock, spoolFolder, ...young })
  await inBucket.check()
  return makeLocalBlobs({ files: inBucket, database: inDatabase })
}

function wrapEach(queues: Queues, wrap: NonNullable<HouseNeeds['wrap']>): Queues {
  const entries = Object.entries(queues).map(([name, port]: [string, unknown]) => [
    name,
    typeof port === 'object' && port !== null ? wrap(name, port) : port,
  ])
  return Object.fromEntries(entries) as Queues
}

/** What administrators typed as an account's address is trusted as written; whatever comes with data is not. */
function typedOrigins(directory: Directory): ReadonlySet<string> {
  const texts = directory
    .all()
    .flatMap((account) => Object.values(account.settings).filter((it) => typeof it === 'string'))
  return new Set(
    texts.filter((text) => /^https?:\/\//.test(text) && URL.canParse(text)).map((text) => new URL(text).origin),
  )
}
