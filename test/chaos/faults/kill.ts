// Gateway processes that end: kill -9 at random moments, of the one that is everything, of any part, of any of three; and orderly, again and again.
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from '../fault.ts'

export const faults: readonly Fault[] = [
  {
    id: 'F1',
    says: 'kill -9 of gateway processes at random moments, under load with repeats, replies going out meanwhile',
    settings: [{ layout: 'one' }, { layout: 'split' }],
    rounds: 200,
    async disturb({ members }, { n, chance }) {
      const first = chance.number(members.length, 'victim', n)
      const also = chance.number(3, 'two', n) === 0 ? [(first + 1) % members.length] : []
      await Promise.all(
        [...new Set([first, ...also])].map(async (at) => {
          const victim = members[at]
          victim?.kill('SIGKILL')
          await victim?.ended()
          // Now and then it stays away for a while, as where somebody must come and start it.
          if (chance.number(10, 'away', n, at) === 0) await pause(1_500)
          await victim?.start()
        }),
      )
    },
  },
  {
    id: 'F9',
    says: 'processes that leave and join every two seconds: their partitions move all the time',
    settings: [{ layout: 'three' }],
    rounds: 60,
    roundMs: 1_000,
    async disturb({ members }, { n }) {
      const it = members[n % members.length]
      it?.kill('SIGTERM')
      await it?.ended()
      await it?.start()
    },
  },
]
