// The store when the world fails: answers that are lost, connections that die in the middle, transactions that wait for each other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TicketId } from '../../schemas/ids.ts'
import type { AnyWorker } from '../../core/ports/worker.ts'
import { decideBatch } from '../../core/runtime/decide-batch.ts'
import threading from '../../workers/threading/index.ts'
import { openDatabase } from '../drivers/database.ts'
import { received, start } from '../../test/support/given.ts'
import { lostAnswers } from '../../test/support/lost-answers.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { applyIn, openThread, threadNamed } from '../../test/support/record.ts'
import { main, openStoreRig, storeOver, type StoreRig } from '../../test/support/store-rig.ts'

const worker = threading as unknown as AnyWorker
const meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
const message = (externalId: string, customer: string) =>
  received(externalId, {
    from: { id: customer, name: customer, address: null, keys: [`phone:${customer}`] },
    threadKeys: [`phone:${customer}`],
  })

describe('the store when the world fails', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
  })
  afterAll(() => rig.close())
  /** Threading has taken numbers from the sequence. */
  const numbered = (name: string) => openThread(name, 500)

  const kept = async (customer: string) => {
    const [row] = await rig.sql<{ messages: number; tickets: number; events: number }>(
      `select (select count(*)::int from inlet.message where sender ->> 'id' = $1) as messages,
        (select count(*)::int from inlet.ticket where requester_name = $1) as tickets,
        (select count(*)::int from inlet.outbox o where o.event ->> 'type' = 'ticket.message_added'
          and o.event -> 'data' ->> 'message' in (select id from inlet.message where sender ->> 'id' = $1)) as events`,
      [customer],
    )
    return row
  }

  it('F5 G4 a commit whose answer is lost is told as unavailable, and decided again it changes nothing more', async () => {
    const door = await lostAnswers(rig.database.url)
    const database = await openDatabase({ databaseUrl: door.url, dataDir: '', log: keptLog() })
    try {
      const behindDoor = storeOver(database).store
      const events = [message('lost-1', 'lost'), message('lost-2', 'lost')]
      const cut = door.cutAfter('commit')
      await expect(decideBatch(worker, events, { store: behindDoor, meter })).rejects.toMatchObject({
        code: 'store.unavailable',
      })
      await cut
      expect(await kept('lost')).toEqual({ messages: 2, tickets: 1, events: 2 })
      await decideBatch(worker, events, { store: behindDoor, meter })
      expect(await kept('lost')).toEqual({ messages: 2, tickets: 1, events: 2 })
    } finally {
      await database.close()
      await door.close()
    }
  })

  it('F4 G12 an answer lost before the commit leaves nothing, and the batch has its effect the second time', async () => {
    const door = await lostAnswers(rig.database.url)
    const database = await openDatabase({ databaseUrl: door.url, dataDir: '', log: keptLog() })
    try {
      const behindDoor = storeOver(database).store
      const cut = door.cutAfter('add_messages')
      await expect(decideBatch(worker, [message('cut-1', 'cut')], { store: behindDoor, meter })).rejects.toMatchObject({
        code: 'store.unavailable',
      })
      await cut
      await decideBatch(worker, [message('cut-1', 'cut')], { store: behindDoor, meter })
      expect(await kept('cut')).toEqual({ messages: 1, tickets: 1, events: 1 })
    } finally {
      await database.close()
      await door.close()
    }
  })

  it('F4 a backend that dies between two statements: unavailable, nothing kept, and the pool goes on with another', async () => {
    const dying = rig.store.transaction(async (enter) => {
      const tx = await enter(main)
      await tx.apply(numbered('dying'))
      await rig.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'inlet-desk' and state = 'idle in transaction'`,
      )
      await tx.apply(numbered('never'))
    })
    await expect(dying).rejects.toMatchObject({ code: 'store.unavailable' })
    await applyIn(rig.store, main, numbered('dying'))
    const found = await rig.store.transaction(async (enter) => [
      ...(
        await (await enter(main)).read.tickets.byId([threadNamed('dying').ticket, threadNamed('never').ticket])
      ).keys(),
    ])
    expect(found).toEqual([threadNamed('dying').ticket])
  })

  it('F4 two transactions that wait for each other: one is told to decide again, the other goes through', async () => {
    await applyIn(rig.store, main, [...numbered('dead-a'), ...numbered('dead-b')])
    const [a, b] = [threadNamed('dead-a').ticket, threadNamed('dead-b').ticket]
    const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const set = (ticket: TicketId) => ({ do: 'set-ticket', ticket, set: { topic: 't' }, at: start }) as const
    const both = [
      [a, b],
      [b, a],
    ].map((order, n) =>
      rig.store.transaction(async (enter) => {
        const tx = await enter(main)
        await tx.apply([set(order[0]!)])
        met[n]?.resolve()
        await Promise.all(met.map((one) => one.promise))
        await tx.apply([set(order[1]!)])
      }),
    )
    const outcomes = (await Promise.allSettled(both)).map((one) =>
      one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code,
    )
    expect(outcomes.toSorted()).toEqual(['done', 'store.conflict'])
  })

  it('what is thrown inside comes out as it was, and no fault of ours is put over it', async () => {
    class Refused extends Error {}
    const refusal = new Refused('not allowed')
    await expect(rig.store.transaction(() => Promise.reject(refusal))).rejects.toBe(refusal)
  })
})
