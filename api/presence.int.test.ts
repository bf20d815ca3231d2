// Who is there and who takes what, through the door and by those who signed in: availability, two at once, handing over, the pool.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChannelName, ConversationId, TicketId } from '../schemas/ids.ts'
import { idFrom, type WorkspaceId } from '../schemas/ids.ts'
import type { HistoryAnswer } from '../schemas/answers.ts'
import type { Presence, Role } from '../schemas/agent.ts'
import { isRefusal, type Asker, type Command } from '../core/ports/command.ts'
import { scopesOfRole } from '../core/rules/roles.ts'
import { setPresence } from '../core/commands/set-presence.ts'
import { takeTicket } from '../core/commands/take-ticket.ts'
import { updateTicket } from '../core/commands/update-ticket.ts'
import { makeCommands } from '../core/runtime/run-command.ts'
import { systemClock } from '../infra/drivers/clock.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { agentRow } from '../test/support/desk-given.ts'
import { after, conversationRow, ticketRow } from '../test/support/given.ts'
import { applyIn } from '../test/support/record.ts'
import { storeOver } from '../test/support/store-over.ts'

const main = 'main' as WorkspaceId
const channel = 'testchannel' as ChannelName
let bench: Bench
let store: ReturnType<typeof storeOver>['store']
const meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
beforeAll(async () => {
  bench = await apiBench()
  store = storeOver(bench.database).store
  const agents = [
    agentRow('ada'),
    agentRow('bea', { capacity: { '*': 1 } }),
    agentRow('sue', { role: 'supervisor' }),
    agentRow('bank', { brands: ['bank'] }),
    agentRow('gone', { isActive: false }),
  ]
  await applyIn(
    store,
    main,
    agents.map((agent) => ({ do: 'put-agent', agent, create: true }) as const),
  )
})
afterAll(() => bench.close())

let numbers = 100
/** A live conversation, or a letter. */
async function opens(name: string, kind: 'dm' | 'letter' = 'dm'): Promise<TicketId> {
  const [ticket, conversation] = [idFrom('tkt', name) as TicketId, idFrom('cnv', name) as ConversationId]
  const contact = idFrom('con', name) as never
  const row = conversationRow({ id: conversation, contact, channel, kind, lane: name, customerAt: null })
  numbers += 1
  await applyIn(store, main, [
    { do: 'make-contact', contact, name, address: null, keys: [`phone:${name}`] },
    { do: 'make-conversation', conversation: row, threadKeys: [name] },
    {
      do: 'open-ticket',
      ticket: ticketRow({
        id: ticket,
        conversation,
        contact,
        channel,
        number: numbers,
        brand: 'shop',
        createdAt: after({ minutes: numbers }),
      }),
    },
  ])
  return ticket
}
const who = (id: string, role: Role = 'agent'): Asker => ({
  actor: { kind: 'agent', id },
  scopes: scopesOfRole[role],
  from: null,
  correlation: 'call',
  agent: { id, name: id, role, brands: null, channels: null },
})
async function as<I, F>(by: Asker, it: Command<I, F>, input: I) {
  const commands = makeCommands({ store, clock: systemClock, meter })
  const outcome = await commands.run(it, input, { workspace: main, by, idempotencyKey: null })
  return isRefusal(outcome) ? { code: outcome.code, facts: outcome.facts } : (outcome.body as { version: number })
}
const put = (agent: string, presence: Presence) =>
  bench.call({ method: 'PATCH', url: `/v1/agents/${agent}/presence`, payload: { presence } })
const take = (ticket: string, payload: object) =>
  bench.call({ method: 'POST', url: `/v1/tickets/${ticket}/take`, payload })
const change = (ticket: string, payload: object) =>
  bench.call({ method: 'PATCH', url: `/v1/tickets/${ticket}`, payload })
const raised = async (subject: string, type: string) =>
  (
    await bench.sql(
      `select event -> 'data' as data from outbox where event ->> 'subject' = $1 and event ->> 'type' = $2 order by seq`,
      [subject, type],
    )
  ).map((row) => row['data'])

describe('presence', () => {
  it('D47 each change is an event, and its timer begins anew; the same again is no change', async () => {
    const first = await put('ada', 'online')
    expect([first.status, first.body]).toMatchObject([200, { id: 'ada', presence: 'online' }])
    const again = await put('ada', 'online')
    expect(again.body).toEqual(first.body)
    const away = await put('ada', 'break')
    const [since, later] = [first.body, away.body].map((it) => (it as { presenceSince: string }).presenceSince)
    expect(later! > since!).toBe(true)
    expect(await raised('ada', 'agent.presence_changed')).toMatchObject([
      { from: 'offline', to: 'online' },
      { from: 'online', to: 'break' },
    ])
    expect((await put('nobody', 'online')).status).toBe(404)
    expect(await put('gone', 'online')).toMatchObject({ status: 409, body: { code: 'agent_inactive' } })
    expect((await put('ada', 'asleep' as Presence)).status).toBe(400)
  })

  it('D51 a supervisor says it of others, but not of who is offline: those come back by themselves', async () => {
    const set = (by: Asker, agent: string, presence: Presence) => as(by, setPresence, { agent, presence })
    await put('ada', 'online')
    expect(await set(who('sue', 'supervisor'), 'ada', 'invisible')).toMatchObject({ presence: 'invisible' })
    expect(await set(who('bea'), 'ada', 'online')).toMatchObject({ code: 'not_yours' })
    expect(await set(who('sue', 'supervisor'), 'ada', 'offline')).toMatchObject({ presence: 'offline' })
    expect(await set(who('sue', 'supervisor'), 'ada', 'online')).toMatchObject({ code: 'agent_offline' })
    expect(await set(who('ada'), 'ada', 'online')).toMatchObject({ presence: 'online' })
  })

  it('is said of a key’s own person by nobody', async () => {
    const answer = await bench.call({ method: 'POST', url: '/v1/me/presence', payload: { presence: 'online' } })
    expect(answer).toMatchObject({ status: 403, body: { code: 'not_a_person' } })
  })
})

describe('taking', () => {
  it('L4 who is not online takes nothing, and is told so', async () => {
    const [ticket, letter] = [await opens('l4'), await opens('l4-letter', 'letter')]
    for (const presence of ['offline', 'break', 'invisible'] as const) {
      await put('ada', presence)
      for (const one of [ticket, letter])
        expect(await take(one, { agent: 'ada' })).toMatchObject({
          status: 409,
          body: { code: 'not_available', presence },
        })
    }
    await put('ada', 'online')
    const taken = await take(ticket, { agent: 'ada' })
    expect(taken).toMatchObject({ status: 200, body: { assignee: 'ada' } })
    expect((taken.body as { assignedAt: string | null }).assignedAt).not.toBe(null)
    expect((await take(ticket, { agent: 'ada' })).body).toEqual(taken.body)
    expect(await take(ticket, {})).toMatchObject({ status: 422, body: { code: 'agent_missing' } })
  })

  it('L5 of two at once exactly one has it, and the other is told who', async () => {
    await put('ada', 'online')
    await put('bea', 'online')
    const codes: unknown[] = []
    for (let n = 0; n < 12; n += 1) {
      const ticket = await opens(`l5-${n}`)
      const [a, b] = await Promise.all(['ada', 'bea'].map((id) => as(who(id), takeTicket, { ticket, agent: id })))
      const [row] = await bench.sql('select assignee from ticket where id = $1', [ticket])
      const lost = [a, b].filter((it) => 'code' in it!)
      expect(lost).toMatchObject([{ code: 'already_taken', facts: { assignee: row?.['assignee'] } }])
      expect(await raised(ticket, 'ticket.assigned')).toHaveLength(1)
      codes.push(row?.['assignee'])
    }
    expect(codes).toHaveLength(12)
  })

  it('L5 somebody else’s is taken by who saw that it is theirs: by its version, once', async () => {
    const ticket = await opens('l5-other')
    const first = await take(ticket, { agent: 'ada' })
    const { version } = first.body as { version: number }
    expect(await take(ticket, { agent: 'bea' })).toMatchObject({
      status: 409,
      body: { code: 'already_taken', assignee: 'ada', version },
    })
    expect(await take(ticket, { agent: 'bea', version })).toMatchObject({ status: 200, body: { assignee: 'bea' } })
    expect(await take(ticket, { agent: 'ada', version })).toMatchObject({ status: 409, body: { assignee: 'bea' } })
    expect(await as(who('ada'), takeTicket, { ticket, agent: 'bea' })).toMatchObject({ code: 'not_yourself' })
    expect(await raised(ticket, 'ticket.assigned')).toMatchObject([
      { from: null, to: 'ada' },
      { from: 'ada', to: 'bea' },
    ])
  })
})

describe('handing over', () => {
  const give = async (ticket: TicketId, assignee: string | null) => {
    const [row] = await bench.sql('select version from ticket where id = $1', [ticket])
    return change(ticket, { version: row?.['version'], assignee })
  }
  it('D45 goes to who is online and may see it; the history says from whom, to whom and by whom', async () => {
    const ticket = await opens('d45')
    await put('ada', 'online')
    await put('bea', 'break')
    await put('bank', 'online')
    expect(await give(ticket, 'ada')).toMatchObject({ status: 200, body: { assignee: 'ada' } })
    expect(await give(ticket, 'bea')).toMatchObject({
      status: 409,
      body: { code: 'not_available', presence: 'break', detail: expect.stringContaining('is on a break, and') },
    })
    expect(await give(ticket, 'bank')).toMatchObject({ status: 403, body: { code: 'not_authorised' } })
    expect(await give(ticket, 'gone')).toMatchObject({ status: 409, body: { code: 'not_available' } })
    expect(await give(ticket, 'nobody')).toMatchObject({ status: 422, body: { code: 'unknown_agent' } })
    await put('bea', 'online')
    expect(await give(ticket, 'bea')).toMatchObject({ status: 200, body: { assignee: 'bea' } })
    expect((await give(ticket, null)).status).toBe(200)
    const { body } = await bench.call({ url: `/v1/tickets/${ticket}/history` })
    const { items } = body as { items: readonly HistoryAnswer[] }
    const owned = items.filter((it) => it.change?.field === 'assignee')
    expect(owned.map((it) => [it.change?.from, it.change?.to, it.actor.id])).toEqual([
      [null, 'ada', 'admin'],
      ['ada', 'bea', 'admin'],
      ['bea', null, 'admin'],
    ])
  })

  it('D45 a letter goes to who is away too, where it waits in their list', async () => {
    const ticket = await opens('letter', 'letter')
    await put('ada', 'offline')
    expect(await give(ticket, 'ada')).toMatchObject({ status: 200, body: { assignee: 'ada' } })
    await put('ada', 'online')
  })

  it('B10 by hand above their cap; what waited waits no more', async () => {
    await put('bea', 'online')
    for (const name of ['cap1', 'cap2', 'cap3']) {
      const ticket = await opens(name)
      const waiting = { ticket, channel, account: 'main', brand: 'shop', language: null, isLive: true } as const
      const more = {
        priority: 'low',
        group: null,
        isGroupByLanguage: false,
        because: null,
        agent: null,
        since: ticketRow().createdAt,
      } as const
      await applyIn(store, main, [{ do: 'queue-ticket', waiting: { ...waiting, ...more } }])
      expect((await give(ticket, 'bea')).status).toBe(200)
      expect(await bench.sql('select 1 from waiting where ticket = $1', [ticket])).toEqual([])
    }
  })

  it('D45 an unchanged owner is no handing over: they may be away', async () => {
    const ticket = await opens('same')
    await give(ticket, 'ada')
    await put('ada', 'offline')
    const [row] = await bench.sql('select version from ticket where id = $1', [ticket])
    const both = await change(ticket, { version: row?.['version'], assignee: 'ada', priority: 'high' })
    expect(both).toMatchObject({ status: 200, body: { assignee: 'ada', priority: 'high' } })
  })
})

describe('the pool', () => {
  it('L6 L7 is what is open and nobody’s, the oldest first; what is taken leaves it, what is closed is read by all', async () => {
    await put('ada', 'online')
    const tickets = [await opens('pool1'), await opens('pool2'), await opens('pool3')]
    const pool = async () => {
      const { body } = await bench.call({
        url: '/v1/tickets?assignee=none&statusCategory=open&sort=createdAt&limit=200',
      })
      const ids = (body as { items: readonly { id: string }[] }).items.map(({ id }) => id)
      return ids.filter((id) => tickets.includes(id as TicketId))
    }
    expect(await pool()).toEqual(tickets)
    await take(tickets[1]!, { agent: 'ada' })
    expect(await pool()).toEqual([tickets[0], tickets[2]])
    const { version } = (await bench.call({ url: `/v1/tickets/${tickets[0]}` })).body as { version: number }
    expect((await change(tickets[0]!, { version, status: 'closed' })).status).toBe(200)
    expect(await pool()).toEqual([tickets[2]])
    const closed = await bench.call({ url: `/v1/tickets/${tickets[0]}` })
    expect(closed.body).toMatchObject({ status: 'closed' })
    expect(
      await as(who('bea'), updateTicket, { ticket: tickets[0]!, version: version + 1, priority: 'high' }),
    ).toMatchObject({
      code: 'ticket_closed',
    })
    expect((await take(tickets[0]!, { agent: 'ada' })).body).toMatchObject({ code: 'ticket_closed' })
  })
})
