// What may be forgotten is forgotten, what is still needed stays, and one piece that fails keeps none of the others.
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BlobRef } from '../../schemas/ids.ts'
import { applyIn } from '../../test/support/record.ts'
import { main, runLoops, walkHouse, type WalkHouse } from '../../test/support/walk-house.ts'
import { housekeep, inboxDays, type HousekeepDeps } from './housekeep.ts'

const keepDays = 30
let on: WalkHouse
let end: () => Promise<void>
beforeAll(async () => {
  on = await walkHouse({ seed: 95 })
  end = runLoops(on.house, {})
})
afterAll(async () => {
  await end()
  await on.close()
})

const round = (more: Partial<HousekeepDeps> = {}) =>
  housekeep(
    {
      prunes: on.house.queues.prunes,
      blobs: on.house.blobs,
      logger: on.logger,
      keepDays,
      pruneLog: async (days) =>
        void (await on.house.care.prune({
          keepDays: days,
          hardLimitDays: days * 3,
        })),
      ...more,
    },
    new AbortController().signal,
  )
const count = async (what: string): Promise<number> =>
  (await on.sql<{ n: number }>(`select count(*)::int as n from inlet.${what}`))[0]!.n
/** As if everything on disk had been put two days ago. */
async function ageBlobs(): Promise<void> {
  const then = new Date(Date.now() - 2 * 24 * 3600 * 1000)
  const entries = await readdir(join(on.house.data, 'blobs'), { recursive: true, withFileTypes: true })
  for (const entry of entries) if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), then, then)
  // Small ones lie in the database.
  await on.sql('update inlet.blob set put_at = $1', then)
}
const isThere = async (ref: BlobRef): Promise<boolean> =>
  on.house.blobs.get(main, ref).then(
    async (bytes) => (await bytes.cancel(), true),
    () => false,
  )

describe('housekeeping', () => {
  it('G5 a repeat is known after the inbox was swapped, and longer than any vendor repeats', async () => {
    expect(inboxDays(1)).toBeGreaterThanOrEqual(16)
    expect(inboxDays(keepDays)).toBeGreaterThan(keepDays)
    const write = () => on.vendor.write({ customer: 1, id: 'known for long' })
    await write()
    await on.drained()
    const age = () =>
      on.sql(`update inlet.inbox_state set since = now() - make_interval(days => $1)`, inboxDays(keepDays))
    const before = await count('inbox_state where current = 0')
    await round()
    expect(await count('inbox_state where current = 0')).toBe(before) // it is not old enough
    await age()
    await round()
    expect(await count('inbox_state where current = 0')).toBe(1 - before)
    await write()
    await on.drained()
    expect(await count(`message where external_id = 'known for long'`)).toBe(1)
    expect(
      await count(`feed where type = 'ticket.message_added' and event -> 'data' ->> 'message' in
      (select id from inlet.message where external_id = 'known for long')`),
    ).toBe(1)
  })

  it('the feed’s tail, kept answers and unused uploads go by age; younger ones and files of messages stay', async () => {
    const upload = (id: string) =>
      ({
        do: 'keep-upload',
        attachment: id,
        name: 'a.txt',
        type: 'text/plain',
        size: 1,
        sha256: '0'.repeat(64),
        blob: `sha256:${'0'.repeat(64)}`,
        at: new Date().toISOString(),
      }) as never
    await applyIn(on.house.store, main, [upload(`att_${'1'.repeat(32)}`), upload(`att_${'2'.repeat(32)}`)])
    await on.sql(
      `update inlet.attachment set created_at = now() - case when id = $1 then interval '3 days' else interval '0' end`,
      `att_${'1'.repeat(32)}`,
    )
    await on.sql(`insert into inlet.answer (workspace, key, input_hash, status, body, at) values
      ('main', 'old', '', 200, '{}', now() - interval '3 days'), ('main', 'young', '', 200, '{}', now())`)
    const all = await count('feed')
    await on.sql(`update inlet.feed set at = now() - interval '31 days' where sequence <= 2`)
    await round()
    expect(await count('feed')).toBe(all - 2)
    expect(await on.sql(`select key from inlet.answer`)).toEqual([{ key: 'young' }])
    expect(await on.sql(`select id from inlet.attachment where message is null`)).toEqual([
      { id: `att_${'2'.repeat(32)}` },
    ])
  })

  it('L2 that a conversation was greeted is never forgotten, for it may be lively still; what budgets counted is', async () => {
    await on.sql(`insert into inlet.auto_reply_note (workspace, cause, ticket, code, kind, conversation, address, at)
      select 'main', 'cause ' || n, 'tkt_1', code, kind, 'cnv_1', 'a', now() - make_interval(days => days)
      from (values (1, null, 'greeting', 31), (2, 'budget_ticket', 'greeting', 31), (3, null, 'opened', 31), (4, null, 'opened', 29))
        as v (n, code, kind, days)`)
    await round()
    const left = await on.sql<{ cause: string }>(`select cause from inlet.auto_reply_note order by cause`)
    expect(left.map(({ cause }) => cause)).toEqual(['cause 1', 'cause 4'])
  })

  it('blobs nothing refers to are collected, those of messages, raws and what is set aside are not', async () => {
    const long = 'a long letter '.repeat(6_000)
    await on.vendor.write({ customer: 2, text: long })
    await on.vendor.post(JSON.stringify({ app: 'app-of-nobody', items: [], note: 'x'.repeat(70_000) }))
    await on.drained()
    const used = [
      ...(await on.sql<{ ref: BlobRef }>('select full_text as ref from inlet.message where full_text is not null')),
      ...(await on.sql<{ ref: BlobRef }>('select blob as ref from inlet.log_raw where blob is not null')),
    ]
    expect(used.length).toBeGreaterThanOrEqual(3)
    const lonely = await on.house.blobs.put(main, new TextEncoder().encode('nobody needs this'), 'text/plain')
    await round()
    expect(await isThere(lonely)).toBe(true) // put a moment ago: its message may be on its way
    await ageBlobs()
    await round()
    expect(await isThere(lonely)).toBe(false)
    for (const { ref } of used) expect(await isThere(ref)).toBe(true)
  })

  it('F11 a piece that fails is said, and the others are done', async () => {
    await on.sql(
      `insert into inlet.answer (workspace, key, input_hash, status, body, at) values ('main', 'older', '', 200, '{}', now() - interval '3 days')`,
    )
    const lonely = await on.house.blobs.put(main, new TextEncoder().encode('nor this'), 'text/plain')
    await ageBlobs()
    const failing = () => Promise.reject(new Error('the disk is full'))
    await round({ prunes: { ...on.house.queues.prunes, inbox: failing, feed: failing }, pruneLog: failing })
    expect(await on.sql(`select key from inlet.answer where key = 'older'`)).toEqual([])
    expect(await isThere(lonely)).toBe(false)
    const said = on.logger.lines.filter((line) => line.message.startsWith('could not prune'))
    expect(said.map((line) => line.message.split(' ').slice(3, 5).join(' '))).toEqual([
      'the inbox;',
      'the feed;',
      'the log;',
    ])
  })
})
