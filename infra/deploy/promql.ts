// What an expression of the board or of an alarm asks for, read by the parser Prometheus itself publishes: a slip of the pen is a fault with its place.
import { parser } from '@prometheus-io/lezer-promql'

export interface Asked {
  /** With the labels it is filtered by. */
  readonly series: readonly { readonly name: string; readonly labels: readonly string[] }[]
  /** Of `by (…)` and `without (…)`. */
  readonly grouped: readonly string[]
  /** Places that are no PromQL. */
  readonly faults: readonly string[]
}

/** Grafana puts a length of time there before Prometheus sees it. */
const filled = (expr: string): string => expr.replaceAll('$__rate_interval', '5m')

export function readPromql(expr: string): Asked {
  const text = filled(expr)
  const series: { name: string; labels: string[] }[] = []
  const grouped: string[] = []
  const faults: string[] = []
  parser.parse(text).iterate({
    enter({ name, type, from, to, node }) {
      const word = text.slice(from, to)
      if (type.isError) faults.push(`at “${text.slice(Math.max(0, from - 10), to + 10)}”`)
      else if (name === 'Identifier') series.push({ name: word, labels: [] })
      else if (name === 'LabelName' && node.parent?.name === 'GroupingLabels') grouped.push(word)
      else if (name === 'LabelName') series.at(-1)?.labels.push(word)
    },
  })
  return { series, grouped, faults }
}
