// Whether memory grows under load: ten minutes of calls, and the slope of what the process holds.
import { setTimeout as pause } from 'node:timers/promises'
import { allAccepted, startLoad } from '../load-job.ts'
import { residentMb } from '../memory.ts'
import { suite } from '../suite.ts'
import { percentile, slope } from '../stats.ts'

const minutes = 10
/** So much is never counted: code is compiled, pools and caches fill. */
const warmMinutes = 1
const rate = 300

export default suite({
  name: 'memory',
  title: 'Memory under load',
  says: `${rate} calls a second for ${minutes} minutes after ${warmMinutes} minute that is not counted, everything in one process; resident memory and used heap of the gateway each second. The slope is that of the least-squares line through the lowest value of each ten seconds: between collections garbage stands there that nobody holds. No control: there is nothing to compare growth with but nought.`,
  async run(bench) {
    const inlet = await bench.inlet()
    const [warm, counted] = [bench.size(warmMinutes * 60, 0.5), bench.size(minutes * 60, 2)]
    const job = { seed: 6, from: 0, customers: 5_000, repeatShare: 0.2, is: 'open', rate } as const
    const load = startLoad({ ...job, ...inlet.target, seconds: warm + counted }, bench.stop)
    await pause(warm * 1000, undefined, { signal: bench.stop })
    const at: number[] = []
    const resident: number[] = []
    const heap: number[] = []
    const began = performance.now()
    for (let second = 1; second <= counted; second += 1) {
      await pause(began + second * 1000 - performance.now(), undefined, { signal: bench.stop })
      const page = await inlet.metrics()
      at.push((performance.now() - began) / 60_000)
      resident.push(residentMb(inlet.pid) ?? inlet.metric(page, 'process_resident_memory_bytes') / 1024 ** 2)
      heap.push(inlet.metric(page, 'nodejs_heap_size_used_bytes') / 1024 ** 2)
      if (second % 60 === 0)
        bench.say(
          `minute ${second / 60}: ${resident.at(-1)!.toFixed(0)} MB resident, ${heap.at(-1)!.toFixed(0)} MB heap`,
        )
    }
    allAccepted(await load.done, 'Inlet')
    const grown = (values: readonly number[]) => minutes * slope(lows(at), lows(values))
    const series = (name: string, values: readonly number[]) => ({
      name,
      x: { unit: 'min', values: at },
      y: { unit: 'MB', values },
    })
    return {
      measures: [
        { name: 'resident, most', unit: 'MB', better: 'lower', inlet: [percentile(resident, 1)], control: [] },
        {
          name: 'heap in use, lowest of ten seconds, most',
          unit: 'MB',
          better: 'lower',
          inlet: [percentile(lows(heap), 1)],
          control: [],
        },
      ],
      aims: [
        { name: 'used heap grows in ten minutes', unit: 'MB', value: grown(heap), is: 'at most', bound: 1 },
        { name: 'resident memory grows in ten minutes', unit: 'MB', value: grown(resident), is: 'at most', bound: 1 },
      ],
      series: [series('resident memory', resident), series('used heap', heap)],
    }
  },
})

/** The lowest of each ten; of times (which rise) the first. */
const lows = (values: readonly number[]): readonly number[] =>
  Array.from({ length: Math.ceil(values.length / 10) }, (_, n) => Math.min(...values.slice(n * 10, n * 10 + 10)))
