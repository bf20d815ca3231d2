// How many new messages a second the whole gateway carries through for as long as one likes, its lag not growing.
import { join } from 'node:path'
import { suite } from '../suite.ts'
import { median } from '../stats.ts'
import { firstRate, lagWanted, seriesOf, sustain, type Counted, type Sustained } from '../sustain.ts'

export default suite({
  name: 'pipeline',
  title: 'Carrying through, for a minute',
  says: `Everything in one process: calls in, all workers, the feed. The rate is steered by the lag (messages accepted and not yet threaded), so that about ${lagWanted} wait: what is handled then is what can be held. A first round finds the rates and is not counted; no repeats, 5,000 customers. The last round lasts a minute. The control: insert by one writer, then a consumer with one statement and one commit a batch of 100.`,
  async run(bench) {
    const inlet = await bench.inlet()
    const control = await bench.control('receive', join(bench.folder(), 'data'), inlet.target.line.appSecret, 'consume')
    const ofInlet = async (): Promise<Counted> => {
      const page = await inlet.metrics()
      const of = (name: string, labels: Readonly<Record<string, string>>) => inlet.metric(page, name, labels)
      const feed = of('inlet_lag_events', { worker: 'feed' })
      const threaded = of('inlet_handled_total', { worker: 'threading' })
      const accepted = of('inlet_accepted_total', { type: 'message.received' })
      // The feed reads about three events a message: it is behind when it is behind by more than those.
      return { accepted, handled: Math.min(threaded, accepted - feed / 3) }
    }
    const ofControl = () => control.stats<Counted>()
    const found = { inlet: [] as Sustained[], control: [] as Sustained[] }
    let from = 0
    let rates = { inlet: firstRate, control: firstRate }
    for (let round = bench.firstRound; round < bench.rounds; round += 1) {
      const seconds = bench.size(round === bench.rounds - 1 ? 60 : 20, 1.5)
      from += 10_000_000
      const job = { seed: 4, customers: 5_000, repeatShare: 0, is: 'open', from } as const
      const mine = await sustain({ ...job, ...inlet.target, seconds, rate: rates.inlet }, ofInlet, bench)
      await inlet.drained()
      const theirs = await sustain(
        { ...job, ...inlet.target, port: control.port, seconds: bench.size(12, 1.5), rate: rates.control },
        ofControl,
        bench,
      )
      rates = { inlet: mine.rates.at(-1) ?? firstRate, control: theirs.rates.at(-1) ?? firstRate }
      if (round < 0) continue // both were cold, and their rates a guess
      found.inlet.push(mine)
      found.control.push(theirs)
      bench.say(
        `${mine.perSecond.toFixed(0)}/s, lag ${mine.lagSlope >= 0 ? '+' : ''}${mine.lagSlope.toFixed(1)} a second; control ${theirs.perSecond.toFixed(0)}/s`,
      )
    }
    const of = (side: 'inlet' | 'control') => found[side].map((it) => it.perSecond)
    const last = found.inlet.at(-1)!
    return {
      measures: [
        {
          name: 'messages carried through',
          unit: 'a second',
          better: 'higher',
          inlet: of('inlet'),
          control: of('control'),
        },
      ],
      aims: [
        {
          name: 'new messages carried through',
          unit: 'a second',
          value: median(of('inlet')),
          is: 'at least',
          bound: 2_000,
        },
        {
          name: 'lag growing over the last minute, of the rate',
          unit: '%',
          value: Math.max(0, (100 * last.lagSlope) / last.perSecond),
          is: 'at most',
          bound: 1,
        },
      ],
      series: seriesOf(last),
    }
  },
})
