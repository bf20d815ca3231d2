// The database under a running gateway: killed whole or a child of it, refusing, hanging, cut off in a transaction, answering to nobody.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { childrenOf, postmasterIn, signal } from '../../support/found-processes.ts'
import type { Fault } from '../fault.ts'
import { flood, growthOf, mayGrowMegabytes } from '../flood.ts'

const floods: string[] = []

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
    id: 'F4-flood',
    says: 'the database hangs while intake runs at full rate: callers are told to come again, and memory stays where it was',
    settings: [{ layout: 'one', env: { INLET_ANSWER_SECONDS: '2' } }],
    rounds: 3,
    async disturb(stage, { n }) {
      const [gateway] = stage.members
      const server = postmasterIn(join(stage.folder, 'data'))
      const pids = [server, ...childrenOf(server)]
      const grew = growthOf(gateway)
      const end = performance.now() + 6_000
      signal('SIGSTOP', pids)
      const flooding = flood(stage, n, () => performance.now() > end)
      await pause(4_000)
      signal('SIGCONT', pids)
      const statuses = await flooding
      const { before, most } = grew()
      const refused = statuses.filter((it) => it === 503).length
      if (refused < 64) floods.push(`only ${refused} calls were told to come again: nothing was tried`)
      if (statuses.some((it) => it !== 200 && it !== 503))
        floods.push(`calls were answered ${[...new Set(statuses)].join()}`)
      if (most - before > mayGrowMegabytes) floods.push(`the process grew from ${before} to ${most} MB`)
    },
    alsoWrong: async () => floods.splice(0),
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
