// Accounts across workspaces, and what housekeeping forgets: inbox generations, answers, facts nobody came for.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { idFrom, type AttachmentId, type BlobRef, type ChannelName, type Instant } from '../../../schemas/ids.ts'
import type { LiveAccount } from '../../../core/ports/queues.ts'
import { accountRow, received, start } from '../../../test/support/given.ts'
import { applyIn, messageRow, openThread } from '../../../test/support/record.ts'
import { main, openStoreRig, other, storeOver, type StoreRig } from '../../../test/support/store-rig.ts'
import type { Queues } from './index.ts'

const pigeon = 'pigeon' as ChannelName
const far = '2999-01-01T00:00:00.000Z' as Instant
const blob = (digit: string): BlobRef => `sha256:${digit.repeat(64)}`

describe('accounts and housekeeping', () => {
  let rig: StoreRig
  let queues: Queues
  let twin: Queues
  beforeAll(async () => {
    rig = await openStoreRig()
    queues = rig.queues
    twin = storeOver(rig.database).queues
  })
  afterAll(() => rig.close())
  beforeEach(() =>
    rig.sql(
      `truncate inlet.wakeup, inlet.outbox, inlet.lease, inlet.keep, inlet.attachment, inlet.seen_mark, inlet.event_attempt, inlet.account cascade;
       truncate inlet.ticket, inlet.contact, inlet.contact_key, inlet.conversation, inlet.thread_key, inlet.message, inlet.external_ref, inlet.parked;
       truncate inlet.answer, inlet.feed, inlet.inbox_0, inlet.inbox_1; update inlet.inbox_state set current = 0, since = now()`,
    ),
  )
  const account = async (): Promise<LiveAccount> => {
    const [first] = await queues.accounts.all()
    return first!
  }
  const putAccount = (more: Parameters<typeof accountRow>[0] = {}, create = true) =>
    applyIn(rig.store, main, [{ do: 'put-account', account: accountRow(more), routes: ['905', '906'], create }])

  it('accounts are told with their routes, and a change in another process is seen', async () => {
    await putAccount({ facts: { quality: 'GREEN' } })
    expect(await account()).toMatchObject({
      workspace: 'main',
      channel: 'pigeon',
      id: 'main',
      routes: ['905', '906'],
      since: start,
      facts: { quality: 'GREEN' },
    })
    const changed = queues.accounts.changed(15_000, new AbortController().signal)
    const started = performance.now()
    await putAccount({ brand: 'other' }, false)
    await changed
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(await account()).toMatchObject({ brand: 'other', version: 2 })
    await expect(
      applyIn(rig.store, other, [{ do: 'put-account', account: accountRow(), routes: [], create: true }]),
    ).rejects.toMatchObject({ code: 'store.conflict' })
  })

  it('an account’s health is told when it changes, and not a thousand times', async () => {
    await putAccount()
    const mine = await account()
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => (n % 2 ? queues : twin).accounts.health(mine, 'auth_failed', 'token dead')),
    )
    await queues.accounts.health(mine, 'connected', null, { limit: '1000' })
    await queues.accounts.health(mine, 'connected', null, { limit: '2000' })
    expect(
      (await rig.emitted()).map((event) => [event.type, event.key, (event.data as { from: string }).from]),
    ).toEqual([
      ['channel.health_changed', 'pigeon/main', 'connected'],
      ['channel.health_changed', 'pigeon/main', 'auth_failed'],
    ])
    expect(await account()).toMatchObject({ state: 'connected', why: null, facts: { limit: '2000' } })
  })

  it('a token is renewed by one process; the others use what it stored', async () => {
    await putAccount({ secrets: { token: 'sealed:pigeon/main/token:old' } })
    const mine = await account()
    const made: string[] = []
    const make = async (old: string) => {
      made.push(old)
      return { value: `new after ${old}`, expiresAt: far }
    }
    const values = await Promise.all([
      queues.accounts.renew(mine, 'token', make),
      twin.accounts.renew(mine, 'token', make),
    ])
    expect(values).toEqual(['new after old', 'new after old'])
    expect(made).toEqual(['old'])
    expect(await account()).toMatchObject({
      secrets: { token: 'sealed:pigeon/main/token:new after old' },
      facts: { tokenExpiresAt: far },
      version: 1,
    })
  })

  it('G5 the inbox survives a swap and forgets only the older generation', async () => {
    const claim = (word: string) =>
      rig.store.transaction(async (enter) => (await (await enter(main)).claim('g5', [received(word).id])).size)
    const age = () => rig.sql(`update inlet.inbox_state set since = now() - interval '17 days'`)
    expect(await claim('old')).toBe(1)
    await queues.prunes.inbox(16)
    await age()
    await queues.prunes.inbox(16)
    expect([await claim('old'), await claim('young')]).toEqual([0, 1])
    await queues.prunes.inbox(16)
    expect([await claim('old'), await claim('young')]).toEqual([0, 0])
    await age()
    await queues.prunes.inbox(16)
    expect([await claim('young'), await claim('old')]).toEqual([0, 1])
  })

  it('G5 a swap waits for the claims under way, and claims that come meanwhile see what those did', async () => {
    const [event, late] = [received('swap').id, received('swap late').id]
    await rig.sql(`update inlet.inbox_state set since = now() - interval '17 days'`)
    /** Stays open until it is let go. */
    const claims = (id: typeof event) => {
      const [hold, claimed] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()]
      const done = rig.store.transaction(async (enter) => {
        claimed.resolve((await (await enter(main)).claim('g5', [id])).size)
        await hold.promise
      })
      const letGo = () => (hold.resolve(), done)
      return { claimed: claimed.promise, letGo }
    }
    const waiting = async (count: number): Promise<void> => {
      const asked = `select count(*)::int as n from pg_locks join pg_stat_activity a using (pid)
        where not granted and a.datname = current_database()`
      await expect.poll(async () => (await rig.sql<{ n: number }>(asked))[0]?.n).toBe(count)
    }
    const first = claims(event)
    expect(await first.claimed).toBe(1)
    const swap = queues.prunes.inbox(16)
    await waiting(1)
    const second = claims(event)
    // One that came while the swap waited, and is still open when it is over, is met by the next one in the same generation.
    const between = claims(late)
    await waiting(3)
    await Promise.all([first.letGo(), swap])
    expect([await second.claimed, await between.claimed]).toEqual([0, 1])
    await second.letGo()
    const third = claims(late)
    await Promise.race([third.claimed, waiting(1)])
    await between.letGo()
    expect(await third.claimed).toBe(0)
    await third.letGo()
  })

  it('housekeeping forgets by age, and knows which blobs are still needed', async () => {
    const attachment = idFrom('att', 'prune') as AttachmentId
    await applyIn(rig.store, main, [
      ...openThread('prune'),
      {
        do: 'keep-upload',
        attachment,
        name: 'u',
        type: 'text/plain',
        size: 3,
        sha256: 'c',
        blob: blob('c'),
        at: start,
      },
      { do: 'add-message', message: messageRow('prune', 'hello', { html: blob('d'), fullText: blob('e') }) },
      {
        do: 'await-target',
        channel: pigeon,
        account: 'main',
        externalId: 'later',
        fact: received('f', { html: blob('f') }),
      },
      { do: 'publish', event: received('published') },
    ])
    await rig.store.transaction(async (enter) => {
      const tx = await enter(main)
      await tx.keepAnswer('k', 'h', { status: 200, body: {} })
      await tx.park({ worker: 'w', event: received('p', { html: blob('1') }), why: 'w', attempts: 1 })
    })
    const refs = ['c', 'd', 'e', 'f', '1', '2'].map(blob)
    expect([...(await queues.prunes.blobsInUse(main, refs))].toSorted()).toEqual(refs.slice(0, 5).toSorted())
    expect(await queues.prunes.blobsInUse(other, refs)).toEqual(new Set())
    const counts = () =>
      rig.sql(`select (select count(*)::int from inlet.answer) as answers, (select count(*)::int from inlet.feed) as feed,
        (select count(*)::int from inlet.external_ref) as waiting, (select count(*)::int from inlet.attachment) as uploads`)
    const prune = async () => [
      await queues.prunes.feed(2),
      await queues.prunes.answers(2),
      await queues.prunes.waiting(2),
      await queues.prunes.uploads(400_000),
    ]
    await prune()
    expect(await counts()).toEqual([{ answers: 1, feed: 1, waiting: 1, uploads: 1 }])
    await rig.sql(`update inlet.answer set at = now() - interval '3 days'; update inlet.feed set at = now() - interval '3 days';
      update inlet.external_ref set created_at = now() - interval '3 days'; update inlet.attachment set created_at = now() - interval '500000 days'`)
    expect(await prune()).toEqual([false, false, false, false])
    expect(await counts()).toEqual([{ answers: 0, feed: 0, waiting: 0, uploads: 0 }])
    expect(await queues.prunes.workspaces()).toEqual(['main', 'other'])
  })
})
