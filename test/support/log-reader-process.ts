// A process that reads a log until it is killed, and says what it has in hand and what it finished.
import { systemClock } from '../../infra/drivers/clock.ts'
import { openDatabase } from '../../infra/drivers/database.ts'
import { kafkaLog } from '../../infra/drivers/log-kafka.ts'
import { postgresLog } from '../../infra/drivers/log-postgres.ts'
import type { EventLog } from '../../core/ports/event-log.ts'
import { keptLog } from './quiet-log.ts'

export interface ReaderOrder {
  readonly databaseUrl?: string
  /** With a database beside it, the process is present there. */
  readonly kafka?: { readonly broker: string; readonly prefix: string; readonly sessionMs: number }
  readonly group: string
  readonly forMs: number
}
const order = JSON.parse(process.argv[2] ?? '{}') as ReaderOrder

async function open(): Promise<EventLog> {
  const log = keptLog()
  const database =
    order.databaseUrl === undefined ? null : await openDatabase({ databaseUrl: order.databaseUrl, dataDir: '', log })
  if (order.kafka === undefined) return postgresLog({ database: database!, clock: systemClock, log })
  const { broker, ...options } = order.kafka
  await database?.presence.show()
  const presence = database?.presence ?? null
  return kafkaLog({ address: { brokers: [broker] }, clock: systemClock, log, presence, ...options })
}

const eventLog = await open()
const say = (what: string) => process.stdout.write(`${what}\n`)
const never = new AbortController().signal
await eventLog.consume(
  order.group,
  ['message.received'],
  async (batch) => {
    for (const { id } of batch) say(`handling ${id}`)
    await systemClock.sleep(order.forMs, never)
    for (const { id } of batch) say(`handled ${id}`)
  },
  never,
)
