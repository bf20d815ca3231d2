// The rows about who gets what, from outside: customers write as their vendor brings it, agents come by their own sessions.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TicketAnswer } from '../../schemas/answers.ts'
import type { AgentAnswer } from '../../schemas/desk-answers.ts'
import { chat, deskHouse, letters, type DeskHouse } from '../support/desk-house.ts'
import { peopleIn } from '../support/desk-people.ts'
import { until, type Fields } from '../support/desk.ts'

let at: DeskHouse
beforeAll(async () => void (at = await deskHouse(812)), 60_000)
afterAll(() => at.end(), 30_000)

const { goHome, there, chats, allOwned, give, moved } = peopleIn(() => at)
afterEach(goHome)

const loads = (tickets: readonly TicketAnswer[]): readonly number[] =>
  [...Map.groupBy(tickets, ({ assignee }) => assignee).values()].map((all) => all.length).toSorted()

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
