// Who is limited to a brand or a channel, at every operation there is: what is others' is 403 by its id and absent from every list (D54).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRaw } from '../core/ports/event-log.ts'
import { apiBench, adminKey, type Bench } from '../test/support/api-bench.ts'
import { noteSecrets } from '../test/support/canaries.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { anEvent } from '../test/support/make.ts'
import { openDoor, type Door, type SignedIn } from '../test/support/people-door.ts'
import { contactId, messageId, seedMessage, seedTicket, ticketId } from '../test/support/seed-tickets.ts'
import { operations } from './scopes.ts'

const canary = 'CANARY-THEIRS'
const own = 'WORD-OF-OURS'
const hex = (digit: string) => digit.repeat(32)
const raw = { id: 'raw_theirs', at: '2026-11-20T10:00:00.000Z', key: 'k' }

const clock = handClock(new Date().toISOString())
let bench: Bench
let door: Door
let url: string
/** Each holds everything of the workspace, of one brand or one channel. */
let ofBrand: SignedIn
let ofChannel: SignedIn
const password = 'kedi çatıda uyur 61'

beforeAll(async () => {
  noteSecrets([password])
  bench = await apiBench({
    clock,
    api: {
      raw: async () =>
        ({ ref: raw, workspace: 'main', contentType: 'text/plain', body: Buffer.from(canary) }) as unknown as KeptRaw,
    },
  })
  url = await bench.server.listen()
  door = openDoor(bench)
  for (const [brand, channel] of [
    ['ours', 'signed'],
    ['theirs', 'testchannel'],
  ] as const) {
    await bench.sql(`insert into brand (workspace, id, name) values ('main', $1, $1)`, [brand])
    await bench.sql(
      `insert into account (workspace, channel, id, brand, settings, secrets, state) values ('main', $1, 'account-1', $2, '{}', '{}', 'connected')`,
      [channel, brand],
    )
  }
  await seed(1, { brand: 'theirs', channel: 'testchannel', word: canary, digit: 'a' })
  await seed(2, { brand: 'ours', channel: 'signed', word: own, digit: 'b' })
  // Of no brand, by no channel: of none of theirs, and of none that they may not see.
  await seedTicket(bench, { n: 3, brand: null, channel: null, account: null, subject: 'of nobody' })
  const administrator = (name: string, limits: object) =>
    door.person({ name, email: `${name}@shop.example`, role: 'administrator', ...limits }, password)
  ofBrand = await administrator('brand', { brands: ['ours', 'more'] })
  ofChannel = await administrator('channel', { channels: ['signed'] })
})
afterAll(() => bench.close())

interface Seed {
  readonly brand: string
  readonly channel: string
  readonly word: string
  readonly digit: string
}
/** A ticket with everything that hangs on one, each with the word. */
async function seed(n: number, { brand, channel, word, digit }: Seed): Promise<void> {
  const at = { channel, account: 'account-1' }
  await seedTicket(bench, {
    n,
    brand,
    ...at,
    subject: word,
    contact: contactId(n),
    requester: { name: word, address: word },
  })
  await seedMessage(bench, { n, ticket: ticketId(n), text: word, raw: { ...raw, id: `raw_${brand}` } })
  const base = { dedupe: `${word} event`, workspace: 'main' as never, channel: channel as never, account: 'account-1' }
  const came = { ...anEvent(base), correlation: word }
  const event = (type: string, data: object, more: object = {}) => ({
    ...came,
    id: anEvent({ ...base, dedupe: `${word} ${type}` }).id,
    type,
    data,
    ...more,
  })
  const nowhere = { channel: null, account: null }
  const events = [
    came,
    event('ticket.created', { ticket: ticketId(n) }, nowhere),
    event('message.sent', { message: messageId(n) }, nowhere),
    event('contact.updated', { contact: contactId(n) }, nowhere),
    event('channel.health_changed', {}),
  ]
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    [`insert into contact (workspace, id, name, address) values ('main', $1, $2, $2)`, [contactId(n), word]],
    [`insert into contact_key (workspace, contact, key) values ('main', $1, $2)`, [contactId(n), `name:${word}`]],
    [
      `insert into attachment (workspace, id, message, name, type, state, blob) values ('main', $1, $2, $3, 'a/b', 'stored', $4)`,
      [`att_${hex(digit)}`, messageId(n), word, `sha256:${'0'.repeat(64)}`],
    ],
    [
      `insert into reply (workspace, id, message, ticket, conversation, channel, account, author, outbound, state, correlation, queued_at, updated_at, why)
       values ('main', $1, $2, $3, 'cnv', $4, 'account-1', 'person', '{}', 'unsure', 'c', now(), now(), $5)`,
      [`rep_${hex(digit)}`, messageId(n), ticketId(n), channel, word],
    ],
    [
      `insert into ticket_event (workspace, ticket, event) values ('main', $1, $2)`,
      [
        ticketId(n),
        JSON.stringify(event('ticket.tagged', { ticket: ticketId(n), tag: word, why: null, because: null })),
      ],
    ],
    [
      `insert into parked (workspace, id, worker, event, why, attempts) values ('main', $1, 'w', $2, $3, 1)`,
      [`prk_${hex(digit)}`, JSON.stringify(came), word],
    ],
    [
      `select publish('main', $1)`,
      [JSON.stringify(events.map((it) => ({ id: it.id.slice(4), type: it.type, event: it })))],
    ],
  ]
  for (const [text, values] of rows) await bench.sql(text, [...values])
}

/** What a path's first word names, of theirs. */
const theirs: Readonly<Record<string, string>> = {
  tickets: ticketId(1),
  messages: messageId(1),
  replies: `rep_${hex('a')}`,
  attachments: `att_${hex('a')}`,
  contacts: contactId(1),
  parked: `prk_${hex('a')}`,
  raws: 'raw_theirs',
}
/** Bodies that would do it, where the smallest would be refused for its form: the limit is met after it. */
const bodies: Readonly<Record<string, object>> = {
  'PATCH /v1/tickets/:id': { version: 1, assignee: 'me' },
  'POST /v1/tickets/:id/replies': { text: 'x' },
  'POST /v1/tickets/:id/forward': { to: ['other@example.com'] },
  'POST /v1/tickets/:id/notes': { text: 'x' },
  'PATCH /v1/contacts/:id': { name: 'x' },
  'POST /v1/tickets': { subject: 'x', brand: 'theirs' },
  'POST /v1/replay': { from: '2026-11-20', to: '2026-11-21' },
}
/** They end the session of the test, or are nobody’s in particular. */
const apart = ['POST /v1/logout', 'GET /v1/events/stream']

async function ask(operation: string, token: string) {
  const [method = '', path = ''] = operation.split(' ')
  const word = path.split('/')[2] ?? ''
  const filled = path.replace(/:(\w+)/g, () => theirs[word] ?? 'none')
  const list = path === '/v1/tickets' || path === '/v1/contacts' ? `?q=${canary}` : ''
  const body = method === 'GET' || method === 'DELETE' ? undefined : (bodies[operation] ?? {})
  return door.call(
    {
      method: method as 'GET',
      url: `${filled}${method === 'GET' ? list : ''}`,
      ...(body === undefined ? {} : { payload: body }),
    },
    token,
  )
}
const isAboutOne = (operation: string): boolean =>
  Object.keys(theirs).some((word) => operation.includes(` /v1/${word}/:id`))

describe('somebody who sees a part', () => {
  it('D54 S26 meets 403 at every operation on one thing of others, and no word of them anywhere', async () => {
    for (const [name, { token }] of Object.entries({ ofBrand, ofChannel }))
      for (const operation of Object.keys(operations).filter((it) => !apart.includes(it))) {
        const answer = await ask(operation, token)
        const text = answer.text.replaceAll(`q=${canary}`, '')
        expect([name, operation, text.includes(canary)]).toEqual([name, operation, false])
        expect([name, operation, answer.status >= 500]).toEqual([name, operation, false])
        const { code } = answer.body as { code?: string }
        const isRefused = answer.status === 403 && code === 'not_yours'
        expect([name, operation, isRefused || !isAboutOne(operation), answer.status]).toEqual([
          name,
          operation,
          true,
          answer.status,
        ])
      }
    const left = await bench.sql(
      `select (select version from ticket where id = $1) as version, (select count(*)::int from message) as messages, (select state from reply where id = $2) as state`,
      [ticketId(1), theirs['replies']],
    )
    // What a channel's person opened inside the house, for any brand.
    await bench.sql(`delete from ticket where subject = 'x'`)
    expect(left).toEqual([{ version: 1, messages: 2, state: 'unsure' }])
  })
  it('D54 the same calls show it to whoever may see it, so that the walk could have failed', async () => {
    for (const operation of [
      'GET /v1/tickets',
      'GET /v1/tickets/:id',
      'GET /v1/tickets/:id/messages',
      'GET /v1/tickets/:id/history',
      'GET /v1/tickets/:id/replies',
      'GET /v1/messages/:id',
      'GET /v1/replies/:id',
      'GET /v1/contacts',
      'GET /v1/contacts/:id',
      'GET /v1/events',
      'GET /v1/parked',
      'GET /v1/raws/:id',
    ] as const)
      // prettier-ignore
      expect([operation, (await ask(operation, adminKey)).text.includes(canary)]).toEqual([operation, true])
  })
  it('D54 sees all that is theirs', async () => {
    for (const { token } of [ofBrand, ofChannel]) {
      for (const path of [
        '/v1/tickets',
        `/v1/tickets/${ticketId(2)}`,
        `/v1/tickets/${ticketId(2)}/messages`,
        `/v1/tickets/${ticketId(2)}/history`,
        '/v1/contacts',
        `/v1/tickets/${ticketId(2)}/replies`,
        `/v1/messages/${messageId(2)}`,
        `/v1/replies/rep_${hex('b')}`,
        `/v1/contacts/${contactId(2)}`,
        '/v1/parked',
      ])
        // prettier-ignore
        expect([path, (await door.get(path, token)).text.includes(own)]).toEqual([path, true])
      const events = (await door.get('/v1/events', token)).body as {
        items: { type: string; correlation: string }[]
        cursor: string
      }
      expect(events.items.map((it) => it.type.split('.').slice(-2).join('.')).toSorted()).toEqual([
        'channel.health_changed',
        'contact.updated',
        'message.received',
        'message.sent',
        'ticket.created',
      ])
      expect((await door.get(`/v1/events?after=${events.cursor}`, token)).body).toMatchObject({ items: [], next: null })
      // What was before it is another's: the cursor is not gone for that.
      expect((await door.get('/v1/events?after=1&limit=2', token)).body).toMatchObject({ items: [{}, {}] })
    }
    const subjects = async (token: string) =>
      ((await door.get('/v1/tickets?sort=number', token)).body as { items: { subject: string }[] }).items.map(
        (it) => it.subject,
      )
    expect(await subjects(ofBrand.token)).toEqual([own])
    expect(await subjects(ofChannel.token)).toEqual([own, 'of nobody'])
  })
  it('D54 opens no ticket that they would not see, and hangs nothing on others’', async () => {
    const post = async (payload: object, { token } = ofBrand) => {
      const { status, body } = await door.post('/v1/tickets', payload, token)
      return [status, (body as { code?: string }).code]
    }
    const refused = [403, 'not_yours']
    expect(await post({ subject: 'x' })).toEqual(refused)
    expect(await post({ subject: 'x', brand: 'theirs' })).toEqual(refused)
    expect(await post({ text: 'x', account: { channel: 'testchannel', id: 'account-1' }, address: '+905' })).toEqual(
      refused,
    )
    expect(
      await post(
        { text: 'x', brand: 'ours', account: { channel: 'testchannel', id: 'account-1' }, address: '+905' },
        ofChannel,
      ),
    ).toEqual(refused)
    expect(await post({ subject: 'x', brand: 'ours', parent: ticketId(1) })).toEqual(refused)
    expect(await post({ subject: 'mine', brand: 'ours' })).toEqual([201, undefined])
    await bench.sql(`delete from ticket where subject = 'mine'`)
    const note = await door.post(
      `/v1/tickets/${ticketId(2)}/notes`,
      { text: 'x', attachments: [theirs['attachments']] },
      ofBrand.token,
    )
    expect(note.status).toBe(422)
  })
  it('D54 hears nothing of others in the stream, and loses it when what they may see is changed', async () => {
    const her = await door.person(
      { name: 's', email: 's@shop.example', role: 'supervisor', brands: ['ours'] },
      password,
    )
    const { body } = await fetch(`${url}/v1/events/stream`, { headers: { authorization: `Bearer ${her.token}` } })
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (let isDone = false; !isDone && (text.match(/^data: /gm) ?? []).length < 5;) {
      const { done, value = '' } = await reader.read()
      isDone = done
      text += value
    }
    expect(text.match(/^data: /gm)).toHaveLength(5)
    expect(text).not.toContain(canary)
    await bench.sql(`update agent set brands = '{more}' where email = 's@shop.example'`)
    let isOver = false
    void (async () => {
      while (!(await reader.read()).done) continue
      isOver = true
    })()
    const tick = async () => {
      await clock.advance(1_000)
      return isOver
    }
    await expect.poll(tick, { timeout: 15_000, interval: 5 }).toBe(true)
  })
  it('D54 a change of what they may see is in force with their next call', async () => {
    const one = await door.person({ name: 'm', email: 'm@shop.example', role: 'agent', brands: ['ours'] }, password)
    const status = async () => (await door.get(`/v1/tickets/${ticketId(1)}`, one.token)).status
    expect(await status()).toBe(403)
    await bench.sql(`update agent set brands = '{ours,theirs}' where email = 'm@shop.example'`)
    expect(await status()).toBe(200)
  })
  it('D54 what an agent writes carries their name', async () => {
    const note = await door.post(`/v1/tickets/${ticketId(2)}/notes`, { text: 'seen' }, ofBrand.token)
    expect(note.body).toMatchObject({ from: { id: ofBrand.agent.id, name: 'brand' } })
  })
})
