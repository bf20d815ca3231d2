// What a run found, as data: written to a file, drawn on a page, kept with the project.
import { execFileSync } from 'node:child_process'
import { cpus, platform, totalmem } from 'node:os'
import { median, ratios } from './stats.ts'
import type { Aim, Finding, Measure, Suite } from './suite.ts'

export interface SuiteReport extends Finding {
  readonly name: string
  readonly title: string
  readonly says: string
  readonly seconds: number
}
export interface Report {
  /** The day only: of the moment it was begun, UTC. */
  readonly date: string
  readonly machine: string
  readonly node: string
  readonly postgres: string
  readonly commit: string
  readonly rounds: number
  readonly quick: boolean
  readonly suites: readonly SuiteReport[]
}

export const surroundings = (postgres: string): Pick<Report, 'date' | 'machine' | 'node' | 'postgres' | 'commit'> => ({
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} ${cpus().length === 1 ? 'core' : 'cores'}, ${Math.round(totalmem() / 1024 ** 3)} GB, ${platform()}`,
  node: process.version.slice(1),
  postgres,
  commit: commitNow(),
})
function commitNow(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

export const suiteReport = ({ name, title, says }: Suite, finding: Finding, seconds: number): SuiteReport => ({
  name,
  title,
  says,
  seconds: Math.round(seconds),
  ...finding,
})

export const isMet = ({ is, value, bound }: Aim): boolean => (is === 'at least' ? value >= bound : value <= bound)

/** Three digits that say something. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en')
  return size >= 10 ? value.toFixed(1) : value.toFixed(2)
}
export const withUnit = (value: number, unit: string): string =>
  unit === 'a second' ? `${figure(value)}/s` : `${figure(value)} ${unit}`
export const spread = (values: readonly number[], unit: string): string =>
  values.length < 2 ? '' : `${figure(Math.min(...values))} – ${withUnit(Math.max(...values), unit)}`

/** Median of the ratios of the rounds; null without a control. */
export function ratioOf({
  inlet,
  control,
}: Measure): { readonly median: number; readonly all: readonly number[] } | null {
  const all = ratios(inlet, control)
  return all.length === 0 ? null : { median: median(all), all }
}

/** For a terminal and for Markdown alike. */
export function linesOf(suite: SuiteReport): readonly string[] {
  const measures = suite.measures.map((it) => {
    const ratio = ratioOf(it)
    const mine = `${it.name}: ${withUnit(median(it.inlet), it.unit)} (${spread(it.inlet, it.unit)})`
    if (ratio === null) return mine.replace(' ()', '')
    return `${mine}, control ${withUnit(median(it.control), it.unit)} (${spread(it.control, it.unit)}), ratio ${figure(ratio.median)} (${spread(ratio.all, '×')})`.replaceAll(
      ' ()',
      '',
    )
  })
  const aims = suite.aims.map(
    (it) =>
      `${isMet(it) ? 'met   ' : 'MISSED'} ${it.name}: ${withUnit(it.value, it.unit)}, aim ${it.is} ${withUnit(it.bound, it.unit)}`,
  )
  return [...measures, ...aims, ...(suite.notes ?? [])]
}
