// The feed: pages and the stream, from a cursor on, without a hole or a double, and what happens when it is too old.
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idFrom } from '../schemas/ids.ts'
import { adminKey, apiBench, type Bench } from '../test/support/api-bench.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { anEvent } from '../test/support/make.ts'

let bench: Bench
let url: string
const clock = handClock()
const wake = { all: new Set<() => void>() }
beforeAll(async () => {
  bench = await apiBench({
    clock,
    api: {
      waitForEvents: (_workspace, _ms, signal) =>
        new Promise<void>((resolve) => {
          const done = () => {
            wake.all.delete(done)
            resolve()
          }
          wake.all.add(done)
          signal.addEventListener('abort', done, { once: true })
        }),
    },
  })
  await bench.sql(`insert into workspace (workspace, name) values ('other', 'Other'), ('pruned', 'Pruned')`)
  url = await bench.server.listen()
})
afterAll(() => bench.close())

let n = 0
async function publish(workspace: string, type: string): Promise<string> {
  const event = { ...anEvent({ dedupe: `feed-${++n}` }), id: idFrom('evt', 'feed', n), workspace, type }
  const rows = JSON.stringify([{ id: event.id.slice(4), type, event }])
  await bench.sql(`select publish($1, $2)`, [workspace, rows])
  for (const done of wake.all) done()
  return event.id
}
interface Page {
  readonly items: readonly { readonly id: string; readonly sequence: string; readonly type: string }[]
  readonly next: string | null
  readonly cursor: string
}
const page = async (query: string, workspace = 'main') => {
  const { status, body } = await bench.call({ url: `/v1/events?${query}`, headers: { 'inlet-workspace': workspace } })
  return { status, ...(body as Page) }
}

describe('pages', () => {
  it('go on from a cursor that is kept, by type too, and never skip or repeat', async () => {
    expect(await page('')).toEqual({ status: 200, items: [], next: null, cursor: '0' })
    const ids: string[] = []
    for (const type of ['message.received', 'ticket.created', 'message.received', 'message.sent', 'ticket.tagged'])
      ids.push(await publish('main', type))
    await publish('other', 'message.received')
    const first = await page('limit=2')
    expect(first.items.map((it) => it.id)).toEqual(ids.slice(0, 2))
    const rest = await page(`limit=50&after=${first.next}`)
    expect([...first.items, ...rest.items].map((it) => it.id)).toEqual(ids)
    expect(rest.next).toBeNull()
    expect((await page('types=message.*')).items.map((it) => it.type)).toEqual([
      'message.received',
      'message.received',
      'message.sent',
    ])
    expect((await page('types=ticket.created,ticket.tagged')).items).toHaveLength(2)
    const later = await publish('main', 'reply.requested')
    expect((await page(`after=${rest.cursor}`)).items.map((it) => it.id)).toEqual([later])
  })
  it('say what is wrong with a type or a cursor', async () => {
    const { body } = await bench.call({ url: '/v1/events?types=message.recieved' })
    expect(body).toMatchObject({ status: 400, field: 'types', detail: expect.stringContaining('message.received') })
    expect((await page('types=wake.due')).status).toBe(400)
    expect((await page('after=abc')).status).toBe(400)
  })
  it('410 for a cursor older than what is kept, or of a feed that held more', async () => {
    for (let at = 0; at < 5; at++) await publish('pruned', 'message.received')
    await bench.sql(`delete from feed where workspace = 'pruned' and sequence <= 3`)
    const { body } = await bench.call({ url: '/v1/events?after=1', headers: { 'inlet-workspace': 'pruned' } })
    expect(body).toMatchObject({ status: 410, code: 'cursor_gone', oldest: '4' })
    expect((await page('after=3', 'pruned')).items.map((it) => it.sequence)).toEqual(['4', '5'])
    expect((await page('', 'pruned')).items.map((it) => it.sequence)).toEqual(['4', '5'])
    expect((await page('after=5', 'pruned')).items).toEqual([])
    expect((await page('after=6', 'pruned')).status).toBe(410)
    await bench.sql(`delete from feed where workspace = 'pruned'`)
    expect((await page('after=4', 'pruned')).status).toBe(410)
    expect((await page('after=5', 'pruned')).status).toBe(200)
  })
})

/** Reads frames until `enough` says so. */
async function stream(headers: Record<string, string>, enough: (ids: readonly string[], text: string) => boolean) {
  const stop = new AbortController()
  const answer = await fetch(`${url}/v1/events/stream`, {
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
    signal: stop.signal,
  })
  let text = ''
  const ids = () => [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => (JSON.parse(json) as { id: string }).id)
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  while (!enough(text.endsWith('\n') ? ids() : [], text)) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
  }
  stop.abort()
  return { answer, text, ids: ids() }
}

describe('the stream', () => {
  it('resumes after Last-Event-ID, tells what comes meanwhile, and keeps other workspaces out', async () => {
    const all = (await page('limit=200')).items
    const from = all[1]!
    const late = new Promise<string>((resolve) => setTimeout(() => resolve(publish('main', 'ticket.tagged')), 100))
    await publish('other', 'message.received')
    const { ids, answer, text } = await stream(
      { 'last-event-id': from.sequence },
      (seen) => seen.length === all.length - 1,
    )
    expect(ids).toEqual([...all.slice(2).map((it) => it.id), await late])
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    expect(answer.headers.get('inlet-correlation-id')).not.toBeNull()
    expect(text).toContain(`id: ${all[2]?.sequence}\n`)
  })
  it('S26 needs events:read, and answers a gone cursor before it begins', async () => {
    expect((await fetch(`${url}/v1/events/stream`)).status).toBe(401)
    const gone = await fetch(`${url}/v1/events/stream`, {
      headers: { authorization: `Bearer ${adminKey}`, 'inlet-workspace': 'pruned', 'last-event-id': '1' },
    })
    expect([gone.status, ((await gone.json()) as { code: string }).code]).toEqual([410, 'cursor_gone'])
  })
  it('beats after fifteen silent seconds, not at every look', async () => {
    const last = (await page('limit=200')).cursor
    let looks = 0
    const look = async () => {
      looks += 1
      await clock.advance(looks % 5 === 0 ? 15_000 : 1)
      for (const wakeUp of wake.all) wakeUp()
    }
    const later = setInterval(() => void look(), 10)
    const { text } = await stream({ 'last-event-id': last }, (_ids, seen) => (seen.match(/^: /gm) ?? []).length >= 2)
    clearInterval(later)
    expect(text).toContain(`: ${last}\n`)
    expect((text.match(/^: /gm) ?? []).length).toBeLessThan(looks)
  })
  it('S24 a revoked key loses its stream within a minute', async () => {
    const made = await bench.call({
      method: 'POST',
      url: '/v1/keys',
      payload: { name: 's', scopes: ['events:read', 'tickets:read'] },
    })
    const { id, key } = made.body as { id: string; key: string }
    const last = (await page('limit=200')).cursor
    const answer = await fetch(`${url}/v1/events/stream?after=${last}`, { headers: { authorization: `Bearer ${key}` } })
    const ended = answer.text()
    expect((await bench.call({ method: 'DELETE', url: `/v1/keys/${id}` })).status).toBe(204)
    await expect.poll(() => wake.all.size).toBeGreaterThan(0)
    await clock.advance(59_000)
    for (const done of wake.all) done()
    expect(await ended).not.toContain('data:')
  })
  it('G14 holds one page for a reader that does not read, not the feed', async () => {
    const text = 'x'.repeat(15_000)
    const rows = Array.from({ length: 3_000 }, () => {
      const event = {
        ...anEvent({ dedupe: `big-${++n}`, data: { text } }),
        id: idFrom('evt', 'feed', n),
        workspace: 'big',
      }
      return { id: event.id.slice(4), type: event.type, event }
    })
    await bench.sql(`insert into workspace (workspace, name) values ('big', 'Big')`)
    await bench.sql(`select publish('big', $1)`, [JSON.stringify(rows)])
    rows.length = 0
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.pause()
    socket.write(
      `GET /v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${adminKey}\r\nInlet-Workspace: big\r\n\r\n`,
    )
    const held = () =>
      new Promise<number>((resolve) =>
        bench.app.server.getConnections(() => resolve([...sockets].reduce((sum, one) => sum + one.writableLength, 0))),
      )
    await expect.poll(held, { timeout: 10_000 }).toBeGreaterThan(0)
    const first = await held()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await held()).toBe(first)
    expect(first).toBeLessThan(2 * 1024 ** 2)
    socket.destroy()
  })
  it('G16 ends when the process stops', async () => {
    const answer = await fetch(`${url}/v1/events/stream?after=${(await page('limit=200')).cursor}`, {
      headers: { authorization: `Bearer ${adminKey}` },
    })
    const ended = answer.text()
    bench.stopping.abort()
    expect(await ended).toContain('retry:')
    const refused = await fetch(`${url}/v1/events/stream`, { headers: { authorization: `Bearer ${adminKey}` } })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10'])
    await refused.text()
  })
})
const sockets = new Set<{ readonly writableLength: number }>()
beforeAll(() => {
  bench.app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
})
