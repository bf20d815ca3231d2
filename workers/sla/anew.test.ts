// A promise that is made anew: which changes of a ticket choose its policy again, and from when the other one counts.
import { describe, expect, it } from 'vitest'
import { makePolicyBook } from '../../core/rules/sla/policies.ts'
import { at, policyRow, SlaWorld } from '../../test/support/sla-world.ts'
import sla from './index.ts'

const wed = '2026-03-04'
const first = (minutes: number, more: object = {}) => policyRow({ targets: { firstResponse: minutes }, ...more })

describe('a policy is chosen anew when what it looks at changes', () => {
  const vip = first(30, {
    id: 'vip',
    name: 'VIP',
    weight: -1,
    when: {
      any: [
        { field: 'ticket.tags', op: 'has', value: 'vip' },
        { not: { field: 'ticket.group', op: 'is_not', value: 'gold' } },
      ],
    },
  })
  const changes = (on: SlaWorld) => on.world.events.flatMap((it) => (it.type === 'sla.changed' ? [it.data] : []))

  it('B7 V10 a tag brings another target from where it began, and its going the first; the history says which and why', async () => {
    const on = new SlaWorld([vip, first(120)])
    await on.open(at(`${wed}T10:00`))
    await on.tag('other', true, at(`${wed}T10:05`))
    expect(changes(on)).toEqual([])
    await on.tag('vip', true, at(`${wed}T10:20`))
    const [began, due] = [at(`${wed}T10:00`), at(`${wed}T12:00`)]
    expect(on.clock('firstResponse')).toMatchObject({ policy: 'vip', startedAt: began, dueAt: at(`${wed}T10:30`) })
    await on.tag('vip', false, at(`${wed}T10:25`))
    expect(on.clock('firstResponse')).toMatchObject({ policy: 'gold', startedAt: began, dueAt: due, state: 'running' })
    expect(changes(on)).toMatchObject([
      {
        policy: 'vip',
        targetMinutes: 30,
        from: { policy: 'gold', targetMinutes: 120, dueAt: due },
        because: { by: 'policy', name: 'VIP', tests: [{ field: 'ticket.tags', op: 'has', found: ['other', 'vip'] }] },
      },
      { policy: 'gold', from: { policy: 'vip', targetMinutes: 30, dueAt: at(`${wed}T10:30`) } },
    ])
    await on.until(due)
    expect(on.told.filter((it) => it.startsWith('breached'))).toEqual(['breached firstResponse'])
  })

  it('B7 V10 another policy with the same times is told of too: it is another promise', async () => {
    const on = new SlaWorld([{ ...vip, targets: { firstResponse: 120 } }, first(120)])
    await on.open(at(`${wed}T10:00`))
    await on.tag('vip', true, at(`${wed}T10:20`))
    expect(changes(on)).toMatchObject([{ policy: 'vip', targetMinutes: 120, from: { policy: 'gold' } }])
  })

  it('B7 V10 a group’s policy holds when the ticket is given to it, and may be broken at once', async () => {
    const on = new SlaWorld([vip, first(120)])
    await on.open(at(`${wed}T10:00`))
    await on.give('gold', at(`${wed}T10:40`))
    expect(on.clock('firstResponse')).toMatchObject({ policy: 'vip', state: 'breached', dueAt: at(`${wed}T10:30`) })
  })

  it('B7 V10 a policy is chosen by the message that opened the ticket, not by what the customer wrote since', async () => {
    const refunds = { field: 'message.text', op: 'contains', value: 'iade' } as const
    const night = { field: 'time.clock', op: 'between', value: ['06:00', '08:00'] } as const
    for (const when of [refunds, night]) {
      const policy = first(240, { when, byPriority: { urgent: { firstResponse: 120 } } })
      const on = new SlaWorld([policy])
      await on.open(at(`${wed}T09:30`), {}, false)
      await on.say('in', 'user', at(`${wed}T09:30`), { text: 'iade istiyorum' })
      await on.triaged(at(`${wed}T09:30`))
      await on.say('in', 'user', at(`${wed}T12:00`), { text: 'Orada mısınız?' })
      await on.prioritise('urgent', at(`${wed}T12:00`))
      expect(on.told).toEqual(['started firstResponse', 'changed firstResponse', 'breached firstResponse'])
    }
  })

  it('B7 a ticket that no policy held for gets its clocks from when it was opened', async () => {
    const on = new SlaWorld([vip])
    await on.open(at(`${wed}T10:00`))
    expect(on.clock('firstResponse')).toBeNull()
    await on.tag('vip', true, at(`${wed}T10:10`))
    expect(on.clock('firstResponse')).toMatchObject({ startedAt: at(`${wed}T10:00`), dueAt: at(`${wed}T10:30`) })
  })

  it('B7 where no policy looks at it nothing is chosen, read or locked', async () => {
    const on = new SlaWorld([first(120)])
    await on.open(at(`${wed}T10:00`))
    await on.tag('vip', true, at(`${wed}T10:20`))
    const tagged = on.world.events.filter((it) => it.type === 'ticket.tagged')
    expect(tagged).toHaveLength(1)
    expect(await sla.sift?.(tagged, { desk: async () => ({ sla: makePolicyBook([first(120)]) }) } as never)).toEqual([])
    const looks = async () => ({ sla: makePolicyBook([vip]) })
    expect(await sla.sift?.(tagged, { desk: looks } as never)).toEqual(tagged)
  })
})
