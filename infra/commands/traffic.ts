// Sends made-up messages through a stand-in at a rate, whatever the gateway answers, and keeps what came of each.
import type { Clock } from '../../core/ports/edges.ts'
import type { Knock, RunningStandIn } from '../../core/ports/stand-in.ts'

export interface Traffic {
  readonly ratePerSecond: number
  readonly seconds: number
  readonly customers: number
  /** Of 0 to 1: so many messages are sent twice, as vendors do. */
  readonly repeatShare: number
}
export interface Sent {
  /** Messages; a repeat is none of its own. */
  readonly messages: number
  readonly accepted: number
  readonly calls: number
  /** Of every call that was answered, sorted. */
  readonly latenciesMs: readonly number[]
  readonly seconds: number
}
export interface TrafficDeps {
  readonly clock: Clock
  readonly stop: AbortSignal
  progress(sent: number, accepted: number): void
}

/** More than these under way say that the gateway is far behind: then the rate falls, not the memory. */
const mostUnderWay = 1_000

/** Open loop: the n-th message is sent at its time, not when the one before was answered. */
export async function sendTraffic(standIn: RunningStandIn, traffic: Traffic, deps: TrafficDeps): Promise<Sent> {
  const { clock, stop } = deps
  const total = Math.max(1, Math.round(traffic.ratePerSecond * traffic.seconds))
  const began = clock.ticks()
  const count = { sent: 0, accepted: 0, calls: 0 }
  const underWay = new Set<Promise<void>>()
  const took = (knock: Knock): void => {
    count.calls += knock.statuses.length
    if (knock.status >= 200 && knock.status < 300) count.accepted += 1
  }
  for (let n = 0; n < total && !stop.aborted; n += 1) {
    const dueMs = began + (n * 1000) / traffic.ratePerSecond
    const waitMs = dueMs - clock.ticks()
    if (waitMs > 1) await clock.sleep(waitMs, stop).catch(() => undefined)
    if (stop.aborted) break
    while (underWay.size >= mostUnderWay) await Promise.race(underWay)
    const writing = { customer: customerOf(n, traffic.customers) }
    const sending: Promise<void> = standIn
      .write(writing, { times: isRepeated(n, traffic.repeatShare) ? 2 : 1 })
      .then(took)
      .finally(() => underWay.delete(sending))
    underWay.add(sending)
    count.sent += 1
    deps.progress(count.sent, count.accepted)
  }
  await Promise.all(underWay)
  deps.progress(count.sent, count.accepted)
  const latenciesMs = standIn.ledger
    .of('knocked')
    .filter(({ status }) => status > 0)
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b)
  const seconds = (clock.ticks() - began) / 1000
  return { messages: count.sent, accepted: count.accepted, calls: count.calls, latenciesMs, seconds }
}

/** Spread evenly and without chance: the same run, the same messages. */
const customerOf = (n: number, customers: number): number => (n * 7 + Math.floor(n / customers)) % customers
const isRepeated = (n: number, share: number): boolean => Math.floor((n + 1) * share) > Math.floor(n * share)

/** Of sorted values; 0 of none. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
