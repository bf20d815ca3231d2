// A chaos run inside a test: few rounds, on the run's own PostgreSQL, with leases of the dead ended instead of waited for.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { newFolder } from '../support/gateway-process.ts'
import { seed } from '../support/seed.ts'
import type { Fault, Setting } from './fault.ts'
import { once, type OnceOptions } from './once.ts'
import { databaseAt } from './own-database.ts'
import { drained, judged, runFault } from './run-fault.ts'
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

/** A round of a fault on a gateway of its own: everything that was taken is where it belongs. */
export async function holdsAlone(fault: Fault): Promise<void> {
  const { findings, accepted } = await runInTest((options) =>
    once(fault, fault.settings[0]!, { ...options, rounds: 1 }),
  )
  holds(findings, accepted)
}
/** So many rounds of one of several faults that share a gateway. */
export async function holdsOn({ stage, options }: StageInTest, fault: Fault, rounds: number): Promise<void> {
  const before = stage.ledger.accepted().length
  const { findings, accepted } = await runFault(fault, stage, { ...options, rounds })
  holds(findings, accepted - before)
}
function holds(findings: unknown, accepted: number): void {
  expect(findings, `seed ${seed}`).toEqual({ lost: [], doubled: [], empty: [], wrong: [] })
  expect(accepted).toBeGreaterThan(15)
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
