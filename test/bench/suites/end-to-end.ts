// From a vendor's call to the moment its ticket can be read through the API.
import { join } from 'node:path'
import { allAccepted, load, type Job } from '../load-job.ts'
import { suite } from '../suite.ts'
import { median, percentile } from '../stats.ts'

export default suite({
  name: 'end-to-end',
  title: 'From the call to a ticket that can be read',
  says: 'Open loop, 200 calls a second, each of a new customer, so each opens a ticket; a reader asks the API for the newest 50 tickets again and again with 8 ms between. The time runs from when the call was due to the answer that shows the ticket. The control: insert, then a consumer that turns batches into tickets, read the same way.',
  async run(bench) {
    const inlet = await bench.inlet()
    const control = await bench.control('receive', join(bench.folder(), 'data'), inlet.target.line.appSecret, 'consume')
    /** Pushed off the list before the reader looked again: later than those it saw, by less than a look. */
    const passedOver: Record<string, number> = {}
    let from = 0
    const run = async (to: Pick<Job, 'port' | 'path' | 'line'>, watch: NonNullable<Job['watch']>, who: string) => {
      from += 1_000_000
      const seconds = bench.size(8, 0.5)
      const job: Job = { ...to, is: 'open', rate: 200, repeatShare: 0, seconds, from, seed: 3, customers: 0, watch }
      const done = allAccepted(await load(job, bench.stop), who)
      passedOver[who] = (passedOver[who] ?? 0) + done.accepted - done.seen.length
      return { p50: percentile(done.seen, 0.5), p99: percentile(done.seen, 0.99) }
    }
    type Found = Awaited<ReturnType<typeof run>>
    const found = { inlet: [] as Found[], control: [] as Found[] }
    for (let round = bench.firstRound; round < bench.rounds; round += 1) {
      const mine = await run(inlet.target, { path: '/v1/tickets?limit=50', headers: inlet.asAdmin }, 'Inlet')
      const theirs = await run(
        { ...inlet.target, port: control.port },
        { path: '/tickets', headers: {} },
        'the control',
      )
      if (round < 0) continue // both were cold
      found.inlet.push(mine)
      found.control.push(theirs)
      bench.say(`p99 ${mine.p99.toFixed(1)} ms, control ${theirs.p99.toFixed(1)} ms`)
    }
    const of = (side: 'inlet' | 'control', part: 'p50' | 'p99') => found[side].map((it) => it[part])
    return {
      measures: (['p50', 'p99'] as const).map((part) => ({
        name: `call to readable ticket, ${part}`,
        unit: 'ms',
        better: 'lower' as const,
        inlet: of('inlet', part),
        control: of('control', part),
      })),
      notes: Object.entries(passedOver)
        .filter(([, count]) => count > 0)
        .map(
          ([who, count]) =>
            `${who}: ${count} tickets had left the list of the newest when the reader looked, and are not counted.`,
        ),
      aims: [
        {
          name: 'call to readable ticket at 200/s, p99',
          unit: 'ms',
          value: median(of('inlet', 'p99')),
          is: 'at most',
          bound: 60,
        },
      ],
    }
  },
})
