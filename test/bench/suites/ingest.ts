// How many signed calls a receiving process takes a second, each answered after its append is durable.
import { join } from 'node:path'
import { allAccepted, load, type Job } from '../load-job.ts'
import { suite } from '../suite.ts'
import { median, percentile, ratios } from '../stats.ts'

const connections = 64

export default suite({
  name: 'ingest',
  title: 'Taking calls in',
  says: `Signed calls of 1.4 kB on ${connections} connections, each sent when the one before was answered; answered after the append is durable. Inlet runs the parts that receive (\`--only connectors,api\`); the control is node:http, HMAC, JSON.parse and joined inserts.`,
  async run(bench) {
    const inlet = await bench.inlet({ only: 'connectors,api' })
    const control = await bench.control('receive', join(bench.folder(), 'data'), inlet.target.line.appSecret)
    const found = { inlet: [] as number[], control: [] as number[], inlet99: [] as number[], control99: [] as number[] }
    const seconds = bench.size(8, 0.3)
    let from = 0
    const run = async (to: Pick<Job, 'port' | 'path' | 'line'>, who: string) => {
      from += 10_000_000
      const job: Job = { ...to, is: 'closed', connections, seconds, from, seed: 1, customers: 5_000 }
      return allAccepted(await load(job, bench.stop), who)
    }
    for (let round = bench.firstRound; round < bench.rounds; round += 1) {
      const mine = await run(inlet.target, 'Inlet')
      const theirs = await run({ ...inlet.target, port: control.port }, 'the control')
      if (round < 0) continue // both were cold
      found.inlet.push(mine.accepted / mine.seconds)
      found.control.push(theirs.accepted / theirs.seconds)
      found.inlet99.push(percentile(mine.latencies, 0.99))
      found.control99.push(percentile(theirs.latencies, 0.99))
      bench.say(`Inlet ${found.inlet.at(-1)!.toFixed(0)}/s, control ${found.control.at(-1)!.toFixed(0)}/s`)
    }
    return {
      measures: [
        { name: 'calls', unit: 'a second', better: 'higher', inlet: found.inlet, control: found.control },
        {
          name: 'answer at full load, p99',
          unit: 'ms',
          better: 'lower',
          inlet: found.inlet99,
          control: found.control99,
        },
      ],
      aims: [
        {
          name: 'calls taken in, of what the control takes',
          unit: '×',
          value: median(ratios(found.inlet, found.control)),
          is: 'at least',
          bound: 0.7,
        },
      ],
    }
  },
})
