// The same desk on a thousand, a hundred thousand and a million tickets: what is there already may cost little.
import { join } from 'node:path'
import { carried, opening, openDesk } from '../desk.ts'
import { allAccepted, load } from '../load-job.ts'
import { multiply } from '../many-tickets.ts'
import { suite, type Bench } from '../suite.ts'
import { median } from '../stats.ts'
import { firstRate, sustain } from '../sustain.ts'

export default suite({
  name: 'desk-many',
  title: 'With many tickets there already',
  says: 'Messages, each of a new customer, carried through all workers, the rate steered by the lag, on folders that hold a thousand, a hundred thousand and a million tickets (made from the few that a gateway made; one of a hundred is still open, with whoever has it, and of its history each has the first event). The rounds go over the three in turn; the control of each is the folder with a thousand, in the same round.',
  async run(bench) {
    const sizes = bench.size([1_000, 100_000, 1_000_000], [200, 600])
    const folders: Awaited<ReturnType<typeof filled>>[] = []
    for (const wanted of sizes) folders.push(await filled(bench, wanted))
    const found = sizes.map(() => [] as number[])
    let from = 0
    for (let round = 0; round < bench.rounds; round += 1)
      for (const [at, folder] of folders.entries()) {
        const inlet = await bench.inlet({ data: folder.data, vendor: folder.vendor })
        from += 10_000_000
        const job = {
          ...inlet.target,
          is: 'open',
          seed: 10,
          customers: 0,
          repeatShare: 0,
          from,
          rate: bench.size(firstRate, 100),
        } as const
        bench.say(`${folder.tickets} tickets there: messages for ${bench.size(40, 2)} s`)
        const it = await sustain({ ...job, seconds: bench.size(30, 1.5) }, () => carried(inlet, opening), bench)
        await inlet.drained()
        await inlet.end()
        found[at]!.push(it.perSecond)
        bench.say(`${folder.tickets} tickets there: ${it.perSecond.toFixed(0)}/s`)
      }
    const share = (at: number) => median(found[at]!.map((it, round) => it / found[0]![round]!))
    return {
      measures: folders.slice(1).map(({ tickets }, n) => ({
        name: `messages beside ${tickets}`,
        unit: 'a second',
        better: 'higher' as const,
        inlet: found[n + 1]!,
        control: found[0]!,
      })),
      aims: folders.slice(1).map(({ tickets }, n) => ({
        name: `beside ${tickets}, of the rate beside ${folders[0]!.tickets}`,
        unit: '×',
        value: share(n + 1),
        is: 'at least' as const,
        bound: 0.85,
      })),
    }
  },
})

/** A folder with its desk, its vendor, and at least so many tickets. */
async function filled(bench: Bench, wanted: number) {
  const data = join(bench.folder(), 'data')
  const inlet = await bench.inlet({ data, keepVendor: true })
  await openDesk(inlet)
  const job = { seed: 5, from: 0, customers: 0, seconds: 1, repeatShare: 0, rate: 200, is: 'open' } as const
  allAccepted(await load({ ...job, ...inlet.target }, bench.stop), 'Inlet')
  await inlet.drained()
  await inlet.end()
  const { vendor } = inlet
  if (vendor === null) throw new Error('the bench has no vendor')
  bench.after(() => vendor.stop())
  const tickets = await multiply(data, wanted, bench.say)
  bench.say(`${tickets} tickets made`)
  return { data, vendor, tickets }
}
