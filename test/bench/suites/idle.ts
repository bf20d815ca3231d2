// What a gateway at rest holds in memory, its database with it.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { heldBy } from '../memory.ts'
import { suite } from '../suite.ts'
import { median } from '../stats.ts'

export default suite({
  name: 'idle',
  title: 'Memory at rest',
  says: 'The gateway and every process of its embedded database, some seconds after the start, nothing to do; pages that processes share are counted once (PSS). The control is node with the same PostgreSQL and a listening socket.',
  async run(bench) {
    const found = { inlet: [] as number[], control: [] as number[] }
    for (let round = 0; round < bench.rounds; round += 1) {
      const inlet = await bench.inlet()
      const control = await bench.control('start', join(bench.folder(), 'data'))
      await pause(bench.size(5_000, 500), undefined, { signal: bench.stop })
      const [mine, theirs] = [heldBy(inlet.pid), heldBy(control.pid)]
      if (mine === null || theirs === null)
        return { measures: [], aims: [], notes: ['Not measured: this system has no /proc to read it from.'] }
      found.inlet.push(mine.megabytes)
      found.control.push(theirs.megabytes)
      bench.say(
        `${mine.megabytes.toFixed(0)} MB in ${mine.processes} processes, control ${theirs.megabytes.toFixed(0)} MB`,
      )
      await inlet.end()
      await control.end()
    }
    return {
      measures: [{ name: 'held at rest', unit: 'MB', better: 'lower', ...found }],
      aims: [
        { name: 'held at rest, database included', unit: 'MB', value: median(found.inlet), is: 'at most', bound: 250 },
      ],
    }
  },
})
