// `npm run chaos`: breaks a gateway on purpose, under load, and judges from outside whether anything was lost or doubled.
import { randomInt } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { main, tool, ToolRefusal, type Surroundings } from '../../infra/commands/tool.ts'
import { allFaults } from './all-faults.ts'
import { driveOwn } from './drive-own.ts'
import type { Fault } from './fault.ts'
import { endMembers } from './member.ts'
import { once } from './once.ts'
import { ownServer } from './own-database.ts'
import { allWell, tableOf, wordsOf, writeReport, type Reported } from './report.ts'
import { newFolder } from './stage.ts'

export interface ChaosFlags {
  readonly rounds?: number
  readonly seed?: number
  readonly layout?: string
  readonly report: string
  readonly at?: string
  readonly account: string
  readonly channel: string
  readonly data?: string
  readonly for: number
}

const whole = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number.')
}

export const chaosTool = (around: Surroundings): Command =>
  tool(
    'chaos',
    'Breaks a gateway on purpose, under load, and judges from outside whether a message was lost or doubled. Exit code 1 when one was.',
  )
    .argument('[faults...]', 'F1, F3, kafka, kafka-F9 …; all of them when none is named')
    .option('--rounds <n>', 'so often each breaks; F1 200 times, the others as each says', whole)
    .option('--seed <n>', 'brings back the choices of a run: who writes what, what breaks when', whole)
    .option('--layout <name>', 'only this way to stand: one, whole, split, three, scaled')
    .option('--report <path>', 'table and JSON go there, with .txt and .json behind it', 'chaos-report')
    .option('--at <url>', 'drive and judge a gateway of your own; nothing is killed. Break it yourself meanwhile')
    .option('--account <id>', 'with --at: the stand-in account to send at; made when it is not there', 'chaos')
    .option('--channel <name>', 'with --at: whose vendor to play', 'whatsapp')
    .option('--data <folder>', 'with --at: its data directory, where admin.key lies; else INLET_ADMIN_KEY')
    .option('--for <seconds>', 'with --at: how long to send', whole, 60)
    .addHelpText('afterAll', '\nThe judgement is by the public API, the driver’s own ledger and the vendor’s stand-in.')
    .action((names: readonly string[], flags: ChaosFlags) => run(names, flags, around))

async function run(names: readonly string[], flags: ChaosFlags, around: Surroundings): Promise<void> {
  const seed = flags.seed ?? randomInt(2 ** 30)
  around.say(`Seed ${seed}; --seed ${seed} brings it back.\n`)
  const reported: Reported[] = []
  const tell = (one: Reported): void => {
    reported.push(one)
    writeReport(resolve(flags.report), reported)
  }
  if (flags.at === undefined) await runAll(await chosen(names, around), { flags, seed, around, tell })
  else tell(await driveOwn({ ...flags, at: flags.at, seed }, around))
  around.out(`\n${tableOf(reported)}\n${wordsOf(reported)}`)
  around.say(`Written to ${resolve(flags.report)}.txt and .json\n`)
  if (!allWell(reported)) throw new ToolRefusal('Not everything was as promised.')
}

async function chosen(names: readonly string[], around: Surroundings): Promise<readonly Fault[]> {
  const all = await allFaults()
  const wanted = names.map((it) => it.toUpperCase())
  const unknown = wanted.filter((name) => !all.some((it) => matches(it, name)))
  if (unknown.length > 0)
    throw new ToolRefusal(
      `There is no fault ${unknown.join(', ')}. There are:\n${all.map((it) => `  ${it.id}  ${it.says}\n`).join('')}`,
    )
  for (const { id, says } of all.filter((it) => wanted.includes(it.id))) around.say(`${id}: ${says}\n`)
  return wanted.length === 0 ? all : all.filter((it) => wanted.some((name) => matches(it, name)))
}
const matches = ({ id }: Fault, name: string): boolean =>
  id.toUpperCase() === name || id.toUpperCase().startsWith(`${name}-`)

interface Running {
  readonly flags: ChaosFlags
  readonly seed: number
  readonly around: Surroundings
  readonly tell: (one: Reported) => void
}
async function runAll(faults: readonly Fault[], { flags, seed, around, tell }: Running): Promise<void> {
  const folder = await newFolder()
  const server = await ownServer(join(folder, 'server'))
  try {
    for (const fault of faults) {
      if (fault.needsRoot === true && process.getuid?.() !== 0) {
        around.say(`${fault.id} is left out: only root can do it.\n`)
        continue
      }
      for (const setting of fault.settings.filter((it) => flags.layout === undefined || it.layout === flags.layout)) {
        if (around.stop.aborted) return
        const { layout } = setting
        around.say(`${fault.id}, ${layout}: ${fault.says}\n`)
        const one = { fault: fault.id, layout, seed, says: fault.says }
        const ledgerPath = join(tmpdir(), `inlet-chaos-${fault.id}-${layout}-${seed}-${process.pid}.jsonl`)
        const rounds = Math.ceil(
          (flags.rounds ?? fault.rounds ?? 10) / (flags.layout === undefined ? fault.settings.length : 1),
        )
        const options = { seed, ledgerPath, rounds, stop: around.stop, say: around.say, database: server.database }
        const ended = await once(fault, setting, options).then(
          (outcome) => ({ ...one, outcome }),
          (error: unknown) => ({
            ...one,
            outcome: null,
            broke: error instanceof Error ? error.message : String(error),
          }),
        )
        tell(ended)
        if (allWell([ended])) await rm(ledgerPath, { force: true })
        else around.say(`The driver's ledger is kept: ${ledgerPath}\n`)
      }
    }
  } finally {
    await endMembers()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) await main(chaosTool)
