// What the other loops take: wake-ups, leases, positions, files, seen marks, attempts, the outbox, accounts and what is forgotten.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { idFrom, type AttachmentId, type BlobRef, type ChannelName, type Instant } from '../../../schemas/ids.ts'
import type { LiveAccount } from '../../../core/ports/queues.ts'
import { accountRow, received, start } from '../../../test/support/given.ts'
import { applyIn, messageRow, openThread, threadNamed } from '../../../test/support/record.ts'
import { main, openStoreRig, other, storeOver, type StoreRig } from '../../../test/support/store-rig.ts'
import type { Queues } from './index.ts'

const pigeon = 'pigeon' as ChannelName
const far = '2999-01-01T00:00:00.000Z' as Instant
const blob = (digit: string): BlobRef => `sha256:${digit.repeat(64)}`

describe('the loops', () => {
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
  const emittedTypes = async () => (await rig.emitted()).map((event) => event.type)
  const account = async (): Promise<LiveAccount> => {
    const [first] = await queues.accounts.all()
    return first!
  }
  const putAccount = (more: Parameters<typeof accountRow>[0] = {}, create = true) =>
    applyIn(rig.store, main, [{ do: 'put-account', account: accountRow(more), routes: ['905', '906'], create }])

  it('F18 G17 two schedulers fire 300 due wake-ups once each, and none that is not due', async () => {
    const wake = (n: number, dueAt: Instant) =>
      ({ do: 'wake-me', kind: 'close_ticket', subject: `tkt_${n}`, dueAt, basis: `${n}` }) as const
    await applyIn(
      rig.store,
      main,
      Array.from({ length: 200 }, (_, n) => wake(n, start)),
    )
    await applyIn(
      rig.store,
      other,
      Array.from({ length: 100 }, (_, n) => wake(n, start)),
    )
    await applyIn(rig.store, main, [wake(999, far)])
    const fired = await Promise.all(Array.from({ length: 12 }, (_, n) => (n % 2 ? queues : twin).wakeups.fire(40)))
    expect(fired.reduce((sum, one) => sum + one.fired, 0)).toBe(300)
    const events = await rig.emitted()
    expect(events.length).toBe(300)
    expect(new Set(events.map((event) => event.id)).size).toBe(300)
    expect(events.filter((event) => event.workspace === 'other').length).toBe(100)
    expect(await rig.sql('select subject from inlet.wakeup')).toEqual([{ subject: 'tkt_999' }])
    const idle = await queues.wakeups.fire(40)
    expect(idle.fired).toBe(0)
    expect(idle.nextInMs).toBeGreaterThan(1e12)
  })

  it('a later ask replaces an earlier one, and a forgotten one never fires', async () => {
    const wake = { do: 'wake-me', kind: 'close_window', subject: 'cnv_1', basis: null } as const
    await applyIn(rig.store, main, [
      { ...wake, dueAt: far },
      { ...wake, dueAt: start },
    ])
    await applyIn(rig.store, main, [{ ...wake, subject: 'cnv_2', dueAt: start }])
    await applyIn(rig.store, main, [{ do: 'forget-wake', kind: 'close_window', subject: 'cnv_2' }])
    expect((await queues.wakeups.fire(10)).fired).toBe(1)
    expect((await rig.emitted())[0]).toMatchObject({
      type: 'wake.due',
      key: 'cnv_1',
      data: { kind: 'close_window', dueAt: start },
    })
  })

  it('wake-ups go straight into the log where record and log are one database', async () => {
    await rig.sql(`select inlet.log_setup(12, '{wake,ticket}')`)
    const direct = storeOver({ pool: rig.database.pool }, { emitInto: 'log' })
    await applyIn(direct.store, main, [
      { do: 'wake-me', kind: 'close_ticket', subject: 't', dueAt: start, basis: null },
    ])
    expect((await direct.queues.wakeups.fire(10)).fired).toBe(1)
    const event = {
      ...received('history'),
      type: 'ticket.note_added',
      data: { ticket: 'tkt', message: 'm', text: 't' },
    } as const
    await direct.store.transaction(async (enter) => (await enter(main)).emit([event as never]))
    expect(await rig.sql('select type from inlet.log_event order by type')).toEqual([
      { type: 'ticket.note_added' },
      { type: 'wake.due' },
    ])
    expect(await rig.sql(`select ticket from inlet.ticket_event`)).toEqual([{ ticket: 'tkt' }])
    expect(await rig.emitted()).toEqual([])
  })

  it('G15 a lease has one holder, and its epoch rises with each new one', async () => {
    const both = await Promise.all([queues.leases.take('relay', 'a', 30), twin.leases.take('relay', 'b', 30)])
    expect(both.filter((one) => one !== null)).toEqual([{ epoch: 1 }])
    const holder = both[0] === null ? 'b' : 'a'
    expect(await queues.leases.take('relay', holder, 30)).toEqual({ epoch: 1 })
    await rig.sql(`update inlet.lease set until = now() - interval '1 s'`)
    expect(await twin.leases.take('relay', 'c', 30)).toEqual({ epoch: 2 })
    expect(await queues.leases.take('relay', holder, 30)).toBeNull()
    await queues.leases.release('relay', holder)
    expect(await queues.leases.take('relay', 'd', 30)).toBeNull()
    await queues.leases.release('relay', 'c')
    expect(await queues.leases.take('relay', 'd', 30)).toEqual({ epoch: 3 })
  })

  it('G8 a position is stored by the holder of the lease alone', async () => {
    await putAccount()
    const mine = await account()
    const name = `receive/pigeon/main/poll`
    const lease = await queues.leases.take(name, 'a', 30)
    expect(await queues.keeps.put(mine, 'poll', { cursor: '7', page: 'x' }, lease!.epoch)).toBe(true)
    await rig.sql(`update inlet.lease set until = now() - interval '1 s'`)
    expect(await queues.keeps.put(mine, 'poll', { cursor: '8' }, lease!.epoch)).toBe(false)
    const next = await twin.leases.take(name, 'b', 30)
    expect(await queues.keeps.put(mine, 'poll', { cursor: '8' }, lease!.epoch)).toBe(false)
    expect(await twin.keeps.put(mine, 'poll', { page: null }, next!.epoch)).toBe(true)
    expect([await queues.keeps.get(mine, 'poll', 'cursor'), await queues.keeps.get(mine, 'poll', 'page')]).toEqual([
      '7',
      null,
    ])
  })

  it('a file at the vendor is fetched by one process, and told of once', async () => {
    const attachment = idFrom('att', 'file') as AttachmentId
    const file = {
      id: attachment,
      name: 'a.jpg',
      type: 'image/jpeg',
      size: null,
      sha256: null,
      state: 'pending',
      source: { atVendor: 'media-1' },
    } as const
    await applyIn(rig.store, main, [
      ...openThread('file'),
      { do: 'add-message', message: messageRow('file', 'hello', { attachments: [file] }) },
    ])
    const claimed = (await Promise.all([queues.fileJobs.claim(5, 60), twin.fileJobs.claim(5, 60)])).flat()
    expect(claimed).toEqual([
      expect.objectContaining({ id: attachment, workspace: 'main', atVendor: 'media-1', attempt: 1, name: 'a.jpg' }),
    ])
    const bytes = { blob: blob('a'), type: 'image/png', size: 12, sha256: 'a'.repeat(64) }
    await queues.fileJobs.stored(claimed[0]!, bytes)
    await queues.fileJobs.stored(claimed[0]!, bytes)
    await queues.fileJobs.failed(claimed[0]!, 'gone', 'too late')
    expect(await emittedTypes()).toEqual(['attachment.stored'])
    expect((await rig.emitted())[0]).toMatchObject({
      key: threadNamed('file').conversation,
      data: { attachment, blob: blob('a'), name: 'a.jpg' },
    })
    const message = await rig.store.transaction(async (enter) =>
      (await (await enter(main)).read.messages.byId([claimed[0]!.message])).get(claimed[0]!.message),
    )
    expect(message?.attachments).toEqual([
      {
        id: attachment,
        name: 'a.jpg',
        type: 'image/png',
        size: 12,
        sha256: bytes.sha256,
        state: 'stored',
        source: { blob: blob('a') },
      },
    ])
  })

  it('a file that cannot be had now waits; who lost its lease cannot give it up', async () => {
    const file = {
      id: idFrom('att', 'w'),
      name: 'a',
      type: 'x',
      size: null,
      sha256: null,
      state: 'pending',
      source: { atVendor: 'm' },
    } as const
    await applyIn(rig.store, main, [
      ...openThread('wait'),
      { do: 'add-message', message: messageRow('wait', 'hello', { attachments: [file] }) },
    ])
    const [job] = await queues.fileJobs.claim(5, 60)
    await rig.sql(`update inlet.attachment set lease_until = now() - interval '1 s'`)
    const [again] = await twin.fileJobs.claim(5, 60)
    await queues.fileJobs.failed(job!, 'gone', 'mine no more')
    expect(await emittedTypes()).toEqual([])
    await twin.fileJobs.later(again!, far, 'busy')
    expect(await queues.fileJobs.claim(5, 60)).toEqual([])
    await rig.sql('update inlet.attachment set not_before = now()')
    const [third] = await queues.fileJobs.claim(5, 60)
    await queues.fileJobs.failed(third!, 'blocked', 'a script')
    expect((await rig.emitted())[0]).toMatchObject({
      type: 'attachment.failed',
      data: { state: 'blocked', why: 'a script' },
    })
  })

  it('an upload is used by one message: a second one is a conflict', async () => {
    const attachment = idFrom('att', 'up') as AttachmentId
    await applyIn(rig.store, main, [
      {
        do: 'keep-upload',
        attachment,
        name: 'u',
        type: 'text/plain',
        size: 3,
        sha256: 'b',
        blob: blob('b'),
        at: start,
      },
      ...openThread('up'),
    ])
    const upload = await rig.store.transaction(async (enter) =>
      (await (await enter(main)).read.uploads.byId([attachment])).get(attachment),
    )
    const add = (word: string) =>
      applyIn(rig.store, main, [
        { do: 'add-message', message: messageRow('up', word, { attachments: [upload!.attachment] }) },
      ])
    await add('one')
    await expect(add('two')).rejects.toMatchObject({ code: 'store.conflict' })
    const left = await rig.store.transaction(
      async (enter) => (await (await enter(main)).read.uploads.byId([attachment])).size,
    )
    expect(left).toBe(0)
  })

  it('a seen mark is told by one process, again when it failed, and given up after five tries', async () => {
    const message = messageRow('seen', 'hello').id
    const mark = { do: 'tell-seen', channel: pigeon, account: 'main', externalId: 'w.1', message } as const
    await applyIn(rig.store, main, [mark, mark])
    for (let n = 1; n <= 5; n += 1) {
      const [one, ...more] = (await Promise.all([queues.seenMarks.claim(5), twin.seenMarks.claim(5)])).flat()
      expect([one?.externalId, more.length]).toEqual(['w.1', 0])
      await queues.seenMarks.finish(one!.id, start)
    }
    expect(await rig.sql('select 1 from inlet.seen_mark')).toEqual([])
  })

  it('G13 tries are counted over processes and forgotten', async () => {
    const events = [received('t1').id, received('t2').id]
    await queues.attempts.bump('w', events)
    expect(await twin.attempts.bump('w', [events[0]!, events[0]!])).toEqual(new Map([[events[0], 2]]))
    await queues.attempts.forget('w', events)
    expect(await twin.attempts.bump('w', events)).toEqual(new Map(events.map((id) => [id, 1])))
  })

  it('the outbox gives every partition its oldest first, in order, and a stuck one hides none', async () => {
    const events = Array.from({ length: 60 }, (_, n) => received(`out-${n}`, {}, { key: `lane-${n % 4}` }))
    const stuck = Array.from({ length: 200 }, (_, n) => received(`stuck-${n}`, {}, { key: 'stuck' }))
    await rig.store.transaction(async (enter) => (await enter(main)).emit([...stuck, ...events]))
    const rows = await queues.outbox.oldest(50)
    expect(rows.length).toBeLessThanOrEqual(50)
    expect(new Set(rows.map((row) => row.event.key)).size).toBeGreaterThan(2)
    expect(rows.map((row) => Number(row.seq))).toEqual(rows.map((row) => Number(row.seq)).toSorted((a, b) => a - b))
    const lane = rows.filter((row) => row.event.key === 'lane-1').map((row) => row.event.id)
    expect(lane).toEqual(
      events
        .filter((event) => event.key === 'lane-1')
        .slice(0, lane.length)
        .map((event) => event.id),
    )
    await queues.outbox.remove(rows.map((row) => row.seq))
    expect((await rig.emitted()).length).toBe(260 - rows.length)
  })

  it('who waits for work is woken by a commit of this process', async () => {
    const started = performance.now()
    const waiting = queues.outbox.wait(15_000, new AbortController().signal)
    await rig.store.transaction(async (enter) => (await enter(main)).emit([received('wake')]))
    await waiting
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
