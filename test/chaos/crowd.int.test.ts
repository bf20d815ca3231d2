// What a crowd does that one caller never does, on three whole processes with one database: judged by the ledger like every fault.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Writing } from '../../core/ports/stand-in.ts'
import type { ContactAnswer, MessageAnswer, TicketAnswer } from '../../schemas/answers.ts'
import { seed } from '../support/seed.ts'
import { until } from '../support/desk.ts'
import { sumOf } from './compare.ts'
import { watchFeed, type FeedWatch } from './feed-watch.ts'
import { stageInTest, type StageInTest } from './in-tests.ts'
import { endMembers } from './member.ts'
import { deadlocksOf } from './run-fault.ts'
import type { Stage } from './stage.ts'

let at: StageInTest
let stage: Stage
/** The second number of the same house; its words come through the first one's address. */
const second = 'second'
let secondFeed: FeedWatch
beforeAll(async () => {
  at = await stageInTest({ layout: 'three' })
  ;({ stage } = at)
  const { settings, secrets } = stage.vendor.account(1)
  await stage.desk.client.call('POST', '/v1/accounts', {
    body: {
      channel: stage.channel,
      id: second,
      endpoint: stage.account,
      settings,
      secrets: { accessToken: secrets['accessToken'] },
    },
  })
  // Each process hears of it by itself, within its second.
  await pause(1_500)
  secondFeed = await watchFeed(stage.desk, { channel: stage.channel, account: second })
}, 60_000)
afterAll(async () => {
  await at.close()
  await endMembers()
}, 60_000)

const idOf = (...parts: readonly (string | number)[]): string => `wamid.${stage.run}${parts.join('x')}`
async function write(messages: readonly (Writing & { readonly id: string })[], times = 1): Promise<void> {
  const knock = await stage.vendor.writeMany(messages, { times, concurrently: times > 1 })
  // Of the ledger are messages to the first number; a reaction is none.
  for (const { id, customer, account, kind } of messages)
    if (account === undefined && kind !== 'reaction')
      stage.ledger.add({ is: 'sent', id, customer, answers: knock.statuses })
  expect(knock.status).toBe(200)
}
const ticketsOf = (customer: number, account = stage.account) => {
  const requester = encodeURIComponent(stage.vendor.customer(customer).address)
  return stage.desk.all<TicketAnswer>(`/v1/tickets?requester=${requester}&account=${account}`)
}
async function ticketOf(customer: number, account = stage.account): Promise<TicketAnswer> {
  const found = await until(
    () => ticketsOf(customer, account),
    (all) => all.length > 0,
  )
  expect(found).toHaveLength(1)
  return found[0] as TicketAnswer
}
const messagesOf = (ticket: string) => stage.desk.all<MessageAnswer>(`/v1/tickets/${ticket}/messages`)
const some = (count: number, from = 0): readonly number[] => Array.from({ length: count }, (_, n) => from + n)
const nothing = { lost: [], doubled: [], empty: [], wrong: [] }
async function allIsWell(isOrderKnown = true): Promise<void> {
  const { findings } = await at.judge()
  const wrong = findings.wrong.filter((it) => isOrderKnown || !it.endsWith('was told after a later one'))
  expect({ ...findings, wrong }, `seed ${seed}`).toEqual(nothing)
  expect(stage.ledger.of('fault')).toEqual([])
}

it('G4 one message three times in one call, and that call three times at once through three processes, is one message', async () => {
  await Promise.all(
    some(20).map((n) => {
      const one = { id: idOf('twin', n), customer: 100 + n }
      return write([one, { id: idOf('twin', n, 'b'), customer: 100 + n }, one, one], 3)
    }),
  )
  await allIsWell()
  for (const n of [0, 7, 19])
    expect((await messagesOf((await ticketOf(100 + n)).id)).map((it) => it.externalId)).toEqual([
      idOf('twin', n),
      idOf('twin', n, 'b'),
    ])
}, 60_000)

it('G9 one conversation at full rate keeps its order, and those beside it do not wait until it has been heard', async () => {
  const loud = 200
  const neighbours = some(24, 210)
  // The next call when the last one was answered: so it is known in which order the vendor told it. Faster than anybody can take them in.
  for (const n of some(10)) await write(some(150).map((k) => ({ id: idOf('loud', n, k), customer: loud })))
  await Promise.all(neighbours.map((customer) => write([{ id: idOf('beside', customer), customer }])))
  await allIsWell()
  const added = [...stage.feed.added]
  const placeOf = (id: string): number => added.indexOf(stage.feed.received.get(id) ?? '')
  const last = placeOf(idOf('loud', 9, 149))
  const before = neighbours.filter((customer) => placeOf(idOf('beside', customer)) < last)
  // All that the loud one said was taken in before they spoke. Who shares a partition with it stands behind it in the log; nobody else does.
  expect(before.length, `seed ${seed}`).toBeGreaterThan(neighbours.length / 2)
}, 60_000)

it('W6 G4 one person on two numbers at once, whose old and new ids are told to be one meanwhile, is one contact on each', async () => {
  const people = some(8, 300)
  const ids: { readonly id: string; readonly customer: number }[] = []
  await Promise.all(
    people.map(async (old) => {
      const now = old + 50
      const to = stage.vendor.customer(now)
      const isNow = { type: 'user_changed_number', wa_id: to.address.slice(1), user_id: to.id }
      const told = (account: object) => ({ customer: old, kind: 'system', fields: { system: isNow }, ...account })
      const words = async (account: object, customer: number, name: string) => {
        for (const n of some(4)) {
          const id = idOf(name, customer, n)
          if ('account' in account) ids.push({ id, customer })
          await write([{ id, customer, ...account }])
          if (n === 1) await stage.vendor.write({ ...told(account), id: `wamid.LINK${name}${old}${seed}` })
        }
      }
      await Promise.all([words({}, old, 'one'), words({ account: 1 }, now, 'two'), words({ account: 1 }, old, 'old')])
    }),
  )
  await allIsWell()
  const onTicket = ({ id }: { readonly id: string }) => secondFeed.added.has(secondFeed.received.get(id) ?? '')
  await until(
    async () => (await secondFeed.read(), ids.filter((it) => !onTicket(it))),
    (missing) => missing.length === 0,
  )
  for (const old of people) {
    const there = [...(await ticketsOf(old)), ...(await ticketsOf(old, second)), ...(await ticketsOf(old + 50, second))]
    const contacts = [...new Set(there.map((it) => it.requester.contact))]
    expect(contacts, `${old}, seed ${seed}`).toHaveLength(1)
    const { keys } = await stage.desk.get<ContactAnswer>(`/v1/contacts/${contacts[0]}`)
    for (const customer of [old, old + 50])
      expect(keys).toContain(`whatsapp.user:${stage.vendor.customer(customer).id}`)
  }
  expect(secondFeed.faults).toEqual([])
}, 60_000)

it('B1 G4 an album of ten, each in a call of its own at one moment through three processes, is one ticket with ten messages', async () => {
  const receivedBy = async () => (await stage.metrics()).map(({ text }) => sumOf(text, 'received'))
  const before = await receivedBy()
  const people = some(4, 400)
  await Promise.all(
    people.flatMap((customer) =>
      some(10).map((n) => write([{ id: idOf('album', customer, n), customer, kind: 'image' }])),
    ),
  )
  // Of calls at one moment nobody knows which was first.
  await allIsWell(false)
  for (const [n, count] of (await receivedBy()).entries()) expect(count).toBeGreaterThan(before[n] ?? 0)
  for (const customer of people) {
    const { id, messageCount } = await ticketOf(customer)
    expect(messageCount).toBe(10)
    const files = await until(
      async () => (await messagesOf(id)).flatMap((it) => it.attachments.map(({ state }) => state)),
      (states) => states.every((state) => state === 'stored'),
    )
    expect(files).toHaveLength(10)
  }
}, 60_000)

it('F4 G12 workers, people and the vendor on the same few tickets at once: no deadlock, and nobody is told of one', async () => {
  const people = some(6, 500)
  await write(people.map((customer) => ({ id: idOf('hunt', customer), customer })))
  const tickets = await Promise.all(people.map((customer) => ticketOf(customer)))
  const { chance, desk } = stage
  const end = performance.now() + 4_000
  const done: number[] = []
  const again = async (
    who: string,
    n: number,
    work: (turn: number, roll: (below: number) => number) => Promise<unknown>,
  ) => {
    for (let turn = 0; performance.now() < end; turn += 1) {
      let draw = 0
      await work(turn, (below) => chance.number(below, who, n, turn, (draw += 1)))
    }
  }
  /** Several people in one call, in any order: their locks are taken together. */
  const customers = (n: number) =>
    again('customers', n, (turn, roll) =>
      write(
        some(1 + roll(6)).map((k) => ({
          id: idOf('hunt', n, turn, k),
          customer: people[roll(6)] ?? 500,
          ...(roll(4) === 0 ? { kind: 'reaction', about: idOf('hunt', people[roll(6)] ?? 500) } : {}),
        })),
      ),
    )
  const told = async (what: string, call: ReturnType<typeof desk.once>) => {
    const { status, body } = await call
    done.push(status)
    if (status >= 500 || status === 0) stage.ledger.add({ is: 'fault', what, status, body: JSON.stringify(body) })
    return { status, id: (body as { readonly id?: string }).id ?? null }
  }
  const agents = (n: number) =>
    again('agents', n, async (turn, roll) => {
      const known = tickets[roll(tickets.length)]
      const path = `/v1/tickets/${known?.id}`
      const what = roll(4)
      if (what === 0) {
        const key = `hunt-${stage.run}-${n}-${turn}`
        const call = { body: { text: `cevap ${key}` }, idempotencyKey: key }
        const { status, id } = await told('reply', desk.once('POST', `${path}/replies`, call))
        const reply = status === 202 ? id : null
        return stage.ledger.add({ is: 'asked', key, ticket: known?.id ?? '', status, reply })
      }
      if (what === 1) return told('note', desk.once('POST', `${path}/notes`, { body: { text: 'not' } }))
      if (what === 2)
        return told(
          'contact',
          desk.once('PATCH', `/v1/contacts/${known?.requester.contact}`, { body: { name: `Ad ${n} ${turn}` } }),
        )
      const { version } = await desk.get<TicketAnswer>(path)
      return told('ticket', desk.once('PATCH', path, { body: { version, priority: ['low', 'high'][roll(2)] } }))
    })
  await Promise.all([...some(6).map(customers), ...some(6).map(agents)])
  expect(done.filter((status) => status < 300).length).toBeGreaterThan(40)
  // Six callers write for one person at once: which of them the vendor meant first, nobody knows.
  await allIsWell(false)
  // A server's counts are whole when its connections are closed.
  for (const member of stage.members) member.kill('SIGTERM')
  await Promise.all(stage.members.map((it) => it.ended()))
  expect(await deadlocksOf(stage)).toBe(0)
  const locks = (first: number, then: number) =>
    stage.database?.ask(
      `select pg_advisory_lock(${first}); select pg_sleep(0.3); select pg_advisory_lock(${then}); select pg_advisory_unlock_all()`,
    )
  await Promise.allSettled([locks(1, 2), locks(2, 1)])
  expect(
    await until(
      () => deadlocksOf(stage),
      (count) => count !== 0,
    ),
  ).toBe(1)
}, 60_000)
