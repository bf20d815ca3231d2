// The database under a running gateway: killed whole or a child of it, refusing, hanging, cut off in a transaction, answering to nobody.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { childrenOf, postmasterIn, signal } from '../../support/found-processes.ts'
import type { Fault } from '../fault.ts'

export const faults: readonly Fault[] = [
  {
    id: 'F3',
    says: 'kill -9 of the database server, and of one of its children only',
    settings: [{ layout: 'one' }],
    rounds: 20,
    async disturb({ folder }, { n, chance }) {
      const server = postmasterIn(join(folder, 'data'))
      if (n % 2 === 1) return signal('SIGKILL', [server])
      const children = childrenOf(server)
      signal('SIGKILL', [children[chance.number(children.length, 'child', n)] ?? server])
    },
  },
  {
    id: 'F4',
    says: 'the database refuses, hangs, or drops every connection in the middle of transactions',
    settings: [{ layout: 'split', databaseDoor: true, env: { INLET_ANSWER_SECONDS: '2' } }],
    rounds: 30,
    async disturb({ door }, { n, chance }) {
      if (door === null) throw new Error('This fault needs a door before the database.')
      const how = (['cut', 'refuse', 'hang'] as const)[n % 3]
      if (how === 'cut' || how === undefined) {
        for (let times = 0; times < 5; times += 1) {
          door.cut()
          await pause(chance.number(150, 'cut', n, times))
        }
        return
      }
      door.be(how)
      await pause(1_000 + chance.number(2_000, 'away', n))
      door.be('open')
    },
  },
  {
    id: 'F5',
    says: 'what was committed, and the answer to it is lost: commits and appends, over TCP',
    settings: [{ layout: 'split', databaseDoor: true }],
    rounds: 30,
    async disturb({ door }) {
      if (door === null) throw new Error('This fault needs a door before the database.')
      door.loseAnswers(12)
      await pause(1_200)
      door.loseAnswers(0)
    },
    alsoWrong: async ({ door }) =>
      (door?.lost ?? 0) > 3 ? [] : [`only ${door?.lost} answers were lost: nothing was tried`],
  },
]
