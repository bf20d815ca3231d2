// Who gets what, case by case: language, groups, people by name, caps, rates, coming and going.
import { describe, expect, it } from 'vitest'
import type { ChannelName } from '../../schemas/ids.ts'
import { after, event } from '../../test/support/given.ts'
import { agentRow } from '../../test/support/desk-given.ts'
import { assignWorld } from '../../test/support/assign-world.ts'

const other = 'gull' as ChannelName
const assigned = (on: ReturnType<typeof assignWorld>) =>
  on.world.events.flatMap((it) => (it.type === 'ticket.assigned' ? [it.data] : []))

describe('who gets a ticket', () => {
  it('D13 D43 the least loaded who is online, with why, and since when it is theirs', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada'), agentRow('bea'), agentRow('cem'))
    on.put('cem', 'break')
    const first = await on.arrives('one')
    const second = await on.arrives('two')
    expect(new Set([on.whose(first), on.whose(second)])).toEqual(new Set(['ada', 'bea']))
    expect(on.world.tickets.get(second)?.assignedAt).toBe(on.now())
    expect(on.world.waiting.size).toBe(0)
    expect(assigned(on)[1]).toMatchObject({
      field: 'assignee',
      from: null,
      because: { by: 'queue', tests: [{ field: 'agent.load', found: 0, value: 2 }] },
    })
    expect(assigned(on)[1]?.why).toContain('has 0 live conversations, the fewest of 2')
  })

  it('D44 of loads 2, 1 and 1 one of the two with 1, by the seed of the event', async () => {
    const chosen = new Set<string | null>()
    for (let n = 0; n < 30; n += 1) {
      const on = assignWorld()
      on.hire(agentRow('ada'), agentRow('bea'), agentRow('cem'))
      for (let load = 0; load < 4; load += 1) await on.arrives(`load${load}`)
      const counts = ['ada', 'bea', 'cem'].map((it) => on.held(it).length)
      expect(counts.toSorted()).toEqual([1, 1, 2])
      const busy = ['ada', 'bea', 'cem'][counts.indexOf(2)]
      const agent = on.whose(await on.arrives(`n${n}`))
      expect(agent).not.toBe(busy)
      chosen.add(agent)
    }
    expect(chosen.size).toBeGreaterThan(1)
  })

  it('D44 who speaks the language, also when somebody else has less to do', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { languages: ['fr-CA'] }), agentRow('bea'))
    for (let n = 0; n < 3; n += 1) expect(on.whose(await on.arrives(`n${n}`, { language: 'fr' }))).toBe('ada')
    expect(assigned(on)[0]).toMatchObject({ because: { by: 'language', name: 'fr' } })
  })

  it('D44 B10 they are online and have no room: it waits for them, and nobody behind it waits for that', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { languages: ['fr'], capacity: { '*': 1 } }), agentRow('bea'))
    const first = await on.arrives('one', { language: 'fr' })
    const waits = await on.arrives('two', { language: 'fr' })
    const behind = await on.arrives('three', { language: 'tr' })
    expect([on.whose(first), on.whose(waits), on.whose(behind)]).toEqual(['ada', null, 'bea'])
    await on.becomes(first, 'resolved')
    expect(on.whose(waits)).toBe('ada')
  })

  it('D44 all of them are away: the language is passed by, and said so', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { languages: ['fr'] }), agentRow('bea'))
    on.put('ada', 'break')
    expect(on.whose(await on.arrives('one', { language: 'fr' }))).toBe('bea')
    expect(assigned(on)[0]).toMatchObject({ because: { by: 'presence', name: 'fr' } })
    expect(assigned(on)[0]?.why).toMatch(/^Nobody who speaks fr is online\./)
  })

  it('D44 what waits for the only one of its language is for others when they go on a break', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { languages: ['fr'], capacity: { '*': 1 } }), agentRow('bea'))
    await on.arrives('one', { language: 'fr' })
    const waits = await on.arrives('two', { language: 'fr' })
    expect(on.whose(waits)).toBe(null)
    await on.goes('ada', 'break')
    expect(on.whose(waits)).toBe('bea')
  })

  it('D44 a group that was chosen by language alone is passed by when none of it is there, any other group is waited for', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { groups: ['french'] }), agentRow('bea'))
    on.put('ada', 'offline')
    expect(on.whose(await on.arrives('one', { group: 'french', isGroupByLanguage: true, language: 'fr' }))).toBe('bea')
    expect(on.whose(await on.arrives('two', { group: 'french' }))).toBe(null)
    expect(assigned(on)[0]).toMatchObject({ because: { by: 'presence', name: 'french' } })
  })

  it('D13 D55 only somebody of the group, of the brand and of the channel', async () => {
    const on = assignWorld()
    on.hire(
      agentRow('ada', { groups: ['returns'], brands: ['shop'] }),
      agentRow('bea', { groups: ['returns'], channels: [other] }),
      agentRow('cem', { groups: ['billing'] }),
    )
    expect(on.whose(await on.arrives('one', { group: 'returns', brand: 'shop' }))).toBe('ada')
    expect(on.whose(await on.arrives('two', { group: 'returns', brand: 'bank' }))).toBe(null)
    expect(on.whose(await on.arrives('three', { group: 'returns', brand: 'bank', channel: other }))).toBe('bea')
  })

  it('B10 named and full: a ticket waits for them; named and away: mail lies in their list, a live conversation goes to others', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { capacity: { [other]: 1 } }), agentRow('bea'))
    expect(on.whose(await on.arrives('one', { agent: 'ada', channel: other }))).toBe('ada')
    expect(on.whose(await on.arrives('two', { agent: 'ada', channel: other }))).toBe(null)
    on.put('ada', 'offline')
    expect(on.whose(await on.arrives('mail', { agent: 'ada', isLive: false }))).toBe('ada')
    expect(on.whose(await on.arrives('chat', { agent: 'ada' }))).toBe('bea')
    expect(assigned(on).at(-1)).toMatchObject({ because: { by: 'presence', name: 'ada' } })
  })

  it('D54 D13 why others have it: who was named is away, or may not see it', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { channels: [other] }), agentRow('bea'))
    await on.arrives('chat', { agent: 'ada' })
    expect(assigned(on).at(-1)?.why).toMatch(/^ada may not have it\./)
    on.put('ada', 'offline')
    await on.arrives('theirs', { agent: 'ada', channel: other })
    expect(assigned(on).at(-1)?.why).toMatch(/^ada is not there, and this cannot wait\./)
  })

  it('B10 3.8 five live conversations together where no cap is said, and any number of others', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada'))
    for (let n = 0; n < 7; n += 1) await on.arrives(`chat${n}`, n % 2 === 0 ? { channel: other } : {})
    expect(on.held('ada')).toHaveLength(5)
    for (let n = 0; n < 20; n += 1) await on.arrives(`mail${n}`, { isLive: false })
    expect(on.held('ada')).toHaveLength(25)
  })

  it('B12 no more than their rate, and the next when its window has passed', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { rate: { max: 2, minutes: 10 } }))
    for (let n = 0; n < 3; n += 1) await on.arrives(`mail${n}`, { isLive: false })
    expect(on.held('ada')).toHaveLength(2)
    const [first] = on.world.given
    const dueAt = new Date(Date.parse(first!.at) + 600_000).toISOString()
    expect([...on.world.wakes.values()]).toEqual([
      expect.objectContaining({ kind: 'assign_more', subject: 'rate', dueAt }),
    ])
  })

  it('B11 a freed chair goes to the most urgent, of those to the one who waits longest', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { capacity: { '*': 1 } }))
    const now = await on.arrives('now')
    const second = await on.arrives('second')
    const third = await on.arrives('third')
    const urgent = await on.arrives('urgent', { priority: 'urgent' })
    for (const [done, next] of [
      [now, urgent],
      [urgent, second],
      [second, third],
    ] as const) {
      await on.becomes(done, 'resolved')
      expect(on.whose(next)).toBe('ada')
    }
  })

  it('B10 of several that are given by one decision each counts for the next', async () => {
    const on = assignWorld()
    for (let n = 0; n < 12; n += 1) on.lies(`n${n}`)
    on.hire(agentRow('ada', { capacity: { '*': 2 } }), agentRow('bea'))
    await on.goes('ada', 'online')
    expect([on.held('ada').length, on.held('bea').length]).toEqual([2, 5])
  })

  it('P15 a row that is older than what was done to its ticket gives it to nobody', async () => {
    const on = assignWorld()
    const ticket = on.lies('one')
    on.world.tickets.set(ticket, { ...on.world.tickets.get(ticket)!, assignee: 'bea' })
    on.hire(agentRow('ada'), agentRow('bea'))
    await on.goes('ada', 'online')
    expect([on.whose(ticket), on.world.waiting.size, assigned(on)]).toEqual(['bea', 0, []])
  })

  it('P15 10,000 of a group nobody is in keep nobody behind them waiting', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada'))
    for (let n = 0; n < 10_000; n += 1) on.lies(`stuck${n}`, { group: 'empty', priority: 'urgent' })
    expect(on.whose(await on.arrives('served'))).toBe('ada')
  })
})

describe('coming and going', () => {
  it('D47 who goes offline gives back live conversations, at their old place, and keeps the mail; others get them', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada'))
    const chats = [await on.arrives('c1'), await on.arrives('c2'), await on.arrives('c3')]
    const mail = await on.arrives('mail', { isLive: false })
    on.hire(agentRow('bea', { capacity: { '*': 2 } }))
    const late = on.lies('late')
    await on.goes('ada', 'offline')
    expect(chats.map(on.whose)).toEqual(['bea', 'bea', null])
    expect([on.whose(mail), on.whose(late)]).toEqual(['ada', null])
    expect(on.world.waiting.get(chats[2]!)?.since).toBe(on.world.tickets.get(chats[2]!)?.createdAt)
    expect(on.world.tickets.get(chats[2]!)?.assignedAt).toBe(null)
    const back = on.world.events.flatMap((it) => (it.type === 'ticket.unassigned' ? [it.data] : []))
    expect(back).toHaveLength(3)
    expect(back[0]).toMatchObject({ from: 'ada', because: { by: 'presence', name: 'ada' } })
    await on.becomes(chats[0]!, 'resolved')
    expect(on.whose(chats[2]!)).toBe('bea')
  })

  it('D47 a break and being invisible keep all, and bring nothing new', async () => {
    for (const presence of ['break', 'invisible'] as const) {
      const on = assignWorld()
      on.hire(agentRow('ada'))
      const mine = await on.arrives('one')
      await on.goes('ada', presence)
      const next = await on.arrives('two')
      expect([on.whose(mine), on.whose(next)]).toEqual(['ada', null])
      await on.goes('ada', 'online')
      expect(on.whose(next)).toBe('ada')
    }
  })

  it('D47 a conversation that is opened again while whose it was is away goes to somebody else', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada'))
    const chat = await on.arrives('one')
    await on.becomes(chat, 'resolved')
    await on.goes('ada', 'offline')
    expect(on.whose(chat)).toBe('ada')
    on.hire(agentRow('bea'))
    await on.becomes(chat, 'reopened')
    expect(on.whose(chat)).toBe('bea')
  })

  it('D44 what a group by language gives back is for others while none of it is there, of any other group it waits', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { groups: ['french'] }))
    const [spoken, meant] = [await on.arrives('one', { group: 'french' }), await on.arrives('two', { group: 'french' })]
    for (const [ticket, by] of [
      [spoken, 'language'],
      [meant, 'rule'],
    ] as const) {
      const because = { rule: 'r', by, name: 'R', tests: [] }
      const data = { ticket, field: 'group', from: null, to: 'french', because } as const
      on.world.events.push(event('ticket.assigned', `grouped ${ticket}`, data))
    }
    on.hire(agentRow('bea'))
    await on.goes('ada', 'offline')
    expect([on.whose(spoken), on.whose(meant)]).toEqual(['bea', null])
    expect(assigned(on).at(-1)).toMatchObject({ because: { by: 'presence', rule: 'r', name: 'french' } })
  })

  it('D43 D55 what is given back waits for anybody where its group is gone by now', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada', { groups: ['front'] }))
    const chat = await on.arrives('one', { group: 'front' })
    on.world.desk = { ...on.world.desk, groups: [] }
    on.hire(agentRow('bea'))
    await on.goes('ada', 'offline')
    expect(on.whose(chat)).toBe('bea')
  })

  it('who is active no more keeps nothing', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada'))
    const mail = await on.arrives('mail', { isLive: false })
    on.world.desk = { ...on.world.desk, agents: [agentRow('ada', { isActive: false }), agentRow('bea')] }
    on.put('bea', 'online')
    await on.hear('wake.due', { wake: 'wak_1', kind: 'assign_more', subject: 'desk', dueAt: on.now(), basis: null })
    expect(on.whose(mail)).toBe('bea')
  })

  it('D54 who may not see it any more gives it back, also what has no brand; what they see stays theirs', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada'))
    const tickets = [await on.arrives('ours'), await on.arrives('theirs'), await on.arrives('nobody’s')]
    for (const [n, brand] of ['shop', 'bank', null].entries())
      on.world.tickets.set(tickets[n]!, { ...on.world.tickets.get(tickets[n]!)!, brand })
    on.world.desk = { ...on.world.desk, agents: [agentRow('ada', { brands: ['shop'] })] }
    await on.hear('wake.due', { wake: 'wak_1', kind: 'assign_more', subject: 'desk', dueAt: on.now(), basis: null })
    expect(tickets.map(on.whose)).toEqual(['ada', null, null])
    const why = on.world.events.flatMap((it) => (it.type === 'ticket.unassigned' ? [it.data.why] : []))
    expect(why).toEqual([
      expect.stringMatching(/ may not see the brand bank any more\.$/),
      expect.stringMatching(/ may not see what has no brand any more\.$/),
    ])
  })

  it('D43 what nobody has any more by a person’s word waits again where agents are found by themselves, and lies in the pool elsewhere', async () => {
    const on = assignWorld()
    on.hire(agentRow('ada'))
    const [chat, mail] = [await on.arrives('chat'), await on.arrives('mail', { isLive: false })]
    on.put('ada', 'break')
    for (const ticket of [chat, mail]) {
      const row = on.world.tickets.get(ticket)!
      on.world.tickets.set(ticket, { ...row, assignee: null })
      await on.hear('ticket.unassigned', { ticket, field: 'assignee', from: 'ada' }, 'boss')
    }
    expect([...on.world.waiting.keys()]).toEqual([chat])
    // Asked for before its account said that nobody is found by the machine.
    const over = { kind: 'assign_ticket', subject: mail, dueAt: after({}), basis: null } as const
    await on.hear('wake.due', { wake: 'wak_1', ...over })
    expect([...on.world.waiting.keys()]).toEqual([chat])
    on.finds(mail, 'pool_then_auto')
    await on.hear('wake.due', { wake: 'wak_2', ...over })
    expect([...on.world.waiting.keys()]).toEqual([chat, mail])
  })

  it('conflict 1: what lies open in an account follows when it finds its agents in another way; who was named is waited for in every way', async () => {
    const on = assignWorld()
    const [ticket, named] = [await on.arrives('one'), await on.arrives('two', { agent: 'eda' })]
    const { channel, account } = on.world.tickets.get(ticket)!
    const changed = async (version: number) => {
      const subject = `${channel}/${account}/${version}`
      await on.hear('wake.due', {
        wake: `wak_${version}`,
        kind: 'assign_account',
        subject,
        dueAt: on.now(),
        basis: null,
      })
      return [...on.world.waiting.keys()].toSorted()
    }
    on.finds(ticket, 'pool')
    expect(await changed(2)).toEqual([named])
    on.finds(ticket, 'auto')
    expect(await changed(3)).toEqual([ticket, named].toSorted())
    expect(on.world.waiting.get(ticket)?.since).toBe(on.world.tickets.get(ticket)!.createdAt)
    on.finds(ticket, 'pool_then_auto', 1_000_000)
    expect(await changed(4)).toEqual([named])
    expect([...on.world.wakes.values()].map(({ kind, subject }) => [kind, subject])).toContainEqual([
      'assign_ticket',
      ticket,
    ])
  })

  it('B3 what a rule sets aside and gives to somebody by name waits for them all the same; what it sets aside alone does not', async () => {
    const on = assignWorld()
    const [named, other] = [on.lies('one', { agent: 'ada' }), on.lies('two')]
    for (const ticket of [named, other]) {
      on.world.tickets.set(ticket, { ...on.world.tickets.get(ticket)!, status: 'on_hold', category: 'waiting' })
      const data = { ticket, from: 'new', to: 'on_hold', category: 'waiting', why: null } as const
      await on.hear('ticket.status_changed', data)
    }
    expect([...on.world.waiting.keys()]).toEqual([named])
    on.hire(agentRow('ada'))
    await on.goes('ada', 'online')
    expect([on.whose(named), on.whose(other)]).toEqual(['ada', null])
  })

  it('what is done, or was given by hand, waits no more', async () => {
    const on = assignWorld()
    const [done, taken] = [await on.arrives('one'), await on.arrives('two')]
    await on.becomes(done, 'resolved')
    on.world.tickets.set(taken, { ...on.world.tickets.get(taken)!, assignee: 'ada' })
    await on.hear('ticket.assigned', { ticket: taken, field: 'assignee', from: null, to: 'ada' }, 'ada')
    expect(on.world.waiting.size).toBe(0)
  })

  it('D13 B10 what waits for one agent and is given to a group by hand waits for them no more: for the group, or in its pool', async () => {
    for (const mode of ['auto', 'pool'] as const) {
      const on = assignWorld()
      on.founds('new')
      const ticket = on.lies('one', { agent: 'ada' })
      on.finds(ticket, mode)
      on.world.tickets.set(ticket, { ...on.world.tickets.get(ticket)!, group: 'new' })
      await on.hear('ticket.assigned', { ticket, field: 'group', from: null, to: 'new' }, 'boss')
      const waits = [...on.world.waiting.values()].map(({ group, agent }) => ({ group, agent }))
      expect(waits).toEqual(mode === 'auto' ? [{ group: 'new', agent: null }] : [])
    }
  })

  it('a changed priority, language or group is that of the row that waits', async () => {
    const on = assignWorld()
    const ticket = await on.arrives('one')
    on.world.tickets.set(ticket, { ...on.world.tickets.get(ticket)!, priority: 'urgent', language: 'fr', group: 'new' })
    await on.hear('ticket.priority_changed', { ticket, from: 'low', to: 'urgent' }, 'ada')
    expect(on.world.waiting.get(ticket)).toMatchObject({ priority: 'urgent', language: 'fr', group: null })
    on.founds('new')
    await on.hear('ticket.assigned', { ticket, field: 'group', from: null, to: 'new' }, 'ada')
    expect(on.world.waiting.get(ticket)).toMatchObject({ group: 'new' })
  })
})
