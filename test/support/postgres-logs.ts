// PostgreSQL logs for tests: one for the contract suite, one with its database in hand.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { EventLog } from '../../core/ports/event-log.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { postgresLog, type PostgresLog, type PostgresLogOptions } from '../../infra/drivers/log-postgres.ts'
import { eventRow } from '../../infra/drivers/log-postgres/encode.ts'
import type { LogUnderTest } from '../contracts/event-log.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'
import type { ReaderOrder } from './log-reader-process.ts'
import { anEvent } from './make.ts'
import { keptLog } from './quiet-log.ts'

const readerScript = join(import.meta.dirname, 'log-reader-process.ts')

export async function postgresLogUnderTest(): Promise<LogUnderTest> {
  const database = await freshDatabase()
  const opened: EventLog[] = []
  const asOwner = async (...statements: readonly (readonly [string, ...unknown[]])[]) => {
    const client = await database.pool('owner').connect()
    await client.query('begin')
    for (const [text, ...values] of statements) await client.query(text, values)
    return async () => {
      await client.query('commit')
      client.release()
    }
  }
  return {
    pollMs: 500,
    async open({ deaf = false, ...options } = {}) {
      const log = await postgresLog({ database, clock: systemClock, log: keptLog(), wakeUps: !deaf, ...options })
      opened.push(log)
      return log
    },
    holdOpen: (event) => asOwner(['select log_append(null, null, $1)', `[${eventRow(event, 12)}]`]),
    hang: () => asOwner(['lock table log_setting, log_partition in exclusive mode']),
    // A NUL is no text to PostgreSQL.
    unstorable: anEvent({ data: { text: 'a\u0000b' } }),
    async writes() {
      const { rows } = await database.pool('owner').query('select count(distinct xmin::text) as writes from log_event')
      return Number(rows[0].writes)
    },
    process(group, forMs) {
      const order: ReaderOrder = { databaseUrl: database.url, group, forMs }
      return spawn(process.execPath, [readerScript, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
    },
    async close() {
      for (const log of opened) await log.close()
      await database.close()
    },
  }
}
export interface OpenedLog {
  readonly log: PostgresLog
  readonly lines: ReturnType<typeof keptLog>['lines']
  readonly database: FreshDatabase
  /** Another process on the same log. */
  another(): Promise<PostgresLog>
  /** As the owner of the tables. */
  sql<Row = Record<string, unknown>>(text: string, ...values: readonly unknown[]): Promise<readonly Row[]>
}

/** Closed with the test. */
export async function openedLog(options: Partial<PostgresLogOptions> = {}): Promise<OpenedLog> {
  const database = await freshDatabase()
  const kept = keptLog()
  const logs: PostgresLog[] = []
  const another = async (): Promise<PostgresLog> => {
    const log = await postgresLog({ database, clock: systemClock, log: kept, ...options })
    logs.push(log)
    return log
  }
  onTestFinished(async () => {
    for (const log of logs) await log.close()
    await database.close()
  })
  const sql = async <Row>(text: string, ...values: readonly unknown[]): Promise<readonly Row[]> =>
    (await database.pool('owner').query(text, [...values])).rows as readonly Row[]
  return { log: await another(), lines: kept.lines, database, another, sql }
}
