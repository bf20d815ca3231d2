// How long from the command to a gateway that answers, on nothing and on a hundred thousand tickets.
import { join } from 'node:path'
import { allAccepted, load } from '../load-job.ts'
import { multiply } from '../many-tickets.ts'
import { suite } from '../suite.ts'
import { median } from '../stats.ts'

export default suite({
  name: 'start',
  title: 'Starting',
  says: 'From the start of the process to its ready line: on an empty folder (a new database is made, all migrations run) and on one with 100,000 tickets. The control starts the same PostgreSQL on the same kind of folder and listens.',
  async run(bench) {
    const fullAt = join(bench.folder(), 'data')
    const filled = await bench.inlet({ data: fullAt })
    // Some tickets as the gateway makes them, and then their like.
    const some = bench.size(200, 20)
    const job = { seed: 5, from: 0, customers: 0, seconds: 1, repeatShare: 0, rate: some, is: 'open' } as const
    allAccepted(await load({ ...job, ...filled.target }, bench.stop), 'Inlet')
    await filled.drained()
    await filled.end()
    const tickets = await multiply(fullAt, bench.size(100_000, 2_000), bench.say)
    bench.say(`${tickets} tickets`)
    const ended = join(bench.folder(), 'data')
    await (await bench.control('start', ended)).end()
    const found = {
      empty: [] as number[],
      emptyControl: [] as number[],
      full: [] as number[],
      fullControl: [] as number[],
    }
    for (let round = 0; round < bench.rounds; round += 1) {
      const empty = await bench.inlet({ bare: true, data: join(bench.folder(), 'data') })
      found.empty.push(empty.readyMs / 1000)
      await empty.end()
      const emptyControl = await bench.control('start', join(bench.folder(), 'data'))
      found.emptyControl.push(emptyControl.readyMs / 1000)
      await emptyControl.end()
      const full = await bench.inlet({ bare: true, data: fullAt })
      found.full.push(full.readyMs / 1000)
      await full.end()
      const fullControl = await bench.control('start', ended)
      found.fullControl.push(fullControl.readyMs / 1000)
      await fullControl.end()
      bench.say(`empty ${found.empty.at(-1)!.toFixed(2)} s, full ${found.full.at(-1)!.toFixed(2)} s`)
    }
    return {
      measures: [
        {
          name: 'ready on an empty folder',
          unit: 's',
          better: 'lower',
          inlet: found.empty,
          control: found.emptyControl,
        },
        {
          name: `ready on ${tickets} tickets`,
          unit: 's',
          better: 'lower',
          inlet: found.full,
          control: found.fullControl,
        },
      ],
      aims: [
        { name: 'ready on an empty folder', unit: 's', value: median(found.empty), is: 'at most', bound: 3 },
        { name: `ready on ${tickets} tickets`, unit: 's', value: median(found.full), is: 'at most', bound: 1.5 },
      ],
    }
  },
})
