// The rows about what people may see and have: invited, limited, dropped, and the groups that get what nobody was named for.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TicketAnswer } from '../../schemas/answers.ts'
import { chat, deskHouse, letters, type DeskHouse } from '../support/desk-house.ts'
import { peopleIn } from '../support/desk-people.ts'
import type { Fields } from '../support/desk.ts'

let at: DeskHouse
beforeAll(async () => void (at = await deskHouse(815)), 60_000)
afterAll(() => at.end(), 30_000)

const { goHome, there, chats, allOwned, give, moved } = peopleIn(() => at)
afterEach(goHome)

describe('people', () => {
  it('D54 invited by a link, limited to a brand or channel: in no list of candidates elsewhere, and 403 where they read', async () => {
    const bank = await at.person('d54-bank', { brands: ['bank'] })
    const mail = await at.person('d54-mail', { channels: [letters] })
    await at.is('d54-bank', 'online')
    await at.is('d54-mail', 'online')
    const [here, elsewhere] = [await at.chat('burada'), await at.chat('orada', { account: 1 })]
    await at.owned(elsewhere.id, 'd54-bank')
    expect((await at.desk.ticket(here.id)).assignee).toBe(null)
    for (const { token } of [bank, mail]) {
      for (const path of ['', '/messages', '/history', '/replies'])
        expect((await at.refused('GET', `/v1/tickets/${here.id}${path}`, undefined, token))[0]).toBe(403)
      const { items } = await at.done<{ items: readonly Fields[] }>('GET', '/v1/tickets?limit=200', undefined, token)
      expect(items.map((it) => it['id'])).not.toContain(here.id)
    }
    expect(await at.done('GET', '/v1/me', undefined, bank.token)).toMatchObject({ brands: ['bank'], role: 'agent' })
    expect(await at.refused('POST', '/v1/agents', { name: 'x', email: 'D54-BANK@shop.example' })).toEqual([
      409,
      'email_taken',
    ])
  })

  it('D54 of an agent who is dropped what is not done is handed on, with why; their name stays on what is', async () => {
    await there(['d54-x'])
    const [live, done] = await allOwned(await chats(2))
    const letter = await at.mail()
    expect((await give(letter.id, 'd54-x'))[0]).toBe(200)
    await at.desk.patch(done!.id, { status: 'resolved' })
    await there(['d54-y'])
    await at.drop('/v1/agents/d54-x')
    await at.owned(live!.id, 'd54-y')
    expect(await at.desk.ticket(letter.id)).toMatchObject({ assignee: null, assignedAt: null })
    expect((await at.desk.ticket(done!.id)).assignee).toBe('d54-x')
    expect((await moved(live!.id)).find(({ event }) => event === 'ticket.unassigned')).toMatchObject({
      change: { from: 'd54-x', to: null },
      because: { by: 'presence', name: 'd54-x' },
    })
  })

  it('D54 who may see a brand or a channel no more gives back what they have of it, with why; the rest stays theirs', async () => {
    await there(['d54-s'])
    const [ofShop, ofBank] = await allOwned([await at.chat('burada'), await at.chat('orada', { account: 1 })])
    const letter = await at.mail()
    expect((await give(letter.id, 'd54-s'))[0]).toBe(200)
    await there(['d54-t'])
    await at.change('/v1/agents/d54-s', { brands: ['bank'] })
    await at.owned(ofShop!.id, 'd54-t')
    await at.until(letter.id, ({ assignee }) => assignee !== 'd54-s')
    expect((await at.desk.ticket(ofBank!.id)).assignee).toBe('d54-s')
    expect((await moved(ofShop!.id)).find(({ event }) => event === 'ticket.unassigned')).toMatchObject({
      change: { from: 'd54-s', to: null },
      why: 'd54-s may not see the brand shop any more.',
      because: {
        by: 'presence',
        tests: [{ field: 'agent.brands', op: 'contains', value: 'shop', found: ['bank'] }],
      },
    })

    await at.change('/v1/agents/d54-s', { brands: null, channels: [letters] })
    await at.owned(ofBank!.id, 'd54-t')
    expect((await moved(ofBank!.id)).find(({ event }) => event === 'ticket.unassigned')).toMatchObject({
      why: `d54-s may not see the channel ${chat} any more.`,
    })
  })

  it('D13 D55 D2 what is opened inside the house, by no channel, goes to who a rule names, to their default group, or lies in the pool', async () => {
    await there(['d2-a'], ['d2-b', { channels: [letters] }])
    const opens = async (subject: string) => {
      const { id } = await at.done<TicketAnswer>('POST', '/v1/tickets', { subject, brand: 'shop' })
      return at.desk.triaged(id)
    }
    expect(await opens('telefon')).toMatchObject({ channel: null, assignee: null, group: null })
    const when = { field: 'ticket.subject', op: 'contains', value: 'telefon' }
    await at.done('POST', '/v1/rules', { id: 'd2', name: 'Phone', when, then: { agent: 'd2-b' } })
    const named = await opens('telefon geldi')
    await at.owned(named.id, 'd2-b')
    expect(await at.because(named.id, 'ticket.assigned', 'assignee')).toMatchObject({ rule: 'd2', name: 'Phone' })
    await at.done('POST', '/v1/groups', { id: 'd2', name: 'House', channels: ['none'], isDefault: true })
    expect(await opens('başka')).toMatchObject({ group: 'd2', assignee: null })
    await at.drop('/v1/rules/d2', '/v1/groups/d2')
  })

  it('D55 a default group gets what no rule gave to anybody; without one it is nobody’s; a group that goes leaves what waits to anybody', async () => {
    await at.done('POST', '/v1/groups', {
      id: 'd55',
      name: 'First',
      description: 'They begin.',
      channels: [chat],
      isDefault: true,
    })
    await there(['d55-out'])
    const waits = await at.chat('kim bakacak')
    await at.settled()
    expect(await at.desk.ticket(waits.id)).toMatchObject({ group: 'd55', assignee: null })
    await there(['d55-in', { groups: ['d55'] }])
    await at.owned(waits.id, 'd55-in')
    expect(await at.because(waits.id, 'ticket.assigned', 'assignee')).toMatchObject({
      by: 'default_group',
      name: 'First',
    })
    await at.is('d55-in', 'break')
    const next = await at.chat('ya şimdi')
    await at.settled()
    expect((await at.desk.ticket(next.id)).assignee).toBe(null)
    await at.drop('/v1/groups/d55')
    await at.owned(next.id, 'd55-out')
    const [free] = await allOwned([await at.chat('sonuncu')])
    expect(free).toMatchObject({ group: null, assignee: 'd55-out' })
  })
})
