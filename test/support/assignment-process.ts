// A process of its own that assigns on a given database until it is killed: the worker and the clock of its wake-ups, as a gateway runs them.
import { readRegistry } from '../../core/registry.ts'
import { runWorker } from '../../core/runtime/run-worker.ts'
import { wake } from '../../core/runtime/wake.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { openDatabase } from '../../infra/drivers/database.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { masterKeyFrom } from '../../infra/drivers/master-key.ts'
import { makeMeter } from '../../infra/drivers/metrics.ts'
import { buildHouse } from '../../infra/house.ts'
import { keptLog } from './quiet-log.ts'

export interface AssignmentOrder {
  readonly databaseUrl: string
  readonly data: string
}
const order = JSON.parse(process.argv[2] ?? '{}') as AssignmentOrder
const logger = keptLog()
const house = await buildHouse({
  database: await openDatabase({ databaseUrl: order.databaseUrl, dataDir: '', log: logger }),
  meter: makeMeter({ ofProcess: false, onFault: (what) => process.stderr.write(`${what}\n`) }),
  logger,
  data: order.data,
  registry: await readRegistry(foldersOf()),
  masterKey: masterKeyFrom('a master key for walks, of no other use'),
  clock: systemClock,
  blobs: 'disk',
  emitInto: 'log',
})
const assignment = house.registry.workers.find(({ name }) => name === 'assignment')
if (assignment === undefined) throw new Error('there is no worker called assignment')
const never = new AbortController().signal
process.stdout.write('ready\n')
await Promise.all([
  runWorker(assignment, { ...house, attempts: house.queues.attempts }, never),
  wake({ ...house, wakeups: house.queues.wakeups }, never),
])
