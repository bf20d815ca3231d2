// The rows about people and who gets what, from outside: customers write as their vendor brings it, agents come by their own sessions.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TicketAnswer } from '../../schemas/answers.ts'
import type { AgentAnswer } from '../../schemas/desk-answers.ts'
import { chat, deskHouse, letters, type DeskHouse } from '../support/desk-house.ts'
import { until, type Fields } from '../support/desk.ts'

let at: DeskHouse
beforeAll(async () => void (at = await deskHouse(812)), 60_000)
afterAll(() => at.end(), 30_000)

/** Nobody is left, and nothing is left to do. */
afterEach(async () => {
  const people = (await at.desk.list<AgentAnswer>('/v1/agents')).filter(({ isActive }) => isActive)
  for (const { id } of people) await at.change(`/v1/agents/${id}`, { isActive: false })
  const open = await at.desk.tickets('?statusCategory=open,waiting')
  await Promise.all(open.map(({ id }) => at.desk.patch(id, { status: 'resolved' })))
})

/** Agents who are there, each of their own name in each test. */
const there = async (...agents: readonly (readonly [string, Fields?])[]): Promise<void> => {
  for (const [id, more] of agents) {
    await at.agent(id, more)
    await at.is(id, 'online')
  }
}
/** At one moment. */
const chats = (count: number, text = 'merhaba'): Promise<readonly TicketAnswer[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => at.chat(`${text} ${n}`)))
const allOwned = (tickets: readonly TicketAnswer[]): Promise<readonly TicketAnswer[]> =>
  Promise.all(tickets.map(({ id }) => at.until(id, ({ assignee }) => assignee !== null)))
const give = async (ticket: string, assignee: string | null, key?: string) => {
  const { version } = await at.desk.ticket(ticket)
  return at.refused('PATCH', `/v1/tickets/${ticket}`, { version, assignee }, key)
}
const loads = (tickets: readonly TicketAnswer[]): readonly number[] =>
  [...Map.groupBy(tickets, ({ assignee }) => assignee).values()].map((all) => all.length).toSorted()
const moved = async (ticket: string) =>
  (await at.history(ticket)).filter(({ change, event }) => change?.field === 'assignee' && event !== 'ticket.created')

describe('live chats', () => {
  it('D43 P15 none lies in a pool while somebody may have it; equal agents have equally many', async () => {
    await there(['d43-a'], ['d43-b'], ['d43-c'], ['d43-bank', { brands: ['bank'] }])
    const found = await allOwned(await chats(12))
    expect(loads(found)).toEqual([4, 4, 4])
    expect(found.some(({ assignee }) => assignee === 'd43-bank')).toBe(false)
    expect(await at.desk.tickets(`?assignee=none&statusCategory=open&channel=${chat}`)).toEqual([])
  })

  it('D44 the least loaded of loads 2, 1 and 1; who speaks the language before who has less; nobody of it there: the least loaded other', async () => {
    await there(['d44-a'], ['d44-b'], ['d44-c'])
    const four = await chats(4)
    await allOwned(four)
    for (const [n, who] of ['d44-a', 'd44-a', 'd44-b', 'd44-c'].entries())
      expect((await give(four[n]!.id, who))[0]).toBe(200)
    const [next] = await allOwned(await chats(1))
    expect(['d44-b', 'd44-c']).toContain(next!.assignee)
    const because = await at.because(next!.id, 'ticket.assigned', 'assignee')
    expect(because?.tests).toContainEqual({ field: 'agent.load', op: 'least_of', value: 3, found: 1 })

    await there(['d44-fr', { languages: ['fr-CA'] }])
    const french = 'Bonjour, je voudrais savoir où en est ma commande, merci.'
    const theirs = await allOwned([await at.chat(french), await at.chat(french), await at.chat(french)])
    expect(theirs.map(({ assignee }) => assignee)).toEqual(['d44-fr', 'd44-fr', 'd44-fr'])
    await at.is('d44-fr', 'offline')
    for (const { id } of theirs) await at.until(id, ({ assignee }) => assignee !== null && assignee !== 'd44-fr')
    const [other] = await allOwned([await at.chat(french)])
    expect(await at.because(other!.id, 'ticket.assigned', 'assignee')).toMatchObject({ by: 'presence', name: 'fr' })
  })

  it('D44 a group by language: its own while one of them is there, else anybody', async () => {
    await at.done('POST', '/v1/groups', { id: 'italian', name: 'Italian' })
    await there(['d44-it', { groups: ['italian'] }], ['d44-x'])
    const when = { field: 'ticket.language', op: 'is', value: 'it' }
    await at.done('POST', '/v1/rules', {
      id: 'it',
      name: 'Italian',
      channels: [chat],
      when,
      then: { group: 'italian' },
    })
    const text = 'Buongiorno, vorrei sapere quando arriva il mio ordine, grazie mille.'
    const [first] = await allOwned([await at.chat(text)])
    expect(first!.assignee).toBe('d44-it')
    expect(await at.because(first!.id, 'ticket.assigned', 'assignee')).toMatchObject({ rule: 'it', by: 'rule' })
    await at.is('d44-it', 'offline')
    const [second] = await allOwned([await at.chat(text)])
    expect(second).toMatchObject({ assignee: 'd44-x', group: 'italian' })
    // What their agent had is no other matter.
    await at.owned(first!.id, 'd44-x')
    expect(await at.because(first!.id, 'ticket.assigned', 'assignee')).toMatchObject({ rule: 'it', by: 'presence' })
    await at.drop('/v1/rules/it')
  })

  it('D44 conflict 1: a group by language is passed by also after a while in the pool; a group that a rule chose for what was said is waited for', async () => {
    for (const id of ['spanish', 'lawyers']) await at.done('POST', '/v1/groups', { id, name: id })
    await there(['d44-y'])
    const rule = (id: string, field: string, value: string) =>
      at.done('POST', '/v1/rules', {
        id,
        name: id,
        when: { field, op: field === 'ticket.language' ? 'is' : 'contains', value },
        then: { group: id },
      })
    await rule('spanish', 'ticket.language', 'es')
    await rule('lawyers', 'message.text', 'abogado')
    await at.change(`/v1/accounts/${chat}/main`, { assignment: 'pool_then_auto' })
    const text = 'Hola, me gustaría saber cuándo llega mi pedido, muchas gracias.'
    const [language, word] = [await at.chat(text), await at.chat(`${text} Soy abogado.`)]
    await at.settled()
    expect([language, word].map(({ group, assignee }) => [group, assignee])).toEqual([
      ['spanish', null],
      ['lawyers', null],
    ])
    await at.journey
      .database!.pool('owner')
      .query(`update inlet.wakeup set due_at = now() where kind = 'assign_ticket' and subject = any($1)`, [
        [language.id, word.id],
      ])
    await at.owned(language.id, 'd44-y')
    await at.settled()
    expect((await at.desk.ticket(word.id)).assignee).toBe(null)
    await at.change(`/v1/accounts/${chat}/main`, { assignment: null })
    await there(['d44-law', { groups: ['lawyers'] }])
    await at.owned(word.id, 'd44-law')
    expect(await at.because(word.id, 'ticket.assigned', 'assignee')).toMatchObject({ rule: 'lawyers', by: 'rule' })
    await at.drop('/v1/rules/spanish', '/v1/rules/lawyers')
  })

  it('D47 offline gives live chats to others, once each, and answers none; a break and being invisible keep them, and get nothing new', async () => {
    const ada = await at.person('d47-ada')
    await at.is('d47-ada', 'online')
    const mine = await allOwned(await chats(2))
    await there(['d47-bea'])
    const letter = await at.mail()
    expect((await give(letter.id, 'd47-ada'))[0]).toBe(200)
    const since = async () => (await at.done<AgentAnswer>('GET', '/v1/agents/d47-ada')).presenceSince
    let before = await since()
    for (const presence of ['break', 'invisible']) {
      await at.done('POST', '/v1/me/presence', { presence }, ada.token)
      const [other] = await allOwned(await chats(1))
      expect(other!.assignee).toBe('d47-bea')
      expect((await since()) > before).toBe(true)
      before = await since()
      expect((await at.refused('POST', `/v1/tickets/${mine[0]!.id}/replies`, { text: 'hemen' }, ada.token))[0]).toBe(
        202,
      )
    }
    expect((await at.desk.tickets('?assignee=d47-ada')).length).toBe(3)
    await at.done('POST', '/v1/me/presence', { presence: 'offline' }, ada.token)
    for (const { id } of mine) {
      await at.owned(id, 'd47-bea')
      const steps = (await moved(id)).slice(-2)
      expect(steps.map(({ event }) => event)).toEqual(['ticket.unassigned', 'ticket.assigned'])
      expect(steps[0]).toMatchObject({ change: { from: 'd47-ada', to: null }, because: { by: 'presence' } })
    }
    expect((await at.desk.ticket(letter.id)).assignee).toBe('d47-ada')
    const answer = (ticket: string) => at.refused('POST', `/v1/tickets/${ticket}/replies`, { text: 'hm' }, ada.token)
    expect(await answer(mine[0]!.id)).toEqual([409, 'not_available'])
    expect((await answer(letter.id))[0]).toBe(202)
    // What is left to who is offline: reading what was, and putting away what is theirs.
    const { version } = await at.desk.ticket(letter.id)
    const close = { version, status: 'resolved' }
    expect((await at.refused('PATCH', `/v1/tickets/${letter.id}`, close, ada.token))[0]).toBe(200)
    expect((await at.refused('GET', `/v1/tickets/${mine[0]!.id}/messages`, undefined, ada.token))[0]).toBe(200)
    expect((await at.events('agent.presence_changed')).filter(({ data }) => data['agent'] === 'd47-ada')).toHaveLength(
      4,
    )
  })
})

describe('by hand', () => {
  it('D45 W7 to who is online and may see it, as often as they like; history says from whom, to whom and by whom', async () => {
    const [ada, bea] = [await at.person('d45-ada'), await at.person('d45-bea')]
    await at.is('d45-ada', 'online')
    const [ticket] = await allOwned(await chats(1))
    await at.agent('d45-away')
    await there(['d45-bank', { brands: ['bank'] }], ['d45-mail', { channels: [letters] }])
    expect(await give(ticket!.id, 'd45-away', ada.token)).toEqual([409, 'not_available'])
    expect(await give(ticket!.id, 'd45-bank', ada.token)).toEqual([403, 'not_authorised'])
    expect(await give(ticket!.id, 'd45-mail', ada.token)).toEqual([403, 'not_authorised'])
    expect(await give(ticket!.id, 'd45-nobody', ada.token)).toEqual([422, 'unknown_agent'])
    await at.is('d45-bea', 'online')
    for (const [who, by] of [
      ['d45-bea', ada],
      ['d45-ada', bea],
      ['d45-bea', ada],
    ] as const)
      expect((await give(ticket!.id, who, by.token))[0]).toBe(200)
    const steps = (await moved(ticket!.id)).slice(-3)
    expect(steps.map(({ change, actor }) => [change?.from, change?.to, actor.id])).toEqual([
      ['d45-ada', 'd45-bea', 'd45-ada'],
      ['d45-bea', 'd45-ada', 'd45-bea'],
      ['d45-ada', 'd45-bea', 'd45-ada'],
    ])
    const read = await at.done<{ items: readonly Fields[] }>(
      'GET',
      `/v1/tickets/${ticket!.id}/messages`,
      undefined,
      bea.token,
    )
    expect(read.items).toHaveLength(1)
  })

  it('L4 L5 who is not online takes nothing; of two at once one has it, and what is somebody’s is taken by who saw that', async () => {
    const people = [await at.person('l5-a'), await at.person('l5-b')]
    const { id } = await at.mail()
    const take = (key: string, body: Fields = {}) => at.refused('POST', `/v1/tickets/${id}/take`, body, key)
    expect(await take(people[0]!.token)).toEqual([409, 'not_available'])
    for (const { token } of people) await at.done('POST', '/v1/me/presence', { presence: 'online' }, token)
    const both = await Promise.all(people.map(({ token }) => take(token)))
    expect(both.map(([status]) => status).toSorted()).toEqual([200, 409])
    expect(both.map(([, code]) => code)).toContain('already_taken')
    const [winner, loser] = both[0]![0] === 200 ? people : people.toReversed()
    const now = await at.desk.ticket(id)
    expect(now.assignee).toBe(winner!.id)
    expect(await take(loser!.token, { version: now.version - 1 })).toEqual([409, 'already_taken'])
    expect(await take(loser!.token, { version: now.version })).toEqual([200, undefined])
    const landed = await until(
      () => at.events('ticket.assigned', id),
      (all) => all.length === 2,
    )
    expect(landed.map(({ data }) => data['to'])).toEqual([winner!.id, loser!.id])
  })

  it('L6 L7 the pool is what is open and nobody’s, the oldest first; what was taken is in one’s own list, what is closed is read by all', async () => {
    const [ada, bea] = [await at.person('l6-ada'), await at.person('l6-bea')]
    await at.done('POST', '/v1/me/presence', { presence: 'online' }, ada.token)
    const three = [await at.mail(), await at.mail(), await at.mail()].map(({ id }) => id)
    const list = async (query: string, key: string) =>
      (await at.done<{ items: readonly TicketAnswer[] }>('GET', `/v1/tickets?${query}`, undefined, key)).items.map(
        (it) => it.id,
      )
    const pool = 'assignee=none&statusCategory=open&sort=createdAt'
    expect(await list(pool, ada.token)).toEqual(three)
    await at.done('POST', `/v1/tickets/${three[0]}/take`, {}, ada.token)
    expect(await list(pool, bea.token)).toEqual(three.slice(1))
    expect(await list('assignee=l6-ada', ada.token)).toEqual([three[0]])
    const { version } = await at.desk.ticket(three[0]!)
    await at.done('PATCH', `/v1/tickets/${three[0]}`, { version, status: 'closed' }, ada.token)
    expect(await list('status=closed&assignee=l6-ada', bea.token)).toEqual([three[0]])
    const read = await at.done<{ items: readonly { id: string }[] }>(
      'GET',
      `/v1/tickets/${three[0]}/messages`,
      undefined,
      bea.token,
    )
    expect(read.items).toHaveLength(1)
    const closed = await at.desk.ticket(three[0]!)
    expect(
      await at.refused('PATCH', `/v1/tickets/${three[0]}`, { version: closed.version, tags: ['x'] }, bea.token),
    ).toEqual([409, 'ticket_closed'])
    expect((await at.refused('POST', `/v1/tickets/${three[0]}/replies`, { text: 'x' }, bea.token))[1]).toBe(
      'ticket_closed',
    )
    for (const method of ['PATCH', 'DELETE', 'PUT'])
      expect((await at.refused(method, `/v1/messages/${read.items[0]!.id}`, { text: 'other' }, bea.token))[0]).toBe(404)
  })
})

describe('how much', () => {
  it('B10 B11 a cap a channel; the rest waits, the most urgent first and then the oldest; by hand above it', async () => {
    await at.done('POST', '/v1/rules', {
      id: 'b10',
      name: 'Fire',
      when: { field: 'message.text', op: 'contains', value: 'yangın' },
      then: { priority: 'urgent' },
    })
    await there(['b10', { capacity: { [chat]: 1, [letters]: 2 } }])
    const [first] = await allOwned(await chats(1))
    const waits = [await at.chat('sırada'), await at.chat('sırada')]
    const hot = await at.chat('yangın')
    await at.settled()
    const owners = async () =>
      (await Promise.all([...waits, hot].map(({ id }) => at.desk.ticket(id)))).map((it) => it.assignee)
    expect(await owners()).toEqual([null, null, null])
    const letter = await at.mail()
    expect((await give(letter.id, 'b10'))[0]).toBe(200)
    const order: string[] = []
    let holds = first!.id
    for (let n = 0; n < 3; n += 1) {
      expect((await at.desk.patch(holds, { status: 'resolved' })).status).toBe(200)
      const [got] = await until(
        () => at.desk.tickets(`?assignee=b10&statusCategory=open&channel=${chat}`),
        (all) => all.length === 1,
      )
      order.push((holds = got!.id))
    }
    expect(order).toEqual([hot.id, waits[0]!.id, waits[1]!.id])
    const [over] = (await at.desk.tickets(`?assignee=none&statusCategory=open&channel=${chat}`)).slice(-1)
    expect((await give(over!.id, 'b10'))[0]).toBe(200)
    expect(await at.desk.tickets(`?assignee=b10&statusCategory=open&channel=${chat}`)).toHaveLength(2)
    await at.drop('/v1/rules/b10')
  })

  it('B10 each channel has a cap of its own: letters that find their agent by themselves wait beyond theirs, chats are none of them', async () => {
    await at.change(`/v1/accounts/${letters}/main`, { assignment: 'auto' })
    await there(['b10-two', { capacity: { [chat]: 1, [letters]: 2 } }])
    const three = [await at.mail(), await at.mail(), await at.mail()].map(({ id }) => id)
    for (const id of three.slice(0, 2)) await at.owned(id, 'b10-two')
    const [talk] = await allOwned(await chats(1))
    await at.settled()
    expect([talk!.assignee, (await at.desk.ticket(three[2]!)).assignee]).toEqual(['b10-two', null])
    expect((await at.desk.patch(talk!.id, { status: 'resolved' })).status).toBe(200)
    await at.settled()
    expect((await at.desk.ticket(three[2]!)).assignee).toBe(null)
    expect((await at.desk.patch(three[0]!, { status: 'resolved' })).status).toBe(200)
    await at.owned(three[2]!, 'b10-two')
    await at.change(`/v1/accounts/${letters}/main`, { assignment: null })
  })

  it('B12 no more by the machine than their rate, whatever else is free; by hand as many as they are given', async () => {
    await there(['b12', { rate: { max: 2, minutes: 60 } }])
    const four = await chats(2)
    await allOwned(four)
    const more = [await at.chat('üç'), await at.chat('dört')]
    await at.settled()
    expect((await at.desk.tickets('?assignee=b12')).length).toBe(2)
    expect((await give(more[1]!.id, 'b12'))[0]).toBe(200)
    // What only time does: the hour passes, also for a decision that is on its way just now.
    const owner = at.journey.database!.pool('owner')
    await until(
      async () => {
        await owner.query(
          `update inlet.assignment set at = at - interval '61 minutes' where at > now() - interval '61 minutes'`,
        )
        await owner.query(`update inlet.wakeup set due_at = now() where kind = 'assign_more'`)
        return at.desk.ticket(more[0]!.id)
      },
      ({ assignee }) => assignee === 'b12',
    )
  })

  it('conflict 1: an account says how its tickets find their agent: pool, auto, or pool and after a while auto', async () => {
    const mode = (assignment: string | null, account = 'main') =>
      at.change(`/v1/accounts/${chat}/${account}`, { assignment })
    await mode('pool')
    await at.change(`/v1/accounts/${letters}/main`, { assignment: 'auto' })
    await there(['c1'])
    const lies = await at.chat('havuz')
    const [letter] = await allOwned([await at.mail()])
    expect([(await at.desk.ticket(lies.id)).assignee, letter!.assignee]).toEqual([null, 'c1'])
    await mode('pool_then_auto')
    const later = await at.chat('sonra')
    await at.settled()
    expect((await at.desk.ticket(later.id)).assignee).toBe(null)
    await at.journey
      .database!.pool('owner')
      .query(`update inlet.wakeup set due_at = now() where kind = 'assign_ticket' and subject = $1`, [later.id])
    await at.owned(later.id, 'c1')
    // What lies there follows when the account finds its agents in another way, and so does what waits.
    expect((await at.desk.ticket(lies.id)).assignee).toBe(null)
    await mode('auto')
    await at.owned(lies.id, 'c1')
    await at.is('c1', 'break')
    const waits = await at.chat('sırada')
    await mode('pool')
    const queued = () =>
      at.journey.database!.pool('owner').query('select from inlet.waiting where ticket = $1', [waits.id])
    await until(queued, ({ rowCount }) => rowCount === 0)
    await at.is('c1', 'online')
    await at.settled()
    expect((await at.desk.ticket(waits.id)).assignee).toBe(null)
    await mode(null)
    await at.owned(waits.id, 'c1')
    await at.change(`/v1/accounts/${letters}/main`, { assignment: null })
  })
})

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
