// How long a vendor waits for its answer at a given rate, counted from the time each call was due.
import { join } from 'node:path'
import type { Control } from '../control.ts'
import { allAccepted, load, type Job } from '../load-job.ts'
import { suite, type Aim, type Measure } from '../suite.ts'
import { median, percentile, ratios } from '../stats.ts'

const rates = [200, 1_000]
const setups = [
  { name: 'the whole gateway in one process', only: undefined },
  { name: 'the receiving process alone', only: 'connectors,api' },
] as const

export default suite({
  name: 'latency',
  title: 'Waiting for the answer',
  says: 'Open loop: each call is sent at its time, whatever became of those before, and its latency counts from that time, so that nothing is left out when answers are slow. 20 % of the calls are sent twice at once. Inlet once as `npm start` runs it, all workers busy with what comes in, and once the receiving part alone; the control only receives.',
  async run(bench) {
    const measures: Measure[] = []
    const aims: Aim[] = []
    let control: Control | undefined
    let from = 0
    for (const { name, only } of setups) {
      const inlet = await bench.inlet(only === undefined ? {} : { only })
      control ??= await bench.control('receive', join(bench.folder(), 'data'), inlet.target.line.appSecret)
      const toControl = { ...inlet.target, port: control.port }
      const run = async (to: Pick<Job, 'port' | 'path' | 'line'>, rate: number, who: string) => {
        from += 10_000_000
        const seconds = bench.size(5, 0.3)
        const job: Job = { ...to, is: 'open', rate, repeatShare: 0.2, seconds, from, seed: 2, customers: 5_000 }
        const { latencies } = allAccepted(await load(job, bench.stop), who)
        return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) }
      }
      const settle = () => (only === undefined ? inlet.drained() : Promise.resolve())
      if (!bench.quick) {
        // Both are cold.
        await run(inlet.target, 200, 'Inlet')
        await run(toControl, 200, 'the control')
      }
      for (const rate of rates) {
        const found = { inlet: [] as { p50: number; p99: number }[], control: [] as { p50: number; p99: number }[] }
        for (let round = 0; round < bench.rounds; round += 1) {
          await settle()
          found.inlet.push(await run(inlet.target, rate, 'Inlet'))
          await settle()
          found.control.push(await run(toControl, rate, 'the control'))
          bench.say(
            `${name}, ${rate}/s: p99 ${found.inlet.at(-1)!.p99.toFixed(1)} ms, control ${found.control.at(-1)!.p99.toFixed(1)} ms`,
          )
        }
        for (const part of ['p50', 'p99'] as const) {
          const of = (side: 'inlet' | 'control') => found[side].map((it) => it[part])
          const title = `answer at ${rate}/s, ${name}, ${part}`
          measures.push({ name: title, unit: 'ms', better: 'lower', inlet: of('inlet'), control: of('control') })
          if (part === 'p99')
            aims.push({
              name: `${title}, of the control’s`,
              unit: '×',
              value: median(ratios(of('inlet'), of('control'))),
              is: 'at most',
              bound: 2,
            })
        }
      }
      await inlet.end()
    }
    return { measures, aims }
  },
})
