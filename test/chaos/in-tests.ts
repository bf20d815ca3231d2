// A chaos run inside a test: few rounds, on the run's own PostgreSQL, with leases of the dead ended instead of waited for.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { newFolder } from '../support/gateway-process.ts'
import type { OnceOptions } from './once.ts'
import { databaseAt } from './own-database.ts'
import type { Stage } from './stage.ts'
import { seed } from '../support/seed.ts'

export async function runInTest<T>(work: (options: Omit<OnceOptions, 'rounds'>) => Promise<T>): Promise<T> {
  const opened: FreshDatabase[] = []
  try {
    return await work({
      seed,
      ledgerPath: join(newFolder(), `${randomUUID()}.jsonl`),
      say: () => undefined,
      repliesMayWait: true,
      hurry,
      async database() {
        const made = await freshDatabase()
        opened.push(made)
        return databaseAt(made.url)
      },
    })
  } finally {
    for (const one of opened) await one.close()
  }
}

/** Called when nothing is asked for any more; what is truly being sent is given a moment. */
async function hurry({ database }: Stage): Promise<void> {
  await pause(500)
  await database?.ask(
    `update inlet.reply set lease_until = '-infinity' where state = 'sending' and lease_until < now() + interval '57 s'`,
  )
  await pause(700)
}
