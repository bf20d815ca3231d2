// Replies on their way out: order, leases, holds, buckets and late answers, over two processes on one record.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { replyStates, type ReplyState } from '../../../schemas/reply.ts'
import type { ChannelName, Instant } from '../../../schemas/ids.ts'
import { nextReplyState } from '../../../core/rules/reply-state.ts'
import type { Delivery } from '../../../core/ports/queues.ts'
import { accountRow, after, start } from '../../../test/support/given.ts'
import { applyIn, openThread, queueReply, replyNamed, threadNamed } from '../../../test/support/record.ts'
import { main, openStoreRig, storeOver, type StoreRig } from '../../../test/support/store-rig.ts'
import type { Queues } from './index.ts'

const pigeon = 'pigeon' as ChannelName
const later = '2999-01-01T00:00:00.000Z' as Instant

describe('deliveries', () => {
  let rig: StoreRig
  let queues: Queues
  /** Another process on the same record. */
  let twin: Queues
  beforeAll(async () => {
    rig = await openStoreRig()
    queues = rig.queues
    twin = storeOver(rig.database).queues
  })
  afterAll(() => rig.close())
  beforeEach(() =>
    rig.sql(
      'truncate inlet.reply, inlet.reply_attempt, inlet.bucket, inlet.account_hold, inlet.outbox, inlet.ticket, inlet.contact, inlet.contact_key, inlet.conversation, inlet.thread_key, inlet.message, inlet.external_ref, inlet.account cascade',
    ),
  )

  const thread = async (name: string, words: readonly string[], more: { account?: string; to?: string } = {}) => {
    await applyIn(rig.store, main, openThread(name))
    for (const word of words) await applyIn(rig.store, main, queueReply(name, word, more))
  }
  const claim = (limit = 10, seconds = 60) => queues.deliveries.claim(limit, seconds)
  const ids = (claimed: readonly Delivery[]) => claimed.map((one) => one.id).toSorted()
  const row = async (name: string, word: string) => {
    const [found] = await rig.sql<{
      state: ReplyState
      attempt: number
      external_id: string | null
      why: string | null
    }>('select state, attempt, external_id, why from inlet.reply where id = $1', [replyNamed(name, word)])
    return found
  }
  const expire = () => rig.sql(`update inlet.reply set lease_until = now() - interval '1 s' where state = 'sending'`)
  const types = async () => (await rig.emitted()).map((event) => event.type)

  it('P4 gives the oldest of each conversation, and the next only when it is finished', async () => {
    await thread('a', ['a1', 'a2'])
    await thread('b', ['b1'])
    const claimed = await claim()
    expect(ids(claimed)).toEqual([replyNamed('a', 'a1'), replyNamed('b', 'b1')].toSorted())
    expect(await claim()).toEqual([])
    const a1 = claimed.find((one) => one.id === replyNamed('a', 'a1'))!
    expect(a1).toMatchObject({
      workspace: 'main',
      attempt: 1,
      wasSending: false,
      queuedAt: start,
      customerAt: start,
      outbound: { text: 'a1 of a' },
    })
    await queues.deliveries.finish(a1, { is: 'sent', externalId: 'w.1' })
    expect(ids(await claim())).toEqual([replyNamed('a', 'a2')])
    expect(await row('a', 'a1')).toMatchObject({ state: 'sent', external_id: 'w.1' })
    expect(await rig.sql('select message from inlet.external_ref')).toEqual([{ message: a1.message }])
    expect(await rig.sql('select state, external_id from inlet.message where id = $1', [a1.message])).toEqual([
      { state: 'sent', external_id: 'w.1' },
    ])
    expect((await rig.emitted()).at(-1)).toMatchObject({
      type: 'message.sent',
      key: a1.conversation,
      data: { externalId: 'w.1', reply: a1.id },
    })
  })

  it('P4 twenty claimers at once never take one reply twice, nor two of one conversation', async () => {
    for (let n = 0; n < 15; n += 1) await thread(`many${n}`, ['one', 'two'])
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? queues : twin).deliveries.claim(3, 60)),
    )
    const taken = all.flat()
    expect(taken.length).toBe(15)
    expect(new Set(taken.map((one) => one.conversation)).size).toBe(15)
    expect(taken.every((one) => one.outbound.text.startsWith('one'))).toBe(true)
  })

  it('G19 a reply of unknown fate holds back what was written after it, and no other conversation', async () => {
    await thread('a', ['a1', 'a2'])
    await thread('b', ['b1'])
    const a1 = (await claim()).find((one) => one.outbound.text === 'a1 of a')!
    await queues.deliveries.finish(a1, { is: 'unsure', why: 'the line broke' })
    expect(await claim()).toEqual([])
    expect(await row('a', 'a1')).toMatchObject({ state: 'unsure', why: 'the line broke' })
    expect(await types()).toEqual(['reply.unsure'])
    await applyIn(rig.store, main, [{ do: 'set-reply', reply: a1.id, state: 'cancelled', at: start }])
    expect(ids(await claim())).toEqual([replyNamed('a', 'a2')])
  })

  it('G19 G20 one whose long send keeps its claim is given to nobody, until the process stops keeping it', async () => {
    await thread('a', ['a1'])
    const [mine] = await claim(10, 0.3)
    expect(await queues.deliveries.keep(mine!, 60)).toBe(true)
    await pause(400)
    expect(await twin.deliveries.claim(10, 60)).toEqual([])
    await expire()
    expect(await twin.deliveries.claim(10, 60)).toMatchObject([{ wasSending: true, attempt: 2 }])
    expect(await queues.deliveries.keep(mine!, 60)).toBe(false)
    await queues.deliveries.finish(mine!, { is: 'sent', externalId: 'w.1' })
    expect(await queues.deliveries.keep(mine!, 60)).toBe(false)
  })

  it('G19 one whose lease ran out while it was sent is given again as perhaps sent, with the next number', async () => {
    await thread('a', ['a1'])
    await claim()
    await expire()
    const [again] = await claim()
    expect(again).toMatchObject({ wasSending: true, attempt: 2 })
    await queues.deliveries.putBack(again!, start)
    expect(await row('a', 'a1')).toMatchObject({ state: 'sending', attempt: 1 })
    expect((await claim())[0]).toMatchObject({ wasSending: true, attempt: 2 })
  })

  it('G19 a lease from before the clock jumped back does not hold for ever', async () => {
    await thread('a', ['a1'])
    await claim()
    await rig.sql(`update inlet.reply set lease_until = now() + interval '1 hour'`)
    expect((await claim())[0]?.wasSending).toBe(true)
  })

  it('G19 who lost the lease cannot undo what the next one found; a late "sent" is believed', async () => {
    await thread('a', ['a1', 'a2'])
    const [first] = await claim()
    await expire()
    const [second] = await claim()
    await queues.deliveries.finish(first!, { is: 'refused', code: 'x', why: 'late and wrong' })
    await queues.deliveries.finish(first!, { is: 'later', notBefore: later, why: 'late and wrong' })
    expect(await row('a', 'a1')).toMatchObject({ state: 'sending', attempt: 2 })
    await queues.deliveries.finish(second!, { is: 'unsure', why: 'cannot be asked' })
    await queues.deliveries.finish(first!, { is: 'sent', externalId: 'w.9' })
    await queues.deliveries.finish(first!, { is: 'sent', externalId: 'w.9' })
    expect(await row('a', 'a1')).toMatchObject({ state: 'sent', external_id: 'w.9', why: null })
    expect(await types()).toEqual(['reply.unsure', 'message.sent'])
    const tries = await rig.sql('select n, outcome from inlet.reply_attempt order by n')
    expect(tries).toEqual([
      { n: 1, outcome: 'sent' },
      { n: 2, outcome: 'unsure' },
    ])
  })

  it('P4 a receipt that overtook the answer is not turned back by it', async () => {
    await thread('a', ['a1'])
    const [a1] = await claim()
    await applyIn(rig.store, main, [{ do: 'set-reply', reply: a1!.id, state: 'read', externalId: 'w.1', at: start }])
    await queues.deliveries.finish(a1!, { is: 'sent', externalId: 'w.1' })
    expect(await row('a', 'a1')).toMatchObject({ state: 'read', external_id: 'w.1' })
  })

  it('one that was refused is failed and told, one for later waits with its try counted', async () => {
    await thread('a', ['a1'])
    await thread('b', ['b1'])
    const claimed = await claim()
    for (const one of claimed)
      await queues.deliveries.finish(
        one,
        one.outbound.text === 'a1 of a'
          ? { is: 'refused', code: 'too_long', why: 'by 12' }
          : { is: 'later', notBefore: later, why: 'busy' },
      )
    expect(await row('a', 'a1')).toMatchObject({ state: 'failed', why: 'by 12' })
    expect(await row('b', 'b1')).toMatchObject({ state: 'queued', attempt: 1, why: 'busy' })
    expect((await rig.emitted()).map((event) => [event.type, event.data])).toEqual([
      ['reply.refused', expect.objectContaining({ code: 'too_long', why: 'by 12' })],
    ])
    expect(await claim()).toEqual([])
    await rig.sql('update inlet.reply set not_before = now()')
    expect((await claim())[0]).toMatchObject({ attempt: 2, wasSending: false })
  })

  it('G20 one that a person asks for again begins its age and its tries anew, and is still fenced by its attempts', async () => {
    await thread('a', ['a1'])
    const [first] = await claim()
    await queues.deliveries.finish(first!, { is: 'refused', code: 'gave_up', why: 'twelve tries' })
    const at = after({ hours: 30 })
    await applyIn(rig.store, main, [{ do: 'set-reply', reply: first!.id, ifState: 'failed', state: 'queued', at }])
    const [again] = await claim()
    expect(again).toMatchObject({ attempt: 2, tries: 1, queuedAt: at })
    await queues.deliveries.finish(again!, { is: 'later', notBefore: start, why: 'busy' })
    expect((await claim())[0]).toMatchObject({ attempt: 3, tries: 2, queuedAt: at })
  })

  it('what is put back is given again with the try uncounted', async () => {
    await thread('a', ['a1'])
    const [a1] = await claim()
    await queues.deliveries.putBack(a1!, start)
    expect((await claim())[0]).toMatchObject({ attempt: 1, wasSending: false })
  })

  it('G22 a held account gives nothing until it is let go, and a longer hold stays', async () => {
    await thread('a', ['a1'])
    await thread('b', ['b1'], { account: 'sales' })
    await applyIn(rig.store, main, [{ do: 'put-account', account: accountRow(), routes: ['1'], create: true }])
    await queues.deliveries.hold(main, pigeon, 'main', null, 'the token is dead')
    await queues.deliveries.hold(main, pigeon, 'main', start, 'throttled')
    expect(ids(await claim())).toEqual([replyNamed('b', 'b1')])
    const [account] = await queues.accounts.all()
    await queues.accounts.health(account!, 'auth_failed', 'the token is dead')
    expect(await claim()).toEqual([])
    await queues.accounts.health(account!, 'connected', 'it answers')
    expect(ids(await claim())).toEqual([replyNamed('a', 'a1')])
  })

  it('G22 one account’s long queue leaves room for another’s, and takes only so many places', async () => {
    for (let n = 0; n < 12; n += 1) await thread(`busy${n}`, ['x'])
    await thread('quiet', ['y'], { account: 'sales' })
    expect((await claim(4)).map((one) => one.account).toSorted()).toEqual(['main', 'main', 'sales'])
    const narrow = storeOver(rig.database, { atOncePerAccount: 3 }).queues
    expect((await narrow.deliveries.claim(10, 60)).length).toBe(1)
  })

  it('G20 buckets hold over two processes: of 12 for one account no more go than its limit, then as time refills it', async () => {
    for (let n = 0; n < 12; n += 1) await thread(`limit${n}`, ['x'])
    const limits = new Map([['pigeon', [{ scope: 'account', max: 5, perSeconds: 3600 } as const]]])
    const both = [storeOver(rig.database, { limits }).queues, storeOver(rig.database, { limits }).queues]
    const taken = await Promise.all(Array.from({ length: 8 }, (_, n) => both[n % 2]!.deliveries.claim(3, 60)))
    expect(taken.flat().length).toBe(5)
    await rig.sql(`update inlet.bucket set at = at - interval '1440 s'`) // two fifths of the hour
    expect((await both[0]!.deliveries.claim(10, 60)).length).toBe(2)
    await rig.sql(`update inlet.bucket set at = at + interval '1 day'`) // the clock was set back
    expect((await both[1]!.deliveries.claim(10, 60)).length).toBe(0)
    // It was set back once: from then on time refills as before, and nobody waits a day for it.
    await rig.sql(`update inlet.bucket set at = at - interval '720 s'`)
    expect((await both[0]!.deliveries.claim(10, 60)).length).toBe(1)
  })

  it('G12 keys that the vendor’s answer brought lead to the conversation; one that leads elsewhere stays there', async () => {
    await thread('own', ['x'])
    await thread('other', [])
    const [one] = await claim()
    const keys = ['id:new', 'phone:other']
    await queues.deliveries.finish(one!, { is: 'sent', externalId: 'w.1', keys })
    await queues.deliveries.finish(one!, { is: 'sent', externalId: 'w.1', keys })
    const rows = await rig.sql<{ key: string; conversation: string }>(
      `select key, conversation from inlet.thread_key where key = any ($1) order by key`,
      [keys],
    )
    expect(rows).toEqual([
      { key: 'id:new', conversation: one!.conversation },
      { key: 'phone:other', conversation: threadNamed('other').conversation },
    ])
  })

  it('G20 where a setting of the account names other limits, those hold, and no more are sent at once than it allows', async () => {
    for (const account of ['main', 'sales'])
      for (let n = 0; n < 6; n += 1) await thread(`${account}${n}`, ['x'], { account })
    const give = (account: string, provider: string) =>
      rig.sql(
        `insert into inlet.account (workspace, channel, id, settings, secrets) values ('main', 'pigeon', $1, $2, '{}')`,
        [account, JSON.stringify({ provider })],
      )
    await give('main', 'strict')
    await give('sales', 'unknown')
    const max = (of: number) => [{ scope: 'account', max: of, perSeconds: 3600 } as const]
    const limits = new Map([
      ['pigeon', { limits: max(4), setting: 'provider', of: { strict: { limits: max(3), atOnce: 2 } } }],
    ])
    const { deliveries } = storeOver(rig.database, { limits }).queues
    const counted = (all: readonly { readonly account: string }[]) =>
      ['main', 'sales'].map((account) => all.filter((it) => it.account === account).length)
    const first = await deliveries.claim(20, 60)
    expect(counted(first)).toEqual([2, 4])
    expect(await deliveries.claim(20, 60)).toEqual([])
    for (const one of first) await deliveries.finish(one, { is: 'sent', externalId: `w.${one.id}` })
    expect(counted(await deliveries.claim(20, 60))).toEqual([1, 0])
  })

  it('G20 a recipient who has had enough waits alone; nothing is taken from the account for them', async () => {
    for (const name of ['r1', 'r2', 'r3']) await thread(name, ['x'], { to: 'same' })
    await thread('r4', ['x'], { to: 'another' })
    const limits = new Map([
      [
        'pigeon',
        [
          { scope: 'account', max: 3, perSeconds: 3600 },
          { scope: 'recipient', max: 1, perSeconds: 3600 },
        ] as const,
      ],
    ])
    const { deliveries } = storeOver(rig.database, { limits }).queues
    // Of one recipient's replies a claim may look at more than may go: whoever they kept out of it is in the next one.
    const claimed = [...(await deliveries.claim(10, 60)), ...(await deliveries.claim(10, 60))]
    expect(claimed.map((one) => one.outbound.to.id)).toEqual(['same', 'another'])
    const [bucket] = await rig.sql<{ tokens: number }>(`select tokens from inlet.bucket where name = 'pigeon:main:0'`)
    expect(bucket?.tokens).toBeGreaterThan(0.9)
    // The recipient's as well after the clock was set back: an hour later, by the new clock, the next one goes.
    await rig.sql(`update inlet.bucket set at = at + interval '1 day'`)
    expect(await deliveries.claim(10, 60)).toEqual([])
    await rig.sql(`update inlet.bucket set at = at - interval '1 hour'`)
    expect((await deliveries.claim(10, 60)).map((one) => one.outbound.to.id)).toEqual(['same'])
  })

  it('results of several are written together, each by its own fence; one that cannot be written takes no other along', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await thread(name, ['x'])
    const claimed = await claim()
    const of = (name: string) => claimed.find((one) => one.id === replyNamed(name, 'x'))!
    await rig.sql('update inlet.reply set attempt = 9 where id = $1', [of('c').id]) // somebody took it over
    const before = await types()
    const ends = await Promise.allSettled([
      queues.deliveries.finish(of('a'), { is: 'sent', externalId: 'w.a' }),
      // No column takes a number of this size: the database refuses the whole transaction.
      queues.deliveries.finish({ ...of('b'), attempt: 2 ** 40 }, { is: 'refused', code: 'x', why: 'never' }),
      queues.deliveries.finish(of('c'), { is: 'unsure', why: 'late and wrong' }),
      queues.deliveries.finish(of('d'), { is: 'refused', code: 'x', why: 'no such number' }),
    ])
    expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect((await types()).slice(before.length).toSorted()).toEqual(['message.sent', 'reply.refused'])
    const states = await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => (await row(name, 'x'))?.state))
    expect(states).toEqual(['sent', 'sending', 'sending', 'failed'])
  })

  it('G19 an earlier and a later try of one reply that end at once are judged one after the other', async () => {
    await thread('a', ['a1'])
    const [first] = await claim()
    await expire()
    const [second] = await claim()
    await Promise.all([
      queues.deliveries.finish(second!, { is: 'unsure', why: 'nobody knows' }),
      queues.deliveries.finish(first!, { is: 'sent', externalId: 'w.1' }),
    ])
    expect(await row('a', 'a1')).toMatchObject({ state: 'sent', external_id: 'w.1', why: null })
    expect(await types()).toEqual(['reply.unsure', 'message.sent'])
  })

  it('P4 the database lets a reply move exactly as core/rules/reply-state.ts says, and back to the queue', async () => {
    const back = new Set(['sending>queued', 'unsure>queued', 'failed>queued'])
    const pairs = replyStates.flatMap((was) => replyStates.map((becomes) => [was, becomes] as const))
    for (const [was, becomes] of pairs) {
      const [found] = await rig.sql<{ moves: boolean }>('select inlet.reply_moves($1, $2) as moves', [was, becomes])
      const wanted = back.has(`${was}>${becomes}`) || nextReplyState(was, becomes) !== null
      expect([was, becomes, found?.moves]).toEqual([was, becomes, wanted])
    }
  })
})
