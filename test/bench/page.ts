// The report as one page that needs nothing beside it: tables, and plots as inline SVG.
import { figure, isMet, ratioOf, spread, withUnit, type Report, type SuiteReport } from './report.ts'
import { median } from './stats.ts'
import type { Measure, Series } from './suite.ts'

const style = `
:root{color-scheme:light dark;--ink:#1c1f24;--soft:#667;--line:#d8dce2;--inlet:#1668c7;--control:#98a1ad;--good:#1a7f45;--bad:#b3261e;--back:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#9aa3b0;--line:#3a4048;--inlet:#6cabf7;--control:#7b8490;--good:#5dc98a;--bad:#f2877e;--back:#16181c}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.5rem 0 .3rem}p{margin:.3rem 0 1rem}.soft{color:var(--soft);font-size:.9rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;font-size:.85rem;color:var(--soft)}.met{color:var(--good)}.missed{color:var(--bad);font-weight:600}
svg{width:100%;height:auto;display:block;margin:.4rem 0 1.2rem}svg text{fill:var(--soft);font:12px system-ui,sans-serif}.i{fill:var(--inlet)}.c{fill:var(--control)}
.curve{fill:none;stroke:var(--inlet);stroke-width:1.5}.axis{stroke:var(--line)}`

const safe = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

export function pageOf(report: Report): string {
  const { date, machine, node, postgres, commit, rounds, quick } = report
  const warning = quick
    ? '<p class="missed">A quick run: it shows that everything works, and its figures mean nothing.</p>'
    : ''
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Inlet, measured</title><style>${style}</style>
<h1>Inlet, measured</h1>
<p class="soft">${safe(`${date} · ${machine} · Node ${node} · PostgreSQL ${postgres} · commit ${commit} · ${rounds} rounds, Inlet and control in turn`)}</p>${warning}
${aimsTable(report)}
${report.suites.map(section).join('\n')}
</html>
`
}

function aimsTable({ suites }: Report): string {
  const rows = suites.flatMap(({ aims }) =>
    aims.map(
      (it) =>
        `<tr><td>${safe(it.name)}<td>${withUnit(it.value, it.unit)}<td>${it.is} ${withUnit(it.bound, it.unit)}<td class="${isMet(it) ? 'met">met' : 'missed">missed'}`,
    ),
  )
  return `<table><tr><th>Aim<th>Measured<th>Wanted<th></tr>${rows.join('</tr>')}</tr></table>`
}

function section(suite: SuiteReport): string {
  const rows = suite.measures.map((it) => {
    const ratio = ratioOf(it)
    const control =
      it.control.length === 0
        ? '–'
        : `${withUnit(median(it.control), it.unit)}<div class="soft">${spread(it.control, it.unit)}</div>`
    return `<tr><td>${safe(it.name)}<td>${withUnit(median(it.inlet), it.unit)}<div class="soft">${spread(it.inlet, it.unit)}</div><td>${control}<td>${ratio === null ? '–' : `${figure(ratio.median)}<div class="soft">${spread(ratio.all, '×')}</div>`}`
  })
  const plots = [...suite.measures.filter((it) => it.inlet.length > 1).map(dots), ...(suite.series ?? []).map(curve)]
  const notes = (suite.notes ?? []).map((note) => `<p class="soft">${safe(note)}</p>`)
  return `<h2 id="${suite.name}">${safe(suite.title)}</h2><p class="soft">${safe(suite.says)}</p>
<table><tr><th>Measured<th>Inlet<th>Control<th>Ratio</tr>${rows.join('</tr>')}</tr></table>${notes.join('')}${plots.join('')}`
}

const width = 760

/** Each round a dot, Inlet above, control below, on one scale from nought. */
function dots(it: Measure): string {
  const most = Math.max(...it.inlet, ...it.control) * 1.05 || 1
  const x = (value: number): number => 70 + ((width - 170) * value) / most
  const row = (values: readonly number[], y: number, name: string, style: string): string =>
    values.length === 0
      ? ''
      : `<text x="0" y="${y + 4}">${name}</text>${values.map((value) => `<circle class="${style}" cx="${x(value).toFixed(1)}" cy="${y}" r="4" opacity=".6"/>`).join('')}<text x="${width - 95}" y="${y + 4}">${withUnit(median(values), it.unit)}</text>`
  return `<svg viewBox="0 0 ${width} 74" role="img" aria-label="${safe(it.name)}"><text x="0" y="12">${safe(it.name)}</text><line class="axis" x1="70" x2="70" y1="20" y2="70"/>${row(it.inlet, 34, 'Inlet', 'i')}${row(it.control, 56, 'control', 'c')}</svg>`
}

function curve({ name, x, y }: Series): string {
  const height = 150
  const [left, right] = [Math.min(...x.values), Math.max(...x.values)]
  const most = Math.max(...y.values) * 1.05 || 1
  const px = (value: number): number => 70 + ((width - 90) * (value - left)) / (right - left || 1)
  const py = (value: number): number => height - 22 - ((height - 46) * value) / most
  const points = x.values.map((value, at) => `${px(value).toFixed(1)},${py(y.values[at] ?? 0).toFixed(1)}`)
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${safe(name)}"><text x="0" y="12">${safe(name)}</text>
<line class="axis" x1="70" x2="${width - 20}" y1="${py(0)}" y2="${py(0)}"/><line class="axis" x1="70" x2="70" y1="24" y2="${py(0)}"/>
<text x="0" y="${py(most / 1.05) + 4}">${withUnit(most / 1.05, y.unit)}</text><text x="0" y="${py(0) + 4}">0</text>
<text x="70" y="${height - 4}">${figure(left)}</text><text x="${width - 70}" y="${height - 4}">${figure(right)} ${safe(x.unit)}</text>
<polyline class="curve" points="${points.join(' ')}"/></svg>`
}
