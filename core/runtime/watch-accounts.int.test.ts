// Polls and sessions under leases: one process at a time, positions only after the bytes are safe, a dead owner's account taken over.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AnyChannel, Page, Poll, Session } from '../ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { House } from '../../infra/house.ts'
import { until } from '../../test/support/deliver-rig.ts'
import { main, runLoops, template, walkHouse, type WalkHouse } from '../../test/support/walk-house.ts'
import { lifeOf } from '../../test/support/walk-life.ts'
import { watchAccounts } from './watch-accounts.ts'

/** A mailbox at a vendor: ids in order; who reads it says from where, and who looked is written down. */
const box: string[] = []
const reads: { readonly by: string; readonly from: number; readonly token: string; readonly route: string }[] = []
/** What goes wrong with the mailbox: how the next reads end. */
const faults: ('throws' | 'ends')[] = []
let app = ''
/** What the mailbox does not show any more: said with its next page. */
const gaps: NonNullable<Page['gap']>[] = []

const pageOf = (id: string, next: number): Page => {
  const item = { is: 'message', id, at: 1_790_000_000, from: { id: `u-${id}` }, text: id }
  const bytes = new TextEncoder().encode(JSON.stringify({ app, items: [item] }))
  const receivedAt = '2026-11-21T05:00:00.000Z' as Instant
  const gap = gaps.shift()
  const page = {
    raws: [{ route: app, bytes, contentType: 'application/json', receivedAt }],
    keep: { at: String(next) },
  }
  return gap === undefined ? page : { ...page, gap }
}
const read = (by: string): Poll<unknown, string>['pages'] =>
  async function* (account, keep) {
    let at = Number((await keep.get('at')) ?? 0)
    reads.push({ by, from: at, token: await account.secret('accessToken'), route: account.route })
    const fault = faults.shift()
    if (fault === 'throws') throw new Error('the vendor closed the line')
    if (fault === 'ends') return
    for (; at < box.length; at += 1) yield pageOf(box[at]!, at + 1)
  }
const poll: Poll<unknown, string> = { kind: 'poll', name: 'toy-poll', everySeconds: () => 0.05, pages: read('poll') }
const session: Session<unknown, string> = {
  kind: 'session',
  name: 'toy-session',
  async *connect(account, keep, edges, signal) {
    while (!signal.aborted) {
      const before = box.length
      yield* read('session')(account, keep, edges, signal)
      if (faults.length > 0) return
      while (box.length === before && !signal.aborted && faults.length === 0) await pause(10)
    }
  },
}
let receiver: 'poll' | 'session' = 'poll'
const withBox = (it: AnyChannel): AnyChannel => ({
  ...it,
  get receive() {
    return [...it.receive, receiver === 'poll' ? poll : session]
  },
})

let on: WalkHouse
let end: () => Promise<void>
beforeAll(async () => {
  on = await walkHouse({ seed: 60, channel: withBox })
  app = on.vendor.account().settings['app'] as string
  end = runLoops(on.house, { workers: ['threading', 'feed'] })
})
afterAll(async () => {
  await end()
  await on.close()
})
afterEach(async () => {
  receiver = 'poll'
  faults.length = 0
  box.length = 0
  reads.length = 0
  await on.sql('delete from inlet.keep')
})

function watch(owner: string, house: House = on.house): () => Promise<void> {
  const stop = new AbortController()
  const { leases, keeps, accounts } = house.queues
  const running = watchAccounts({ ...house, leases, keeps, accounts, owner }, stop.signal)
  return async () => {
    stop.abort()
    await running
  }
}
const there = async (...ids: readonly string[]): Promise<readonly string[]> =>
  (
    await on.sql<{ id: string }>(
      'select external_id as id from inlet.message where external_id = any ($1) order by seq',
      ids,
    )
  ).map((row) => row.id)
const arrived = (...ids: readonly string[]) => until(async () => (await there(...ids)).length === ids.length)
const position = async (): Promise<string | undefined> =>
  (await on.sql<{ value: string }>(`select value from inlet.keep where name = 'at'`))[0]?.value
const owner = async (): Promise<string | undefined> =>
  (await on.sql<{ owner: string }>(`select owner from inlet.lease where name like 'receive/%' and until > now()`))[0]
    ?.owner

describe.each(['poll', 'session'] as const)('a %s', (kind) => {
  it('F18 two processes: one reads, each message comes once, and the other goes on when the first lets go', async () => {
    receiver = kind
    const ends = new Map([
      ['one', watch('one')],
      ['two', watch('two')],
    ])
    box.push(`${kind}-a`, `${kind}-b`)
    await arrived(`${kind}-a`, `${kind}-b`)
    await until(async () => (await position()) === '2')
    const first = (await owner())!
    const before = reads.length
    await ends.get(first)!()
    box.push(`${kind}-c`)
    await arrived(`${kind}-c`)
    expect(await owner()).not.toBe(first)
    expect(reads[before]?.from).toBe(2) // from where the first one was
    await ends.get(first === 'one' ? 'two' : 'one')!()
    expect(await there(`${kind}-a`, `${kind}-b`, `${kind}-c`)).toEqual([`${kind}-a`, `${kind}-b`, `${kind}-c`])
  })

  it('G8 F2 the position moves only after the append; what was read twice is there once; a dead owner is followed', async () => {
    receiver = kind
    box.push(`${kind}-kept`)
    const life = lifeOf(on.house, 'after log.append') // in the log, its position not yet
    const endDead = watch('dead', life.house)
    await life.crashed
    expect(await position()).toBeUndefined()
    const stop = watch('heir')
    await pause(200)
    expect(await owner()).toBe('dead')
    await on.sql(`update inlet.lease set until = '-infinity' where owner = 'dead'`) // eight seconds by the database's clock
    await until(async () => (await position()) === '1')
    expect(await owner()).toBe('heir')
    await arrived(`${kind}-kept`)
    await stop()
    await endDead()
    const raws = await on.sql(
      `select 1 from inlet.log_event where event -> 'data' ->> 'externalId' = $1 and type = 'message.received'`,
      `${kind}-kept`,
    )
    expect(raws).toHaveLength(2) // it was read twice, and has its effect once
    expect(await there(`${kind}-kept`)).toHaveLength(1)
  })

  it('G8 one that fails is tried again after growing pauses', async () => {
    receiver = kind
    faults.push('throws', 'throws')
    box.push(`${kind}-late`)
    const stop = watch('alone')
    const began = performance.now()
    await arrived(`${kind}-late`)
    const ms = performance.now() - began
    await stop()
    expect(ms).toBeGreaterThan(0.8 * 1000 + 0.8 * 2000)
    expect(
      on.logger.lines.filter((line) => line.message.startsWith('a receiver failed')).length,
    ).toBeGreaterThanOrEqual(2)
  })
})

describe('a receiver', () => {
  it('G22 a session that the vendor ends at once is not opened again at full rate', async () => {
    receiver = 'session'
    faults.push(...Array.from({ length: 50 }, () => 'ends' as const))
    const stop = watch('alone')
    await until(() => reads.length > 0)
    await pause(1_500)
    await stop()
    expect(reads.length).toBeLessThanOrEqual(2)
  })

  it('D35 what nobody read is said as health and as an event, each time, and reading goes on', async () => {
    const of = (n: number) => ({
      from: `2026-11-0${n}T00:00:00.000Z` as Instant,
      to: '2026-11-14T00:00:00.000Z' as Instant,
    })
    gaps.push({ ...of(1), why: 'the first gap' }, { ...of(2), why: 'the second gap' })
    box.push('after-one', 'after-two')
    const stop = watch('alone')
    await arrived('after-one', 'after-two')
    await stop()
    const [account] = await on.sql<{ state: string; why: string; facts: Record<string, string> }>(
      `select state, why, facts from inlet.account where id = 'main'`,
    )
    expect(account).toMatchObject({ state: 'degraded', facts: { gapFrom: of(2).from, gapTo: of(2).to } })
    const told = await on.sql<{ why: string }>(
      `select event -> 'data' ->> 'why' as why from inlet.log_event where type = 'channel.health_changed' order by position`,
    )
    expect(told.map((it) => it.why)).toEqual(['the first gap', 'the second gap'])
    await on.sql(`update inlet.account set state = 'connected'`)
  })

  it('reads with what was changed: a new version starts it anew, a renewed token is used by the next read', async () => {
    const stop = watch('alone')
    await until(() => reads.length > 2)
    const { secrets } = on.vendor.account()
    expect(reads.at(-1)?.token).toBe(secrets['accessToken'])
    const renewed = await on.house.secrets.seal(main, `${template}/main/accessToken`, 'a renewed token')
    await on.sql(
      `update inlet.account set secrets = jsonb_set(secrets::jsonb, '{accessToken}', to_jsonb($1::text))::json`,
      renewed,
    )
    await until(() => reads.at(-1)?.token === 'a renewed token')
    await on.sql(`update inlet.account_route set route = 'another'`)
    await on.sql('update inlet.account set version = version + 1')
    await until(() => reads.at(-1)?.route === 'another')
    await on.sql('update inlet.account_route set route = $1', app)
    await on.sql(`update inlet.account set state = 'disabled', version = version + 1`)
    await until(async () => (await owner()) === undefined)
    const before = reads.length
    await pause(300)
    expect(reads.length).toBe(before)
    await on.sql(`update inlet.account set state = 'connected', version = version + 1`)
    await until(() => reads.length > before)
    await stop()
  })
})
