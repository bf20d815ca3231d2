// The stream of events as a tool without Kafka reads it: each once, in order, from a cursor, over a cut line, and whose is whose.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quiet, until, type CloudEvent, type Page, type Problem } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 106 })
}, 60_000)
afterAll(() => at.end(), 30_000)

interface Stream {
  readonly events: readonly { readonly id: string; readonly event: CloudEvent }[]
  close(): Promise<void>
}
/** Reads until it is closed; only whole events count. */
async function stream(lastEventId?: string): Promise<Stream> {
  const cut = new AbortController()
  const answer = await fetch(`${at.gateway.address}/v1/events/stream`, {
    signal: cut.signal,
    headers: {
      authorization: `Bearer ${at.gateway.adminKey}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const events: { id: string; event: CloudEvent }[] = []
  const reading = (async () => {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of answer.body ?? []) {
      const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        const [, id, data] = /^id: (\d+)\ndata: (.*)$/s.exec(part) ?? []
        if (id !== undefined) events.push({ id, event: JSON.parse(data ?? '') as CloudEvent })
      }
    }
  })().catch((error: unknown) => {
    if (!cut.signal.aborted) throw error
  })
  return {
    events,
    close: async () => {
      cut.abort()
      await reading
    },
  }
}

describe('GET /v1/events', () => {
  it('gives each event once, in order, and the same again from the same cursor, while new ones arrive', async () => {
    const write = async () => {
      for (let n = 0; n < 40; n += 1) await at.vendor.write({ customer: n % 8 }, { times: 2, concurrently: true })
    }
    const writing = write()
    const seen: CloudEvent[] = []
    let after = ''
    for (let isDone = false; ;) {
      const page = await at.gateway.call<Page<CloudEvent> & { cursor: string }>('GET', `/v1/events?limit=7${after}`)
      seen.push(...page.body.items)
      after = `&after=${page.body.cursor}`
      if (page.body.next !== null) continue
      if (isDone) break
      isDone = await Promise.race([writing.then(() => true), pause(20).then(() => false)])
      if (isDone) await quiet(at.desk)
    }
    const all = await at.desk.events()
    expect(seen.map((it) => it.id)).toEqual(all.map((it) => it.id))
    expect(new Set(seen.map((it) => it.id)).size).toBe(seen.length)
    const sequences = seen.map((it) => Number(it.sequence))
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
    expect(seen.filter((it) => it.type === 'message.received')).toHaveLength(40)
    expect(seen.filter((it) => it.type === 'ticket.created')).toHaveLength(8)
  })

  it('takes types and topics, and says what was meant by a mistyped one', async () => {
    const tickets = await at.desk.events('?types=ticket.*')
    expect(new Set(tickets.map((it) => it.type.split('.')[0]))).toEqual(new Set(['ticket']))
    const wrong = await at.gateway.call<Problem>('GET', '/v1/events?types=ticket.craeted')
    expect([wrong.status, wrong.body.detail]).toEqual([400, expect.stringContaining('ticket.created')])
  })

  it('answers 410 to a cursor of another feed, with where to begin again', async () => {
    const gone = await at.gateway.call<Problem>('GET', '/v1/events?after=999999999')
    expect([gone.status, gone.body.code]).toEqual([410, 'cursor_gone'])
    expect(gone.body['oldest']).toMatch(/^\d+$/)
    const stale = await fetch(`${at.gateway.address}/v1/events/stream`, {
      headers: { authorization: `Bearer ${at.gateway.adminKey}`, 'last-event-id': '999999999' },
    })
    expect(stale.status).toBe(410)
    await stale.text()
  })
})

describe('GET /v1/events/stream', () => {
  it('a reader that is cut again and again and goes on by Last-Event-ID has each event once and none twice', async () => {
    const seen: CloudEvent[] = []
    let last = (await at.desk.events()).at(-1)?.sequence ?? '0'
    const from = last
    const writing = (async () => {
      for (let n = 0; n < 30; n += 1) await at.vendor.write({ customer: 20 + (n % 5) })
    })()
    for (let n = 0; n < 6; n += 1) {
      const one = await stream(last)
      await pause(120)
      await one.close()
      seen.push(...one.events.map((it) => it.event))
      last = one.events.at(-1)?.id ?? last
    }
    await writing
    await quiet(at.desk)
    const wanted = (await at.desk.list<CloudEvent>(`/v1/events?after=${from}`)).map((it) => it.id)
    const rest = await stream(last)
    await until(
      async () => seen.length + rest.events.length,
      (count) => count >= wanted.length,
    )
    await rest.close()
    expect([...seen, ...rest.events.map((it) => it.event)].map((it) => it.id)).toEqual(wanted)
  })

  it('tells of a message within a second of its answer', async () => {
    const last = (await at.desk.events()).at(-1)?.sequence ?? '0'
    const open = await stream(last)
    const knock = await at.vendor.write({ customer: 30 })
    await until(
      async () => open.events.map((it) => it.event),
      (all) => all.some((it) => it.type === 'message.received' && it.data['externalId'] === knock.id),
      3_000,
    )
    await open.close()
  })
})

describe('whose event it is', () => {
  it('M4 one correlation id from the webhook to the ticket, the asked reply and the sent message', async () => {
    const knock = await at.vendor.write({ customer: 31 })
    const ticket = await at.desk.ticketOf(31)
    const reply = await at.desk.replied(ticket.id, { text: 'buyurun' })
    await quiet(at.desk)
    const all = await at.desk.events()
    const received = all.find((it) => it.type === 'message.received' && it.data['externalId'] === knock.id)
    const ofTicket = all.filter((it) => it.subject === ticket.id)
    const inward = ofTicket.filter((it) => it.causationid === received?.id)
    expect(inward.map((it) => it.type)).toEqual(expect.arrayContaining(['ticket.created', 'ticket.message_added']))
    expect(new Set(inward.map((it) => it.correlationid))).toEqual(new Set([received?.correlationid]))
    expect(received?.actor).toMatch(/^customer/)
    const outward = all.filter((it) => it.data['reply'] === reply.id)
    // Of two topics: which is written to the feed first is not promised.
    expect(outward.map((it) => it.type).toSorted()).toEqual(['message.sent', 'reply.requested'])
    expect(new Set(outward.map((it) => it.correlationid))).toEqual(new Set([received?.correlationid]))
  })

  it('S24 S27 a key sees its own workspace only, does what its scopes say, and ends when it is revoked', async () => {
    const { gateway } = at
    const made = await gateway.call('POST', '/v1/workspaces', { body: { id: 'other', name: 'Other' } })
    expect(made.status, made.text).toBe(201)
    const inOther = { headers: { 'inlet-workspace': 'other' } }
    const body = { name: 'reader', scopes: ['tickets:read', 'events:read'] }
    const created = await gateway.call<{ id: string; key: string }>('POST', '/v1/keys', { body, ...inOther })
    expect(created.status, created.text).toBe(201)
    const { key, id } = created.body
    expect((await gateway.call('GET', '/v1/tickets', { key })).body).toEqual({ items: [], next: null })
    const ticket = await at.desk.ticketOf(31)
    const [message] = await at.desk.messages(ticket.id)
    for (const path of [`/v1/tickets/${ticket.id}`, `/v1/tickets/${ticket.id}/messages`, `/v1/messages/${message?.id}`])
      expect((await gateway.call('GET', path, { key })).status).toBe(404)
    expect((await gateway.call<Page<unknown>>('GET', '/v1/events', { key })).body.items).toEqual([])
    expect((await gateway.call('GET', '/v1/accounts', { key })).status).toBe(403)
    expect((await gateway.call('GET', '/v1/tickets', { key, headers: { 'inlet-workspace': 'main' } })).status).toBe(404)
    const listed = await gateway.call('GET', '/v1/keys', inOther)
    expect(listed.text).not.toContain(key)
    // One that was used is believed for seconds more; one that was not is out at once.
    const unused = await gateway.call<{ id: string; key: string }>('POST', '/v1/keys', { body, ...inOther })
    for (const one of [id, unused.body.id])
      expect((await gateway.call('DELETE', `/v1/keys/${one}`, inOther)).status).toBe(204)
    expect((await gateway.call('GET', '/v1/tickets', { key: unused.body.key })).status).toBe(401)
  })
})

it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
  expect(leaks(at.vendor, [at.gateway], { customers: [0, 1, 2, 20, 21, 30, 31] })).toEqual([])
})
