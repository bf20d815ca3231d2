// The figures kept with the project: docs/figures.json, and the regions of the pages in docs/ that show them.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { figure, isMet, ratioOf, spread, withUnit, type Report, type SuiteReport } from './report.ts'
import { median } from './stats.ts'

export const docs = resolve(import.meta.dirname, '../../docs')
export const figuresFile = join(docs, 'figures.json')
const region = /(<!-- figures:start -->\n)[\s\S]*?(<!-- figures:end -->)/g

/** Suites may be measured on different days: each says when, and of which commit. */
type KeptSuite = Omit<SuiteReport, 'series'> & { readonly measured: Pick<Report, 'date' | 'commit' | 'rounds'> }
export interface Kept extends Pick<Report, 'machine' | 'node' | 'postgres'> {
  readonly suites: readonly KeptSuite[]
}

/** What of a report is worth keeping: no curves. */
export const keptOf = ({ machine, node, postgres, date, commit, rounds, suites }: Report): Kept => ({
  machine,
  node,
  postgres,
  suites: suites.map(({ series: _series, ...suite }) => ({ ...suite, measured: { date, commit, rounds } })),
})

export function figuresTable({ machine, node, postgres, suites }: Kept): string {
  const aims = suites.flatMap((suite) =>
    suite.aims.map(
      (it) =>
        `| ${it.name} | ${withUnit(it.value, it.unit)} | ${it.is} ${withUnit(it.bound, it.unit)} | ${isMet(it) ? 'met' : '**missed**'} |`,
    ),
  )
  const measures = suites.flatMap((suite) =>
    suite.measures.map((it) => {
      const ratio = ratioOf(it)
      const side = (values: readonly number[]): string =>
        values.length === 0
          ? '–'
          : `${withUnit(median(values), it.unit)}${values.length < 2 ? '' : ` (${spread(values, it.unit)})`}`
      return `| ${suite.name} | ${it.name} | ${side(it.inlet)} | ${side(it.control)} | ${ratio === null ? '–' : figure(ratio.median)} |`
    }),
  )
  return [
    `Measured by \`npm run bench\`: ${machine}, Node ${node}, PostgreSQL ${postgres}; medians, spread in brackets.`,
    ...whenMeasured(suites),
    '',
    '| aim | measured | wanted | |',
    '|---|---|---|---|',
    ...aims,
    '',
    '| suite | measured | Inlet | control | ratio |',
    '|---|---|---|---|---|',
    ...measures,
    '',
  ].join('\n')
}

function whenMeasured(suites: readonly KeptSuite[]): readonly string[] {
  const said = ({ measured }: KeptSuite) =>
    `${measured.date} at commit ${measured.commit}, ${measured.rounds} ${measured.rounds === 1 ? 'round' : 'rounds'}`
  return [...Map.groupBy(suites, said)].map(([when, its]) => `${its.map(({ name }) => name).join(', ')}: ${when}.`)
}

/** Pages with such a region, and what each should say. */
export function filledPages(kept: Kept): ReadonlyMap<string, string> {
  const table = figuresTable(kept)
  const pages = existsSync(docs) ? readdirSync(docs).filter((name) => name.endsWith('.md')) : []
  const texts = pages.map((name) => [join(docs, name), readFileSync(join(docs, name), 'utf8')] as const)
  return new Map(
    texts
      .filter(([, text]) => text.includes('<!-- figures:start -->'))
      .map(([path, text]) => [
        path,
        text.replace(region, (_all, start: string, end: string) => `${start}${table}${end}`),
      ]),
  )
}

/** A run of some suites leaves the others' figures as they were. */
export function keepFigures(report: Report): readonly string[] {
  const before = existsSync(figuresFile) ? (JSON.parse(readFileSync(figuresFile, 'utf8')) as Kept) : null
  const now = keptOf(report)
  const fresh = new Map(now.suites.map((suite) => [suite.name, suite]))
  const others = before?.suites.map((suite) => fresh.get(suite.name) ?? suite) ?? []
  const known = new Set(others.map(({ name }) => name))
  const kept = { ...now, suites: [...others, ...now.suites.filter(({ name }) => !known.has(name))] }
  writeFileSync(figuresFile, `${JSON.stringify(kept, rounded, 2)}\n`)
  const pages = filledPages(kept)
  for (const [path, text] of pages) writeFileSync(path, text)
  return [figuresFile, ...pages.keys()]
}
/** Nobody measures seven digits. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
