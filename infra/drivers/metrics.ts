// Counts for Prometheus: a closed list of names and labels, so that no data of a customer becomes a label.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Meter } from '../../core/ports/edges.ts'
import { messageOf } from '../../core/errors.ts'
import { metrics } from './metric-names.ts'
import type { Metric } from './metric-names.ts'

export interface PublishedMeter extends Meter {
  /** A counter stands on the page at 0 before anything was counted. */
  begin(name: string, labels: Readonly<Record<string, string>>): void
  /** The page of GET /metrics. */
  text(): Promise<string>
  readonly contentType: string
  /** Called before each page, for what is known only by asking (lag). When it fails or takes too long, the page comes without it. */
  beforeText(work: () => Promise<void>): void
  /** The process's own metrics stop being watched. */
  close(): void
}
export interface MeterOptions {
  /** A name or label that is not on the list, told once each; the call goes on. */
  readonly onFault?: (what: string) => void
  /** The process's own: memory, processor, event loop. */
  readonly ofProcess?: boolean
  /** A page waits so long for what must be asked; Prometheus waits ten seconds for a page. */
  readonly askMs?: number
}
type Labels = Readonly<Record<string, string>>
type Made = Counter | Gauge | Histogram

/** Enough for every channel, worker and route; a label that grows past it would grow for ever. */
const mostCombinations = 2_000
const usualAskMs = 5_000

export function makeMeter(options: MeterOptions = {}): PublishedMeter {
  const registry = new Registry()
  const made = new Map(Object.entries(metrics).map(([name, metric]) => [name, make(name, metric, registry)]))
  const readers: (() => Promise<void>)[] = []
  const faults = new Set<string>()
  if (options.ofProcess !== false) collectDefaultMetrics({ register: registry })

  const fault = (name: string, what: string): void => {
    const known = Object.hasOwn(metrics, name) ? name : 'unknown'
    ;(made.get('metric_faults') as Counter).inc({ name: known })
    if (faults.size > 100 || faults.has(what)) return
    faults.add(what)
    options.onFault?.(what)
  }
  const labelled = bounded(fault)
  const find = (name: string, kind: Metric['kind']): Made | null => {
    if (Object.hasOwn(metrics, name) && metrics[name]?.kind === kind) return made.get(name) ?? null
    fault(name, `there is no ${kind} called ${name}`)
    return null
  }
  return {
    count(name, labels = {}, by = 1) {
      if (by > 0) (find(name, 'counter') as Counter | null)?.inc(labelled(name, labels), by)
    },
    begin: (name, labels) => (find(name, 'counter') as Counter | null)?.inc(labelled(name, labels), 0),
    gauge: (name, value, labels = {}) => (find(name, 'gauge') as Gauge | null)?.set(labelled(name, labels), value),
    observe: (name, seconds, labels = {}) =>
      (find(name, 'histogram') as Histogram | null)?.observe(labelled(name, labels), seconds),
    contentType: registry.contentType,
    beforeText: (work) => void readers.push(inTime(work, options.askMs ?? usualAskMs)),
    async text() {
      const read = await Promise.allSettled(readers.map((work) => work()))
      for (const one of read)
        if (one.status === 'rejected') fault('unknown', `reading a metric failed: ${messageOf(one.reason)}`)
      return registry.metrics()
    },
    close: () => registry.clear(),
  }
}

/** A server that says nothing may take minutes; pages asked for meanwhile wait for the same answer, so that nothing piles up. */
function inTime(work: () => Promise<void>, ms: number): () => Promise<void> {
  let asking: Promise<void> | null = null
  return async () => {
    asking ??= work().finally(() => (asking = null))
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`there is no answer after ${ms} ms`)), ms)
    await Promise.race([asking, late.promise]).finally(() => clearTimeout(timer))
  }
}

function make(name: string, { kind, help, labels, seconds }: Metric, registry: Registry): Made {
  const about = { help, labelNames: [...labels], registers: [registry] }
  if (kind === 'counter') return new Counter({ name: `inlet_${name}_total`, ...about })
  if (kind === 'gauge') return new Gauge({ name: `inlet_${name}`, ...about })
  return new Histogram({ name: `inlet_${name}`, ...about, buckets: [...(seconds ?? [])] })
}

/** Labels of the list only, short, and of a bounded number of combinations; what comes after those is counted as `other`. */
function bounded(fault: (name: string, what: string) => void): (name: string, labels: Labels) => Labels {
  const seen = new Map<string, Set<string>>()
  return (name, labels) => {
    const allowed = metrics[name]?.labels ?? []
    for (const label of Object.keys(labels)) if (!allowed.includes(label)) fault(name, `${name} has no label ${label}`)
    const clean = Object.fromEntries(
      allowed
        .filter((label) => Object.hasOwn(labels, label))
        .map((label) => [label, String(labels[label]).slice(0, 80)]),
    )
    const combination = JSON.stringify(clean)
    const known = seen.get(name) ?? new Set()
    seen.set(name, known)
    if (known.has(combination)) return clean
    if (known.size < mostCombinations) {
      known.add(combination)
      return clean
    }
    fault(name, `${name} has more than ${mostCombinations} combinations of labels`)
    return Object.fromEntries(Object.keys(clean).map((label) => [label, 'other']))
  }
}
