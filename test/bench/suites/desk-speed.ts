// From a vendor's call to a ticket that is routed, prioritised and assigned, and how many of them a second can be held.
import { join } from 'node:path'
import { carried, following, openDesk, readyTickets, rulesOfADesk } from '../desk.ts'
import { allAccepted, load, type Job } from '../load-job.ts'
import { waitsByStage } from '../stages.ts'
import { suite, type Bench } from '../suite.ts'
import { median, percentile } from '../stats.ts'
import { firstRate, seriesOf, sustain, type Sustained } from '../sustain.ts'

const rates = [200, 1_000] as const
const bounds = { 200: 80, 1_000: 150 } as const
/** Nobody looks for a ticket any more so long after the last call: one that was not seen counts as this. */
const givenUpMs = 10_000

export default suite({
  name: 'desk-speed',
  title: 'Routed, prioritised, assigned',
  says: `A desk of ${rulesOfADesk} rules, one group and twenty agents who are there; each call is of a new customer, so each opens a ticket. The time runs from when the call was due to the answer of the list that shows the ticket with the priority, the group and the agent it gets (the newest half second of them, a page of 200 at most, asked for again and again with 8 ms between). Then messages of 5,000 customers are carried through all workers, the rate steered by the lag; the last round lasts five minutes. The control: insert, then a consumer that makes tickets, without rules or agents.`,
  async run(bench) {
    const inlet = await bench.inlet()
    await openDesk(inlet)
    const control = await bench.control('receive', join(bench.folder(), 'data'), inlet.target.line.appSecret, 'consume')
    const jobs = jobsFrom()
    const once = async (rate: number, to: Pick<Job, 'port' | 'path' | 'line'>, watch: NonNullable<Job['watch']>) => {
      const seconds = bench.size(8, 0.2)
      const job: Job = {
        ...to,
        is: 'open',
        rate,
        repeatShare: 0,
        seconds,
        from: jobs.next(),
        seed: 8,
        customers: 0,
        watch,
      }
      const { calls, seen } = allAccepted(await load(job, bench.stop), 'a side')
      const never = Array.from({ length: calls - seen.length }, () => givenUpMs)
      return percentile([...seen, ...never], 0.99)
    }
    const found = new Map(rates.map((rate) => [rate, { inlet: [] as number[], control: [] as number[] }]))
    const waits = new Map<number, string>()
    for (let round = bench.firstRound; round < bench.rounds; round += 1)
      for (const rate of rates) {
        const began = new Date().toISOString()
        const mine = await once(rate, inlet.target, { path: readyTickets(rate), headers: inlet.asAdmin })
        await inlet.drained()
        waits.set(rate, await waitsByStage(inlet, began))
        const theirs = await once(rate, { ...inlet.target, port: control.port }, { path: '/tickets', headers: {} })
        if (round < 0) continue // both were cold
        found.get(rate)!.inlet.push(mine)
        found.get(rate)!.control.push(theirs)
        bench.say(`${rate}/s: p99 ${mine.toFixed(0)} ms, control ${theirs.toFixed(0)} ms`)
      }
    const held = await heldOf({ bench, inlet, jobs })
    const last = held.at(-1)!
    return {
      measures: [
        ...rates.map((rate) => ({
          name: `call to assigned ticket at ${rate}/s, p99`,
          unit: 'ms',
          better: 'lower' as const,
          ...found.get(rate)!,
        })),
        {
          name: 'messages carried through all workers',
          unit: 'a second',
          better: 'higher' as const,
          inlet: held.map((it) => it.perSecond),
          control: [],
        },
      ],
      aims: [
        ...rates.map((rate) => ({
          name: `call to assigned ticket at ${rate}/s, p99`,
          unit: 'ms',
          value: median(found.get(rate)!.inlet),
          is: 'at most' as const,
          bound: bounds[rate],
        })),
        {
          name: 'messages carried through all workers',
          unit: 'a second',
          value: median(held.map((it) => it.perSecond)),
          is: 'at least',
          bound: 1_500,
        },
        {
          name: 'lag growing over the last five minutes, of the rate',
          unit: '%',
          value: Math.max(0, (100 * last.lagSlope) / last.perSecond),
          is: 'at most',
          bound: 1,
        },
      ],
      series: seriesOf(last),
      notes: [...waits].map(([rate, said]) => `At ${rate}/s in the last round: ${said}.`),
    }
  },
})

/** Numbers of messages, never twice. */
function jobsFrom() {
  let from = 0
  return { next: () => (from += 10_000_000) }
}

interface Holding {
  readonly bench: Bench
  readonly inlet: Awaited<ReturnType<Bench['inlet']>>
  readonly jobs: ReturnType<typeof jobsFrom>
}
async function heldOf({ bench, inlet, jobs }: Holding): Promise<readonly Sustained[]> {
  const held: Sustained[] = []
  let rate: number = firstRate
  const rounds = Math.min(bench.rounds, 3)
  const writers = { ...inlet.target, is: 'open', seed: 9, customers: bench.size(5_000, 100), repeatShare: 0 } as const
  // Each has a ticket before it is counted: one that opens is seven times the work.
  const first = { ...writers, rate: 400, from: jobs.next(), seconds: writers.customers / 400 + 0.5 }
  allAccepted(await load(first, bench.stop), 'the first messages')
  await inlet.drained()
  for (let round = bench.firstRound; round < rounds; round += 1) {
    const seconds = bench.size(round === rounds - 1 ? 300 : 20, 1.5)
    const job = { ...writers, from: jobs.next(), seconds, rate }
    const it = await sustain(job, () => carried(inlet, following), bench)
    await inlet.drained()
    rate = it.rates.at(-1) ?? firstRate
    if (round < 0) continue
    held.push(it)
    bench.say(
      `${it.perSecond.toFixed(0)} messages/s, lag ${it.lagSlope >= 0 ? '+' : ''}${it.lagSlope.toFixed(1)} a second`,
    )
  }
  return held
}
