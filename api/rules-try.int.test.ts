// A draft over stored tickets: which it would change, how and why, page by page; the record is the same afterwards.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TriedTicketAnswer } from '../schemas/desk-answers.ts'
import { conditionFields, headerField } from '../schemas/rule.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { contactId, messageId, seedMessage, seedTicket, ticketId } from '../test/support/seed-tickets.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
  for (let n = 0; n < 9; n += 1) {
    const subject = n % 3 === 0 ? `İade talebi ${n}` : `Kargo ${n}`
    const createdAt = `2026-11-0${n + 1}T12:00:00.000Z`
    await seedTicket(bench, {
      n,
      subject,
      createdAt,
      status: 'pending',
      category: 'waiting',
      priority: n === 6 ? 'high' : 'low',
      tags: n === 3 ? ['iade'] : [],
    })
    await seedMessage(bench, { n: 2 * n, ticket: ticketId(n), text: `first words ${n}` })
  }
  await bench.sql(`insert into workspace (workspace, name) values ('other', 'other')`)
  await seedTicket(bench, { n: 50, workspace: 'other', subject: 'İade of others' })
  await bench.sql(
    `insert into rule (workspace, id, name, weight, event, condition, effect) values ('main', 'first', 'First of all', -1, 'created', $1, $2)`,
    [
      JSON.stringify({ field: 'ticket.subject', op: 'contains', value: 'talebi 0' }),
      JSON.stringify({ priority: 'normal', tags: ['seen'] }),
    ],
  )
  await bench.sql(`insert into folder (workspace, id, name) values ('main', 'returns', 'Returns')`)
})
afterAll(() => bench.close())

interface Page {
  readonly items: readonly TriedTicketAnswer[]
  readonly looked: number
  readonly changed: number
  readonly next: string | null
  readonly code: string
  readonly field: string
  readonly detail: string
}
async function tried(draft: object, query = '', headers: Readonly<Record<string, string>> = {}) {
  const { status, body } = await bench.call({ method: 'POST', url: `/v1/rules/try${query}`, payload: draft, headers })
  return { status, page: body as unknown as Page }
}
const contains = (value: string) => ({ field: 'ticket.subject', op: 'contains', value })
const returns = { when: contains('IADE'), then: { priority: 'high', tags: ['İADE'], folders: ['returns'] } }
const numbers = (page: Page) => page.items.map(({ number }) => number - 1000)

describe('a draft that is tried', () => {
  it('D15 D16 says which tickets would change, how and why, the newest first', async () => {
    const { status, page } = await tried(returns)
    expect([status, page.looked, page.changed, page.next]).toEqual([200, 9, 3, null])
    expect(numbers(page)).toEqual([6, 3, 0])
    const [six, three] = page.items
    expect(six?.changes).toEqual([
      { field: 'tags', from: [], to: ['İADE'] },
      { field: 'folders', from: [], to: ['returns'] },
    ])
    expect(three?.changes).toEqual([
      { field: 'priority', from: 'low', to: 'high' },
      { field: 'folders', from: [], to: ['returns'] },
    ])
    expect(three?.tests).toEqual([{ field: 'ticket.subject', op: 'contains', value: 'IADE', found: 'İade talebi 3' }])
  })

  it('P14 says of single values which rule in force comes first; a draft of its own id or of a smaller weight is overruled by none', async () => {
    const zero = async (draft: object) =>
      (await tried({ ...returns, ...draft })).page.items.find(({ number }) => number === 1000)
    expect(await zero({})).toMatchObject({
      changes: [{ field: 'tags' }, { field: 'folders' }],
      overruled: [{ field: 'priority', rule: 'first', name: 'First of all' }],
    })
    for (const draft of [{ id: 'first' }, { weight: -2 }]) expect((await zero(draft))?.overruled).toEqual([])
  })

  it('D15 goes page by page, and each says how far it came', async () => {
    const seen: number[] = []
    let looked = 0
    let after = ''
    do {
      const { page } = await tried(returns, `?limit=2${after}`)
      seen.push(...numbers(page))
      looked += page.looked
      after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`
    } while (after !== '')
    expect([seen, looked]).toEqual([[6, 3, 0], 9])
  })

  it('D15 takes the filters of the list of tickets', async () => {
    expect(numbers((await tried(returns, '?createdFrom=2026-11-03&createdTo=2026-11-06&sort=createdAt')).page)).toEqual(
      [3],
    )
    expect((await tried(returns, '?tag=iade')).page.looked).toBe(1)
    expect((await tried(returns, '?limit=2&after=abc')).status).toBe(400)
  })

  it('B3 D15 asks of one that was opened what opened it, as it was then; else the newest, as it stands', async () => {
    await seedMessage(bench, { n: 99, ticket: ticketId(1), text: 'last words', sentAt: '2026-11-20T00:00:00Z' })
    const says = (value: string) => ({ field: 'message.text', op: 'contains', value })
    const found = async (draft: object) => numbers((await tried({ then: { tags: ['t'] }, ...draft })).page)
    expect(await found({ when: says('first words 1') })).toEqual([1])
    expect(await found({ when: says('last words') })).toEqual([])
    expect(await found({ on: 'message', when: says('last words') })).toEqual([1])
    const isNew = { field: 'ticket.status', op: 'is', value: 'new' }
    expect([
      await found({ when: { all: [isNew, contains('kargo 4')] } }),
      await found({ on: 'message', when: isNew }),
    ]).toEqual([[4], []])
    expect(
      (await tried({ on: 'message', when: contains('kargo 4'), then: { tags: ['t'], priority: 'urgent' } })).page
        .items[0]?.changes,
    ).toEqual([expect.objectContaining({ field: 'tags' })])
  })

  it('B13 one of time only where its hour has struck', async () => {
    const of = async (minutes: number) =>
      (await tried({ on: 'time', after: { minutes, since: 'createdAt' }, then: { priority: 'urgent' } })).page.items
        .length
    expect([await of(1), await of(5_000_000)]).toEqual([9, 0])
  })
})

describe('what is not tried', () => {
  it('D15 S15 a draft that is no rule, with where and why, in the words in which it would not be kept', async () => {
    const no = async (draft: object) => {
      const { status, page } = await tried(draft)
      return [status, page.code, page.field, page.detail]
    }
    expect(
      await no({ when: { field: 'message.txt', op: 'contains', value: 'a' }, then: { priority: 'high' } }),
    ).toEqual([422, 'invalid_rule', 'when.field', 'There is no field "message.txt"; did you mean "message.text"?'])
    expect((await no({ then: { group: 'nobody' } })).slice(0, 3)).toEqual([422, 'unknown_group', 'then.group'])
    const then = { tags: ['t'] }
    for (const draft of [
      { channels: ['pigoen'], then },
      { brands: ['nowhere'], then },
      { when: { not: { field: 'ticket.channel', op: 'any_of', value: ['pigeon', 'pigoen'] } }, then },
      { when: { any: [contains('a'), { field: 'ticket.subject', op: 'matches', value: '(' }] }, then },
      { on: 'changed', then },
    ]) {
      const kept = await bench.call({ method: 'POST', url: '/v1/rules', payload: { id: 'draft', name: 'd', ...draft } })
      const { code, field } = kept.body as unknown as Page
      expect((await no(draft)).slice(0, 3)).toEqual([kept.status, code, field])
      expect(kept.status).toBe(422)
    }
    expect((await tried({ then: {} })).status).toBe(400)
    expect((await tried({ when: { all: [{ whatever: 1 }] }, then: { priority: 'high' } })).status).toBe(400)
  })

  it('S26 S27 by a key that may not read rules or what customers wrote; tickets of another workspace', async () => {
    const key = async (...scopes: readonly string[]) => {
      const { body } = await bench.call({ method: 'POST', url: '/v1/keys', payload: { name: scopes.join(), scopes } })
      return { authorization: `Bearer ${(body as unknown as { readonly key: string }).key}` }
    }
    expect((await tried(returns, '', await key('tickets:read'))).status).toBe(403)
    expect((await tried(returns, '', await key('rules:read'))).status).toBe(403)
    const { status, page } = await tried(returns, '', await key('rules:read', 'tickets:read'))
    expect([status, numbers(page)]).toEqual([200, [6, 3, 0]])
  })
})

it('D15 the record is the same afterwards', async () => {
  const all = () =>
    bench.sql(
      `select md5(string_agg(t::text, '|' order by t.id)) as tickets, (select count(*) from ticket_event) as told, (select count(*) from rule) as rules,
         (select version from desk_version where workspace = 'main') as desk from ticket t`,
    )
  const before = await all()
  expect((await tried(returns)).page.changed).toBe(3)
  expect(await all()).toEqual(before)
})

/** Each field there is: a look that holds for the one ticket, and one that does not. */
const looks: Readonly<Record<string, readonly [holds: readonly [string, unknown?], not: readonly [string, unknown?]]>> =
  {
    'message.text': [
      ['matches', 'KIRIK\\s+geld'],
      ['contains', 'sağlam'],
    ],
    'message.subject': [
      ['starts_with', 'iade'],
      ['ends_with', 'iade'],
    ],
    'message.from': [
      ['is', 'ISIL@shop.example'],
      ['is', 'x@shop.example'],
    ],
    'message.fromName': [['contains', 'ışıl'], ['is_not_set']],
    'message.to': [
      ['has', 'support@shop.example'],
      ['has_not', 'support@shop.example'],
    ],
    'message.cc': [
      ['has_any', ['a@b.c', 'boss@shop.example']],
      ['has_all', ['a@b.c', 'boss@shop.example']],
    ],
    'message.kind': [
      ['is', 'dm'],
      ['is_not', 'dm'],
    ],
    'message.automatic': [['is_not_set'], ['is_set']],
    'message.attachments': [
      ['equals', 1],
      ['above', 1],
    ],
    'message.attachmentTypes': [
      ['matches', '^image/'],
      ['has', 'application/pdf'],
    ],
    'message.rating': [
      ['at_most', 2],
      ['at_least', 3],
    ],
    'message.parts': [
      ['has', 'review'],
      ['has', 'location'],
    ],
    'mail.header.x-campaign': [
      ['contains', 'spring'],
      ['contains', 'autumn'],
    ],
    'ticket.channel': [
      ['is', 'testchannel'],
      ['is_not', 'testchannel'],
    ],
    'ticket.account': [['is', 'testchannel/account-1'], ['is_not_set']],
    'ticket.brand': [
      ['any_of', ['fields']],
      ['none_of', ['fields']],
    ],
    'ticket.subject': [
      ['is', 'İADE'],
      ['not_contains', 'iade'],
    ],
    'ticket.status': [
      ['is', 'reopened'],
      ['is', 'new'],
    ],
    'ticket.statusCategory': [
      ['is', 'open'],
      ['is', 'done'],
    ],
    'ticket.priority': [
      ['any_of', ['high', 'urgent']],
      ['is', 'low'],
    ],
    'ticket.type': [['is', 'broken'], ['is_not_set']],
    'ticket.topic': [['is', 'parcel'], ['is_not_set']],
    'ticket.tags': [
      ['has_all', ['KIRMIZI', 'vip']],
      ['has', 'green'],
    ],
    'ticket.folders': [
      ['has', 'returns'],
      ['has_not', 'returns'],
    ],
    'ticket.language': [
      ['is', 'tr'],
      ['is', 'de'],
    ],
    'ticket.assignee': [['is', 'fay'], ['is_not_set']],
    'ticket.group': [
      ['is', 'crew'],
      ['is_not', 'crew'],
    ],
    'ticket.origin': [
      ['is', 'agent'],
      ['is', 'customer'],
    ],
    'ticket.isFollowUp': [['is_true'], ['is_false']],
    'ticket.messageCount': [
      ['equals', 3],
      ['below', 3],
    ],
    'contact.name': [
      ['is', 'işil çelik'],
      ['contains', 'John'],
    ],
    'contact.address': [
      ['ends_with', '@shop.example'],
      ['ends_with', '@other.example'],
    ],
    'contact.language': [
      ['is', 'en'],
      ['is', 'tr'],
    ],
    // 22:30 on a Sunday in Greenwich is Monday already in Istanbul.
    'time.clock': [
      ['between', ['22:00', '02:00']],
      ['between', ['22:00', '23:00']],
    ],
    'time.weekday': [
      ['is', 'mon'],
      ['is', 'sun'],
    ],
  }

async function seedFields(): Promise<void> {
  const made = async (path: string, payload: object) =>
    expect((await bench.call({ method: 'POST', url: `/v1/${path}`, payload })).status, path).toBe(201)
  await made('brands', { id: 'fields', name: 'Fields', language: 'tr', timezone: 'Europe/Istanbul' })
  await made('accounts', { channel: 'testchannel', id: 'account-1', settings: { number: '905551112233' } })
  await made('groups', { id: 'crew', name: 'Crew' })
  await made('agents', { id: 'fay', name: 'Fay', email: 'fay@shop.example' })
  await made('types', { key: 'broken', name: 'Broken' })
  await made('topics', { key: 'parcel', name: 'Parcel' })
  const [ticket, message, contact] = [ticketId(70), messageId(70), contactId(70)]
  const brand = { brand: 'fields', subject: 'iade', status: 'reopened', priority: 'high', tags: ['kırmızı', 'vip'] }
  const whose = { type: 'broken', topic: 'parcel', language: 'tr', assignee: 'fay', team: 'crew', contact }
  await seedTicket(bench, { n: 70, ...brand, ...whose })
  await seedMessage(bench, { n: 70, ticket, text: 'Kargo kırık geldi', sentAt: '2026-11-01T22:30:00Z' })
  await bench.sql(
    `insert into contact (workspace, id, name, address, language) values ('main', $1, 'Işıl Çelik', 'isil@shop.example', 'en')`,
    [contact],
  )
  await bench.sql(
    `update ticket set kind = 'dm', folders = '{returns}', origin = 'agent', parent = $2, message_count = 3 where id = $1`,
    [ticket, ticketId(0)],
  )
  const party = (address: string, name: string | null) => ({ id: address, name, address, keys: [] })
  const parts = [
    { kind: 'review', stars: 2 },
    { kind: 'headers', headers: [['X-Campaign', 'Spring 2026']] },
  ]
  await bench.sql(
    `update message set subject = 'İade talebi', sender = $2, recipients = $3, cc = $4, parts = $5 where id = $1`,
    [
      message,
      JSON.stringify(party('isil@shop.example', 'Işıl')),
      JSON.stringify([party('support@shop.example', null)]),
      JSON.stringify([party('boss@shop.example', null)]),
      JSON.stringify(parts),
    ],
  )
  await bench.sql(
    `insert into attachment (workspace, id, message, name, type, state) values ('main', 'att_of_fields', $1, 'a.jpg', 'image/jpeg', 'pending')`,
    [message],
  )
}

describe('one tree over everything', () => {
  it('D15 B3 B13 each field there is looks at what the record holds of the ticket, its message, its writer and the clock on the wall', async () => {
    await seedFields()
    const fields = Object.keys(looks).filter((field) => !field.startsWith(headerField))
    expect(fields.toSorted()).toEqual(Object.keys(conditionFields).toSorted())
    const holds = async (when: object) => {
      const { status, page } = await tried({ on: 'message', when, then: { tags: ['t'] } }, '?brand=fields')
      expect([status, page.looked], `${JSON.stringify(when)} ${page.detail}`).toEqual([200, 1])
      return page.items.length === 1
    }
    const leaf = (field: string, [op, value]: readonly [string, unknown?]) =>
      value === undefined ? { field, op } : { field, op, value }
    for (const [field, [yes, no]] of Object.entries(looks)) {
      expect([await holds(leaf(field, yes)), await holds(leaf(field, no))], field).toEqual([true, false])
      expect(await holds({ not: leaf(field, no) }), `not ${field}`).toBe(true)
    }
    const [yes, no] = [0, 1].map((n) => Object.entries(looks).map(([field, of]) => leaf(field, of[n as 0 | 1])))
    expect([await holds({ all: yes! }), await holds({ all: [...yes!, no![0]!] }), await holds({ any: no! })]).toEqual([
      true,
      false,
      false,
    ])
    expect(await holds({ any: [...no!, { all: [yes![0]!, { not: { any: no! } }] }] })).toBe(true)
  })
})
