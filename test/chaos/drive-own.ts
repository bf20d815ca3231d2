// Drives and judges a gateway that somebody runs: nothing is killed here; who runs it breaks it as he likes meanwhile.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Surroundings } from '../../infra/commands/tool.ts'
import type { Fault } from './fault.ts'
import type { Reported } from './report.ts'
import { runFault } from './run-fault.ts'
import { openOutside, type Stage } from './stage.ts'

export interface Own {
  readonly at: string
  readonly account: string
  readonly channel: string
  readonly data?: string
  readonly seed: number
  readonly for: number
}

const sending: Fault = {
  id: 'own',
  says: 'messages with repeats, replies and changes of tickets at a gateway that somebody runs',
  settings: [],
  roundMs: 0,
  disturb: async () => undefined,
}

export async function driveOwn(own: Own, around: Surroundings): Promise<Reported> {
  const { seed, account, channel, data } = own
  const ledgerPath = join(tmpdir(), `inlet-chaos-own-${seed}-${process.pid}.jsonl`)
  around.say(`${channel}/${account} at ${own.at} for ${own.for} s; the driver's ledger is ${ledgerPath}\n`)
  const opened = await openOutside(
    { seed, account, channel, url: own.at, ledgerPath, ...(data === undefined ? {} : { data }) },
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
    async metrics() {
      const { body } = await opened.desk.once('GET', '/metrics')
      return [{ name: own.at, text: String(body) }]
    },
    end: opened.endOutside,
  }
  const pieceMs = 5_000
  const rounds = Math.max(1, Math.round((own.for * 1000) / pieceMs))
  try {
    const fault = {
      ...sending,
      disturb: () => pause(pieceMs, undefined, { signal: around.stop }).catch(() => undefined),
    }
    const outcome = await runFault(fault, stage, { rounds, stop: around.stop, say: around.say })
    return { fault: 'own', layout: own.at, seed, says: sending.says, outcome }
  } finally {
    await stage.end()
  }
}
