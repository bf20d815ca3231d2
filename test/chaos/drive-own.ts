// Drives and judges a gateway that somebody runs: nothing is killed here; who runs it breaks it as he likes meanwhile.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Surroundings } from '../../infra/commands/tool.ts'
import { sumOf } from './compare.ts'
import type { DeskSide } from './desk-side.ts'
import type { Fault } from './fault.ts'
import { reportOf, type Reported } from './report.ts'
import { runFault } from './run-fault.ts'
import { openOutside, type Stage } from './stage.ts'

export interface Own {
  readonly at: string
  readonly account: string
  readonly channel: string
  readonly data?: string
  readonly seed: number
  /** Another one each run: the installation remembers the people and ids of the runs before. */
  readonly mark: number
  readonly for: number
}

const sending: Fault = {
  id: 'own',
  says: 'messages with repeats, replies and changes of tickets at a gateway that somebody runs',
  settings: [],
  roundMs: 0,
  disturb: async () => undefined,
}
const pieceMs = 5_000

export async function driveOwn(own: Own, around: Surroundings): Promise<Reported> {
  const { seed, mark, account, channel, data } = own
  const ledgerPath = join(tmpdir(), `inlet-chaos-own-${seed}-${process.pid}.jsonl`)
  around.say(`${channel}/${account} at ${own.at} for ${own.for} s; the driver's ledger is ${ledgerPath}\n`)
  const opened = await openOutside(
    { seed, mark, account, channel, url: own.at, ledgerPath, ...(data === undefined ? {} : { data }) },
    around.env,
  )
  const stage: Stage = {
    ...opened,
    layout: 'one',
    members: [],
    door: null,
    database: null,
    kafka: null,
    folder: '',
    metrics: async () => [{ name: own.at, text: await countedOut(opened.desk) }],
    end: opened.endOutside,
  }
  const rounds = Math.max(1, Math.round((own.for * 1000) / pieceMs))
  const fault = {
    ...sending,
    disturb: () => pause(pieceMs, undefined, { signal: around.stop }).catch(() => undefined),
  }
  try {
    const run = runFault(fault, stage, { rounds, stop: around.stop, say: around.say })
    return await reportOf({ fault: 'own', layout: own.at, seed, says: sending.says }, run)
  } finally {
    await stage.end()
  }
}

/** Others may call it as well: a call that is under way is counted as received and not yet as anything else. */
async function countedOut(desk: DeskSide): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const text = String((await desk.once('GET', '/metrics')).body)
    if (sumOf(text, 'received') === sumOf(text, 'accepted') + sumOf(text, 'refused') || tries === 40) return text
    await pause(250)
  }
}
