// Budgets of automatic replies under many deciders at once: one ticket, one address and one domain, hammered from two gateways on one database, never get one more.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AnyWorker, Change } from '../../core/ports/worker.ts'
import { decideBatch } from '../../core/runtime/decide-batch.ts'
import type { House } from '../../infra/house.ts'
import { autoReplyBudgetsDefault as budgets } from '../../schemas/auto-reply.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { idFrom, type ChannelName, type ContactId, type ConversationId, type Instant } from '../../schemas/ids.ts'
import { autoReplyRow, partyOf } from '../../test/support/auto-reply-world.ts'
import { triagedAs } from '../../test/support/desk-given.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { accountRow, conversationRow, event, ticketRow } from '../../test/support/given.ts'
import { applyIn, messageRow, threadNamed } from '../../test/support/record.ts'
import { noMeter } from '../../test/support/runtime-bench.ts'
import { seed } from '../../test/support/seed.ts'
import { houseOn, main } from '../../test/support/walk-house.ts'
import autoreply from './index.ts'

const never = { id: 'never', name: 'Never open', timezone: 'UTC', weekly: {}, holidays: [], exceptions: [], version: 1 }
let database: FreshDatabase
let data: string
let houses: readonly House[]
let letters: ChannelName
beforeAll(async () => {
  database = await freshDatabase()
  data = await mkdtemp(join(tmpdir(), 'inlet-budgets-'))
  houses = await Promise.all([1, 2].map(async (n) => (await houseOn(database, join(data, String(n)))).house))
  // Whichever channel writes letters.
  letters = [...houses[0]!.channels].find(([, { can }]) => can['mail']?.copies === true)![0] as ChannelName
})
afterAll(async () => {
  for (const house of houses) await house.close()
  await database.close()
  await rm(data, { recursive: true, force: true })
})

/** One of a customer's letters, and what is heard of it. */
interface Letter {
  readonly event: AnyEvent
  readonly changes: readonly Change[]
}
const now = new Date().toISOString() as Instant
function letter(ticket: string, word: string, from: string, isFirst = true): Letter {
  const thread = threadNamed(ticket)
  const party = partyOf(from, 'Ada')
  const of = { channel: letters, account: 'main' } as const
  const contact = idFrom('con', from) as ContactId
  const message = messageRow(ticket, word, { ...of, from: party, sentAt: now, receivedAt: now })
  const conversation = conversationRow({
    ...of,
    kind: 'mail',
    id: thread.conversation as ConversationId,
    contact,
    party,
  })
  const opens: readonly Change[] = [
    {
      do: 'make-conversation',
      conversation: { ...conversation, lane: `mail:${ticket}`, customerAt: null },
      threadKeys: [`mail:${ticket}`],
    },
    { do: 'set-conversation', conversation: thread.conversation, ticket: thread.ticket, customerAt: now },
    {
      do: 'open-ticket',
      ticket: ticketRow({
        ...of,
        id: thread.ticket,
        conversation: thread.conversation,
        contact,
        number: (number += 1),
      }),
    },
  ]
  const added = { ticket: thread.ticket, message: message.id, direction: 'in', kind: 'user' } as const
  return {
    changes: [...(isFirst ? opens : []), { do: 'add-message', message }],
    event: isFirst
      ? event('ticket.triaged', word, { ...triagedAs(thread.ticket), message: message.id }, of)
      : event('ticket.message_added', word, added, of),
  }
}
let number = 0

/** Numbers of this run, the same for the same seed. */
function shuffled<T>(all: readonly T[]): readonly T[] {
  let state = seed || 1
  const next = (): number => (state = (state * 48_271) % 2_147_483_647)
  return all
    .map((it) => [next(), it] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, it]) => it)
}

it('3.8 G21 P10 G4 eight deciders on one database give one ticket, one address and one domain exactly their budget, and not one more', async () => {
  const count = (n: number): readonly number[] => [...Array(n).keys()]
  const asked = [
    letter('one', 'one-first', 'one@ticket.example'),
    ...count(14).map((n) => letter('one', `one-${n}`, 'one@ticket.example', false)),
    ...count(15).map((n) => letter(`many-${n}`, `many-${n}`, 'many@address.example')),
    ...count(40).map((n) => letter(`robot-${n}`, `robot-${n}`, `robot${n}@domain.example`)),
  ]
  const people = [
    ...new Set(
      asked.flatMap(({ changes }) => changes.flatMap((it) => (it.do === 'add-message' ? [it.message.from.id] : []))),
    ),
  ]
  await applyIn(houses[0]!.store, main, [
    {
      do: 'put-account',
      account: accountRow({
        channel: letters,
        endpoint: null,
        brand: null,
        settings: { address: 'help@shop.example' },
      }),
      routes: [],
      create: true,
    },
    { do: 'put-calendar', calendar: never, create: true },
    { do: 'put-auto-reply', autoReply: autoReplyRow(), create: true },
    {
      do: 'put-auto-reply',
      autoReply: autoReplyRow({
        id: 'closed',
        kind: 'outOfHours',
        calendar: 'never',
        accounts: [`${letters}/main`],
        when: { field: 'message.from', op: 'is', value: 'one@ticket.example' },
      }),
      create: true,
    },
    ...people.map((from): Change => ({
      do: 'make-contact',
      contact: idFrom('con', from) as ContactId,
      name: 'Ada',
      address: from,
      keys: [`email:${from}`],
    })),
    ...asked.flatMap(({ changes }) => changes),
  ])
  // Each is heard twice, by whoever comes to it.
  const waiting = [...shuffled([...asked, ...asked])]
  const decider = async (house: House): Promise<void> => {
    for (let batch = waiting.splice(0, 3); batch.length > 0; batch = waiting.splice(0, 3))
      await decideBatch(
        autoreply as unknown as AnyWorker,
        batch.map((it) => it.event),
        { store: house.store, meter: noMeter },
      )
  }
  await Promise.all(count(8).map((n) => decider(houses[n % 2]!)))
  const { rows } = await database
    .pool('owner')
    .query<{ domain: string; sent: number; causes: number }>(
      `select domain, count(*)::int as sent, count(distinct cause)::int as causes from inlet.auto_reply_note where code is null group by domain order by domain`,
    )
  expect(rows).toEqual([
    { domain: 'address.example', sent: budgets.addressPerDay, causes: budgets.addressPerDay },
    { domain: 'domain.example', sent: budgets.domainPerHour, causes: budgets.domainPerHour },
    { domain: 'ticket.example', sent: budgets.ticketPerDay, causes: budgets.ticketPerDay },
  ])
  const queued = await database.pool('owner').query(`select from inlet.reply where author = 'auto'`)
  expect(queued.rowCount).toBe(budgets.addressPerDay + budgets.domainPerHour + budgets.ticketPerDay)
})
