// The desk's metrics over a real record: who waits and how long, who is there; and what housekeeping forgets of assignments.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ChannelName, Instant } from '../../../schemas/ids.ts'
import { agentRow } from '../../../test/support/desk-given.ts'
import { hires, put, ticketNamed, waits } from '../../../test/support/assign-rig.ts'
import { applyIn } from '../../../test/support/record.ts'
import { main, openStoreRig, other, type StoreRig } from '../../../test/support/store-rig.ts'
import { makeMeter } from '../../drivers/metrics.ts'
import { tellDesk } from '../../watch-desk.ts'

const pigeon = { channel: 'pigeon' as ChannelName, account: 'main', kind: 'dm' }
let rig: StoreRig
beforeAll(async () => {
  rig = await openStoreRig()
})
afterAll(() => rig.close())

it('M2 tells how many wait, how long the oldest does, and who is there, over all workspaces; nothing stays that is no more', async () => {
  await applyIn(rig.store, main, hires([agentRow('ada'), agentRow('bea')]))
  await applyIn(rig.store, other, hires([agentRow('ada'), agentRow('cem')], 'break'))
  await applyIn(rig.store, main, [{ do: 'put-agent', agent: agentRow('new'), create: true }])
  await applyIn(rig.store, main, hires([agentRow('gone', { isActive: false })]))
  await put(rig.store, [waits(1, pigeon), waits(2, pigeon)])
  await rig.sql(`update inlet.waiting set since = now() - interval '90 seconds' where ticket = $1`, [ticketNamed('w2')])
  await rig.sql(`update inlet.waiting set since = now() where ticket = $1`, [ticketNamed('w1')])
  const meter = makeMeter({ ofProcess: false, onFault: (what) => expect.fail(what) })
  const told = async (): Promise<string> => {
    await tellDesk({ meter, queues: rig.queues, channels: new Map([['pigeon', null as never]]) })
    return meter.text()
  }
  const text = await told()
  expect(text).toContain('inlet_waiting_tickets{channel="pigeon"} 2')
  expect(Number(/inlet_waiting_seconds\{channel="pigeon"\} (\S+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(90)
  for (const [presence, n] of [
    ['online', 2],
    ['break', 2],
    ['offline', 1],
    ['invisible', 0],
  ] as const)
    expect(text).toContain(`inlet_agents{presence="${presence}"} ${n}`)
  await applyIn(
    rig.store,
    main,
    [1, 2].map((n) => ({ do: 'unqueue-ticket', ticket: ticketNamed(`w${n}`) }) as const),
  )
  expect(await told()).toMatch(
    /inlet_waiting_tickets\{channel="pigeon"\} 0\n[\s\S]*inlet_waiting_seconds\{channel="pigeon"\} 0\n/,
  )
  meter.close()
})

it('B12 housekeeping forgets what was given longer ago than a rate may ask, and nothing younger', async () => {
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString() as Instant
  const given = [30, 25, 23, 1].map(
    (hours, n) => ({ do: 'note-assignment', agent: 'ada', ticket: ticketNamed(`w${n}`), at: ago(hours) }) as const,
  )
  await applyIn(rig.store, main, given)
  expect(await rig.queues.prunes.assignments(1)).toBe(false)
  expect(await rig.sql('select ticket from inlet.assignment order by at')).toEqual(
    [2, 3].map((n) => ({ ticket: ticketNamed(`w${n}`) })),
  )
})
