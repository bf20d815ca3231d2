// What operators do: set aside, again, away; replay within what is kept; the vendor's bytes and files, audited and harmless.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRaw } from '../core/ports/event-log.ts'
import { GatewayError } from '../core/errors.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { anEvent } from '../test/support/make.ts'
import { seedMessage, seedTicket } from '../test/support/seed-tickets.ts'
import type { ParkedAsk, ReplayAsk } from './deps.ts'

let bench: Bench
const asks = { retried: [] as ParkedAsk[], dropped: [] as ParkedAsk[], replayed: [] as ReplayAsk[] }
const ref = { id: 'raw_7', at: '2026-11-20T10:00:00.000Z', key: 'lane' }
const kept = {
  ref,
  workspace: 'main',
  channel: 'testchannel',
  account: 'account-1',
  contentType: 'text/html\r\nX-Evil: 1',
  meta: {},
  body: new TextEncoder().encode('<script>alert(1)</script>'),
} as unknown as KeptRaw
const files = new Map([[`sha256:${'1'.repeat(64)}`, '<html>boo</html>']])

beforeAll(async () => {
  bench = await apiBench({
    clock: handClock('2026-11-21T09:00:00.000Z'),
    api: {
      raw: async (asked) => (asked.id === ref.id ? kept : null),
      blobs: {
        put: () => Promise.reject(new Error('not here')),
        get: async (_workspace, blob) => {
          const bytes = files.get(blob)
          if (bytes === undefined) throw new GatewayError('event.invalid', 'no such blob')
          return new Blob([bytes]).stream()
        },
      },
      replay: async (asked) => {
        asks.replayed.push(asked)
        return { raws: 3, unchanged: 2, fresh: 1, corrected: 0, unreadable: 0 }
      },
      retryParked: async (asked) => {
        asks.retried.push(asked)
        return asked.id === 'prk_bad'
          ? { is: 'failed', why: 'still no account' }
          : { is: asked.id === 'prk_1' ? 'done' : 'not-found' }
      },
      dropParked: async (asked) => {
        asks.dropped.push(asked)
        return { is: asked.id === 'prk_1' ? 'done' : 'not-found' }
      },
    },
  })
  await bench.sql(`insert into workspace (workspace, name) values ('other', 'Other')`)
  const event = { ...anEvent({ dedupe: 'parked' }), raw: { ...ref, id: 'raw_parked' } }
  for (const workspace of ['main', 'other'])
    await bench.sql(
      `insert into parked (workspace, id, worker, event, why, attempts) values ($1, $2, 'threading', $3, 'it throws', 3)`,
      [workspace, `prk_${workspace}`, JSON.stringify(event)],
    )
})
afterAll(() => bench.close())

describe('parked', () => {
  it('G13 lists what was set aside here with why, and not another workspace’s', async () => {
    const { body, text } = await bench.call({ url: '/v1/parked' })
    expect((body as { items: unknown[] }).items).toEqual([
      {
        id: 'prk_main',
        worker: 'threading',
        type: 'message.received',
        event: expect.stringMatching(/^evt_/),
        channel: 'testchannel',
        account: 'account-1',
        subject: expect.any(String),
        raw: 'raw_parked',
        why: 'it throws',
        attempts: 3,
        at: expect.stringMatching(/Z$/),
      },
    ])
    expect(text).not.toContain('Merhaba')
  })
  it('G13 S28 retries and drops in the name of who asks', async () => {
    expect((await bench.call({ method: 'POST', url: '/v1/parked/prk_1/retry' })).body).toEqual({
      id: 'prk_1',
      state: 'handled',
    })
    const failed = await bench.call({ method: 'POST', url: '/v1/parked/prk_bad/retry' })
    expect([failed.status, failed.text]).toEqual([422, expect.stringContaining('still no account')])
    expect((await bench.call({ method: 'POST', url: '/v1/parked/prk_9/retry' })).status).toBe(404)
    expect((await bench.call({ method: 'DELETE', url: '/v1/parked/prk_1' })).status).toBe(204)
    expect((await bench.call({ method: 'DELETE', url: '/v1/parked/prk_9' })).status).toBe(404)
    expect(asks.retried[0]).toMatchObject({ workspace: 'main', id: 'prk_1', by: { actor: { id: 'admin' } } })
    expect(asks.dropped).toHaveLength(2)
  })
})

describe('replay', () => {
  const replay = (payload: object) => bench.call({ method: 'POST', url: '/v1/replay', payload })
  it('S28 gives its counts and leaves its entry in the audit', async () => {
    const { status, body } = await replay({
      from: '2026-11-01',
      to: '2026-11-20T12:00:00+03:00',
      channel: 'testchannel',
    })
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ raws: 3, fresh: 1, from: '2026-11-01T00:00:00.000Z', to: '2026-11-20T09:00:00.000Z' }),
    ])
    expect(asks.replayed).toEqual([
      {
        workspace: 'main',
        from: '2026-11-01T00:00:00.000Z',
        to: '2026-11-20T09:00:00.000Z',
        channel: 'testchannel',
        correlation: expect.any(String),
      },
    ])
    const audit = await bench.call({ url: '/v1/audit?limit=1' })
    expect(audit.body).toMatchObject({
      items: [{ what: 'replay.started', actor: { id: 'admin' }, from: '127.0.0.1', about: { channel: 'testchannel' } }],
    })
  })
  it('S28 with an Idempotency-Key is noted once, and runs again: what is known already changes nothing', async () => {
    const payload = { from: '2026-11-02', to: '2026-11-03' }
    const again = () =>
      bench.call({ method: 'POST', url: '/v1/replay', payload, headers: { 'idempotency-key': 'replay-once' } })
    expect([(await again()).status, (await again()).status]).toEqual([200, 200])
    const audit = await bench.call({ url: '/v1/audit?limit=50' })
    const noted = (audit.body as { items: { what: string; about: { to?: string } }[] }).items.filter(
      (it) => it.what === 'replay.started' && it.about.to === '2026-11-03T00:00:00.000Z',
    )
    expect(noted).toHaveLength(1)
  })
  it('refuses what is older than what is kept, and ranges that are none', async () => {
    const before = asks.replayed.length
    const early = await replay({ from: '2026-10-01', to: '2026-11-20' })
    expect([early.status, early.body]).toEqual([
      422,
      expect.objectContaining({ code: 'too_old', oldest: '2026-10-22T09:00:00.000Z' }),
    ])
    for (const [payload, field] of [
      [{ from: '2026-11-20', to: '2026-11-20' }, 'to'],
      [{ from: 'yesterday', to: '2026-11-20' }, 'from'],
      [{ from: '2026-11-01' }, 'to'],
      [{ from: '2026-11-01', to: '2026-11-20', chanel: 'x' }, 'chanel'],
    ] as const)
      expect((await replay(payload)).body).toMatchObject({ status: 400, field })
    expect(asks.replayed).toHaveLength(before)
  })
})

describe('bytes of strangers', () => {
  it('S13 S28 a raw is a download that nothing runs, and reading it is in the audit', async () => {
    const ticket = await seedTicket(bench, { n: 1 })
    await seedMessage(bench, { n: 1, ticket, text: 'hi', raw: ref })
    const { status, text, headers } = await bench.call({ url: `/v1/raws/${ref.id}` })
    expect([status, text]).toEqual([200, '<script>alert(1)</script>'])
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'attachment; filename="raw_7"',
    })
    expect(headers['x-evil']).toBeUndefined()
    expect((await bench.call({ url: '/v1/audit?limit=1' })).body).toMatchObject({
      items: [{ what: 'raw.read', subject: 'raw_7' }],
    })
    expect((await bench.call({ url: '/v1/raws/raw_7', headers: { 'inlet-workspace': 'other' } })).status).toBe(404)
    expect((await bench.call({ url: '/v1/raws/raw_8' })).status).toBe(404)
  })
  it('S12 S13 a file is a download with its name as a label, and no active type', async () => {
    const file = async (id: string, row: { name: string; type: string; state: string; blob: string | null }) => {
      await bench.sql(
        `insert into attachment (workspace, id, name, type, size, state, blob) values ('main', $1, $2, $3, 16, $4, $5)`,
        [id, row.name, row.type, row.state, row.blob],
      )
      return bench.call({ url: `/v1/attachments/${id}` })
    }
    const blob = `sha256:${'1'.repeat(64)}`
    const page = await file('att_1', { name: 'şema "x"\r\n.html', type: 'text/html', state: 'stored', blob })
    expect(page.text).toBe('<html>boo</html>')
    expect(page.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="_ema _x___.html"; filename*=UTF-8''%C5%9Fema%20%22x%22%0D%0A.html`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    expect(
      (await file('att_2', { name: 'a.png', type: 'image/png', state: 'stored', blob })).headers['content-type'],
    ).toBe('image/png')
    expect(
      (await file('att_3', { name: 'a', type: 'image/svg+xml', state: 'stored', blob })).headers['content-type'],
    ).toBe('application/octet-stream')
    expect(await file('att_4', { name: 'a', type: 'x/y', state: 'pending', blob: null })).toMatchObject({
      status: 409,
      body: { code: 'attachment_pending' },
    })
    expect(await file('att_5', { name: 'a', type: 'x/y', state: 'gone', blob: null })).toMatchObject({ status: 410 })
    expect((await bench.call({ url: '/v1/attachments/att_1', headers: { 'inlet-workspace': 'other' } })).status).toBe(
      404,
    )
  })
})
