// A chaos run inside a test: few rounds, on the run's own PostgreSQL, with leases of the dead ended instead of waited for.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { newFolder } from '../support/gateway-process.ts'
import { seed } from '../support/seed.ts'
import type { Setting } from './fault.ts'
import type { OnceOptions } from './once.ts'
import { databaseAt } from './own-database.ts'
import { drained, judged } from './run-fault.ts'
import { openStage, type Stage } from './stage.ts'

type Options = Omit<OnceOptions, 'rounds'>

export async function runInTest<T>(work: (options: Options) => Promise<T>): Promise<T> {
  const { options, close } = optionsInTest()
  try {
    return await work(options)
  } finally {
    await close()
  }
}

export interface StageInTest {
  readonly stage: Stage
  readonly options: Options
  /** Everything that was accepted is waited for, then ledger, tickets, feed, parked and vendor are compared. */
  judge(fault?: Parameters<typeof judged>[2]): ReturnType<typeof judged>
  close(): Promise<void>
}
/** One gateway for several faults or crowds; each test of a file goes on where the last one ended, and is judged with all before it. */
export async function stageInTest(setting: Setting): Promise<StageInTest> {
  const { options, close } = optionsInTest()
  const stage = await openStage({ ...options, setting })
  return {
    stage,
    options,
    async judge(fault) {
      const once = { ...options, rounds: 1 }
      await drained(stage, once)
      return judged(stage, once, fault)
    },
    async close() {
      await stage.end()
      await close()
    },
  }
}

function optionsInTest() {
  const opened: FreshDatabase[] = []
  const options: Options = {
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
  }
  return {
    options,
    async close() {
      for (const one of opened) await one.close()
    },
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
