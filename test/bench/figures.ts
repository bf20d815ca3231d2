// The figures kept with the project: docs/figures.json, and the regions of the pages in docs/ that show them.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { figure, isMet, ratioOf, spread, withUnit, type Report } from './report.ts'
import { median } from './stats.ts'

export const docs = resolve(import.meta.dirname, '../../docs')
export const figuresFile = join(docs, 'figures.json')
const region = /(<!-- figures:start -->\n)[\s\S]*?(<!-- figures:end -->)/g

/** What of a report is worth keeping: no curves. */
export const keptOf = (report: Report): Report => ({
  ...report,
  suites: report.suites.map(({ series: _series, ...suite }) => suite),
})

export function figuresTable({ date, machine, node, postgres, commit, rounds, suites }: Report): string {
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
    `Measured ${date} at commit ${commit} by \`npm run bench\`: ${machine}, Node ${node}, PostgreSQL ${postgres}; medians of ${rounds} rounds, spread in brackets.`,
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

/** Pages with such a region, and what each should say. */
export function filledPages(report: Report): ReadonlyMap<string, string> {
  const table = figuresTable(report)
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
  const before = existsSync(figuresFile) ? (JSON.parse(readFileSync(figuresFile, 'utf8')) as Report) : null
  const fresh = new Set(report.suites.map(({ name }) => name))
  const others = before?.suites.filter(({ name }) => !fresh.has(name)) ?? []
  const kept = keptOf({ ...report, suites: [...report.suites, ...others] })
  writeFileSync(figuresFile, `${JSON.stringify(kept, rounded, 2)}\n`)
  const pages = filledPages(kept)
  for (const [path, text] of pages) writeFileSync(path, text)
  return [figuresFile, ...pages.keys()]
}
/** Nobody measures seven digits. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
