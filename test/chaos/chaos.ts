// `npm run chaos`: breaks a gateway on purpose, under load, and judges from outside whether anything was lost or doubled.
import { randomInt } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { main, tool, ToolRefusal, type Surroundings } from '../../infra/commands/tool.ts'
import { allFaults } from './all-faults.ts'
import { driveOwn } from './drive-own.ts'
import type { Fault, Setting } from './fault.ts'
import { endMembers } from './member.ts'
import type { LongForm } from './long-form.ts'
import { longForms } from './long-forms.ts'
import { once } from './once.ts'
import { ownServer, type OwnServer } from './own-database.ts'
import { allWell, reportOf, tableOf, wordsOf, writeReport, type Reported } from './report.ts'
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

const help = `
The judgement is by the public API, the driver’s own ledger and the vendor’s stand-in.

An installation of your own, from the machine it runs on (a stand-in speaks to loopback only):
  npm run chaos -- --at http://127.0.0.1:8080 --data ./data --for 300
It makes the account whatsapp/chaos with a stand-in for a vendor, sends at it with repeats and as many people as it
likes, answers and changes their tickets, and judges these alone; other accounts are not touched. Kill, restart or cut
off what you like meanwhile. Tickets of made-up people stay; DELETE /v1/accounts/whatsapp/chaos takes the account away.`

export const chaosTool = (around: Surroundings): Command =>
  tool(
    'chaos',
    'Breaks a gateway on purpose, under load, and judges from outside whether a message was lost or doubled. Exit code 1 when one was, 130 when it was stopped.',
  )
    .argument('[faults...]', 'F1, F3, kafka, kafka-F9 …, feed, fuzz, kafka-contract; all of them when none is named')
    .option('--rounds <n>', 'so often each breaks; F1 200 times, the others as each says', whole)
    .option('--seed <n>', 'brings back the choices of a run: who writes what, what breaks when', whole)
    .option('--layout <name>', 'only this way to stand: one, whole, split, three, scaled')
    .option('--report <path>', 'table and JSON go there, with .txt and .json behind it', 'chaos-report')
    .option(
      '--at <url>',
      'drive and judge a gateway of your own, on this machine; nothing is killed. Break it yourself meanwhile',
    )
    .option('--account <id>', 'with --at: the stand-in account to send at; made when it is not there', 'chaos')
    .option('--channel <name>', 'with --at: whose vendor to play', 'whatsapp')
    .option('--data <folder>', 'with --at: its data directory, where admin.key lies; else INLET_ADMIN_KEY')
    .option('--for <seconds>', 'with --at: how long to send; feed and fuzz: how long each', whole, 60)
    .addHelpText('afterAll', help)
    .action((names: readonly string[], flags: ChaosFlags) => run(names, flags, around))

async function run(names: readonly string[], flags: ChaosFlags, around: Surroundings): Promise<void> {
  const seed = flags.seed ?? randomInt(2 ** 30)
  around.say(`Seed ${seed}; --seed ${seed} brings it back.\n`)
  const reported: Reported[] = []
  const tell = (one: Reported): void => {
    reported.push(one)
    writeReport(resolve(flags.report), reported)
  }
  if (flags.at === undefined) {
    const { faults, forms } = await chosen(names, flags, around)
    await onOwnServer((server) => runAll({ faults, forms, flags, seed, around, tell, server }))
  } else tell(await driveOwn({ ...flags, at: flags.at, seed, mark: randomInt(2 ** 30) }, around))
  around.out(`\n${tableOf(reported)}\n${wordsOf(reported)}`)
  around.say(`Written to ${resolve(flags.report)}.txt and .json\n`)
  if (around.stop.aborted) {
    around.say('Stopped: the table holds what was judged until then.\n')
    throw new ToolRefusal('It was stopped.')
  }
  if (!allWell(reported)) throw new ToolRefusal('Not everything was as promised.')
}

interface Chosen {
  readonly faults: readonly Fault[]
  readonly forms: readonly LongForm[]
}
async function chosen(names: readonly string[], flags: ChaosFlags, around: Surroundings): Promise<Chosen> {
  const all = await allFaults()
  const wanted = names.map((it) => it.toUpperCase())
  const isForm = (name: string): boolean => longForms.some((it) => it.id.toUpperCase() === name)
  const unknown = wanted.filter((name) => !isForm(name) && !all.some((it) => matches(it, name)))
  if (unknown.length > 0) {
    const there = [...all, ...longForms].map((it) => `  ${it.id}  ${it.says}\n`).join('')
    throw new ToolRefusal(`There is no fault ${unknown.join(', ')}. There are:\n${there}`)
  }
  for (const { id, says } of all.filter((it) => wanted.includes(it.id))) around.say(`${id}: ${says}\n`)
  // Who asks for one way to stand asks for gateways that stand so.
  if (wanted.length === 0) return { faults: all, forms: flags.layout === undefined ? longForms : [] }
  return {
    faults: all.filter((it) => wanted.some((name) => matches(it, name))),
    forms: longForms.filter((it) => wanted.includes(it.id.toUpperCase())),
  }
}
const matches = ({ id }: Fault, name: string): boolean =>
  id.toUpperCase() === name || id.toUpperCase().startsWith(`${name}-`)

async function onOwnServer(work: (server: OwnServer) => Promise<void>): Promise<void> {
  const folder = await newFolder()
  const server = await ownServer(join(folder, 'server'))
  try {
    await work(server)
  } finally {
    await endMembers()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Running extends Chosen {
  readonly flags: ChaosFlags
  readonly seed: number
  readonly around: Surroundings
  readonly server: OwnServer
  readonly tell: (one: Reported) => void
}
async function runAll(running: Running): Promise<void> {
  const { faults, forms, flags, around } = running
  for (const fault of faults) {
    if (fault.needsRoot === true && process.getuid?.() !== 0) {
      around.say(`${fault.id} is left out: only root can do it.\n`)
      continue
    }
    for (const setting of fault.settings.filter((it) => flags.layout === undefined || it.layout === flags.layout)) {
      if (around.stop.aborted) return
      await runOne(fault, setting, running)
    }
  }
  for (const form of forms) {
    if (around.stop.aborted) return
    await runForm(form, running)
  }
}

async function runOne(fault: Fault, setting: Setting, { flags, seed, around, server, tell }: Running): Promise<void> {
  const { layout } = setting
  around.say(`${fault.id}, ${layout}: ${fault.says}\n`)
  const ledgerPath = join(tmpdir(), `inlet-chaos-${fault.id}-${layout}-${seed}-${process.pid}.jsonl`)
  const rounds = Math.ceil(
    (flags.rounds ?? fault.rounds ?? 10) / (flags.layout === undefined ? fault.settings.length : 1),
  )
  const options = { seed, ledgerPath, rounds, stop: around.stop, say: around.say, database: server.database }
  const ended = await reportOf({ fault: fault.id, layout, seed, says: fault.says }, once(fault, setting, options))
  tell(ended)
  if (allWell([ended])) await rm(ledgerPath, { force: true })
  else around.say(`The driver's ledger is kept: ${ledgerPath}\n`)
}

async function runForm(
  { id, says, endsByItself, run: start }: LongForm,
  { flags, seed, around, server, tell }: Running,
) {
  around.say(`${id}: ${says}${endsByItself === true ? '' : `, for ${flags.for} s`}\n`)
  const run = start({ seconds: flags.for, seed, server, stop: around.stop, say: around.say })
  tell(await reportOf({ fault: id, layout: '-', seed, says }, run))
}

if (import.meta.main) await main(chaosTool)
