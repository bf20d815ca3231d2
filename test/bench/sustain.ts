// Steers the rate of calls by the lag, so that what is handled is what can be held: the one way the suites find a sustained rate.
import { setTimeout as pause } from 'node:timers/promises'
import { startLoad, type Job } from './load-job.ts'
import { slope } from './stats.ts'
import type { Bench, Series } from './suite.ts'

/** So many messages may wait; the rate is steered so that it stays about there. */
export const lagWanted = 600
export const firstRate = 800
const everyMs = 500
const lookOnSeconds = 30

export interface Counted {
  readonly accepted: number
  readonly handled: number
}
export interface Sustained {
  readonly perSecond: number
  /** Lag events a second that come on top: about nought when the rate can be held. */
  readonly lagSlope: number
  readonly seconds: readonly number[]
  readonly lags: readonly number[]
  readonly rates: readonly number[]
}

export const seriesOf = (it: Sustained): readonly Series[] => [
  { name: 'lag in the last round', x: { unit: 's', values: it.seconds }, y: { unit: 'messages', values: it.lags } },
  {
    name: 'rate sent in the last round',
    x: { unit: 's', values: it.seconds },
    y: { unit: 'a second', values: it.rates },
  },
]

/** As long as a third of it, and half a minute at the most, finds the rate before and is not counted. */
export async function sustain(
  job: Job & { is: 'open' },
  counted: () => Promise<Counted>,
  bench: Bench,
): Promise<Sustained> {
  const began = performance.now()
  const before = await counted()
  const load = startLoad({ ...job, seconds: 3_600 }, bench.stop)
  const points: { seconds: number; lag: number; rate: number; handled: number }[] = []
  let rate = job.rate
  let lagBefore = 0
  const settling = Math.min(job.seconds / 3, 30)
  let said = 0
  const kept = () => points.filter((it) => it.seconds > settling)
  const isEnough = () => {
    const all = kept()
    return all.length > 1 && all.at(-1)!.handled > all[0]!.handled
  }
  const isOver = (more: number) => performance.now() - began > (job.seconds + settling + more) * 1000
  // A short look at a machine that is busy may see nothing happen: it looks on, for a while.
  while (!isOver(0) || (!isEnough() && !isOver(lookOnSeconds))) {
    await pause(everyMs, undefined, { signal: bench.stop })
    const { accepted, handled } = await counted()
    const lag = accepted - handled
    const seconds = (performance.now() - began) / 1000
    if (seconds - said >= 30) {
      said = seconds
      bench.say(`${rate.toFixed(0)} a second sent, ${lag.toFixed(0)} wait`)
    }
    points.push({ seconds, lag, rate, handled: handled - before.handled })
    // By how far it is off, as a share of the rate where that is more, and by how fast that changes.
    const room = 1 - lag / lagWanted
    const off = Math.max((room * lagWanted) / 4, (room * rate) / 8) - (lag - lagBefore) / 2
    rate = Math.max(100, rate + Math.max(-rate / 4, Math.min(rate / 8, off)))
    lagBefore = lag
    load.rate(rate)
  }
  load.stop()
  await load.done
  if (!isEnough()) throw new Error(`no message was carried through in ${lookOnSeconds} seconds after the load began`)
  const counting = kept()
  const [first, last] = [counting[0]!, counting.at(-1)!]
  const of = (pick: (it: (typeof points)[number]) => number) => counting.map(pick)
  return {
    perSecond: (last.handled - first.handled) / (last.seconds - first.seconds),
    lagSlope: slope(
      of((it) => it.seconds),
      of((it) => it.lag),
    ),
    seconds: of((it) => it.seconds - settling),
    lags: of((it) => it.lag),
    rates: of((it) => it.rate),
  }
}
