// Policies over the API: five verbs, and what a ticket that came then would be promised; the vectors of the field, asked from outside.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiBench, type Bench } from '../test/support/api-bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
  const days = ['mon', 'tue', 'wed', 'thu', 'fri']
  const weekly = (...intervals: readonly (readonly [string, string])[]) =>
    Object.fromEntries(days.map((day) => [day, intervals.map(([from, to]) => ({ from, to }))]))
  const always = { from: '00:00', to: '24:00' }
  for (const calendar of [
    { id: 'office', timezone: 'Europe/Istanbul', weekly: weekly(['09:00', '17:00']) },
    { id: 'holiday', timezone: 'Europe/Istanbul', weekly: weekly(['09:00', '17:00']), holidays: ['2026-03-09'] },
    { id: 'lunch', timezone: 'Europe/Istanbul', weekly: weekly(['09:00', '12:00'], ['13:00', '17:00']) },
    {
      id: 'berlin',
      timezone: 'Europe/Berlin',
      weekly: Object.fromEntries([...days, 'sat', 'sun'].map((day) => [day, [always]])),
    },
  ])
    await ask('POST', '/v1/calendars', { name: calendar.id, ...calendar })
})
afterAll(() => bench.close())
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  bench.call({ method, url, ...(payload === undefined ? {} : { payload }) })

it('B7 a policy is made, listed in order, changed from its version and dropped; a calendar it names stays', async () => {
  const gold = { id: 'gold', name: 'Gold', targets: { firstResponse: 60, resolution: 480 }, calendar: 'office' }
  expect(await ask('POST', '/v1/sla-policies', gold)).toMatchObject({
    status: 201,
    body: { ...gold, weight: 0, isActive: true, when: null, pauses: ['pending'], warnAt: [80], reopened: 'resume' },
  })
  const urgent = {
    id: 'urgent',
    name: 'Urgent',
    weight: -5,
    when: { field: 'ticket.priority', op: 'is', value: 'urgent' },
    targets: { firstResponse: 15 },
    byPriority: { urgent: { nextResponse: 10, firstResponse: null } },
  }
  expect((await ask('POST', '/v1/sla-policies', urgent)).status).toBe(201)
  const { body } = await ask('GET', '/v1/sla-policies')
  expect((body as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual(['urgent', 'gold'])
  expect(await ask('DELETE', '/v1/calendars/office')).toMatchObject({
    status: 409,
    body: { code: 'in_use', by: ['the policy gold'] },
  })
  expect(await ask('PATCH', '/v1/sla-policies/gold', { version: 1, warnAt: [50, 90] })).toMatchObject({
    body: { warnAt: [50, 90], version: 2 },
  })
  expect((await ask('DELETE', '/v1/sla-policies/urgent')).status).toBe(204)
  expect((await ask('DELETE', '/v1/sla-policies/gold')).status).toBe(204)
})

it('B7 B8 what could not be meant is refused where it stands', async () => {
  const made = (more: object) => ask('POST', '/v1/sla-policies', { name: 'x', targets: { resolution: 60 }, ...more })
  for (const [more, status, field] of [
    [{ targets: {} }, 422, 'targets'],
    [{ targets: { firstResponse: 0 } }, 400, 'targets.firstResponse'],
    [{ targets: { firstReply: 5 } }, 400, 'targets.firstReply'],
    [{ pauses: ['resolved'] }, 422, 'pauses.0'],
    [{ calendar: 'ofice' }, 422, 'calendar'],
    [{ when: { field: 'ticket.prority', op: 'is', value: 'x' } }, 422, 'when.field'],
    [{ warnAt: [100] }, 400, 'warnAt.0'],
  ] as const)
    expect(await made(more), JSON.stringify(more)).toMatchObject({ status, body: { field } })
})

describe('a ticket that came then would be due when, and why', () => {
  const dueOf = async (calendar: string, targets: object, at: string) => {
    const { body } = await ask('POST', '/v1/sla-policies/try', { at, policy: { calendar, targets } })
    return (body as { due: { dueAt: string; why: string }[] }).due[0]!
  }
  const istanbul = (wall: string) => new Date(`${wall}+03:00`).toISOString()
  // 2 March 2026 is a Monday.
  it.each([
    ['V1', 'office', 60, '2026-03-06T16:30:00', '2026-03-09T09:30:00'],
    ['V2', 'office', 120, '2026-03-04T07:00:00', '2026-03-04T11:00:00'],
    ['V3', 'office', 120, '2026-03-04T10:00:00', '2026-03-04T12:00:00'],
    ['V5', 'holiday', 60, '2026-03-06T16:30:00', '2026-03-10T09:30:00'],
    ['V6', 'lunch', 60, '2026-03-04T11:30:00', '2026-03-04T13:30:00'],
  ])('%s by %s, %i minutes from %s: %s', async (_id, calendar, firstResponse, from, due) => {
    const found = await dueOf(calendar, { firstResponse }, `${from}+03:00`)
    expect(found.dueAt).toBe(istanbul(due))
    expect(found.why).toContain(`${due.slice(11, 16)} (${istanbul(due)})`)
  })
  it('V7 three hours from 01:30 on the night the clocks of Berlin go forward: 05:30 on the wall', async () => {
    const found = await dueOf('berlin', { firstResponse: 180 }, '2026-03-29T01:30:00+01:00')
    expect(found.dueAt).toBe(new Date('2026-03-29T05:30:00+02:00').toISOString())
    expect(found.why).toContain('sun 05:30')
  })

  it('by the policies in force: which one, by which conditions, and by whose calendar', async () => {
    await ask('POST', '/v1/brands', { id: 'shop', name: 'Shop', calendar: 'lunch' })
    const when = { field: 'ticket.tags', op: 'has', value: 'vip' }
    await ask('POST', '/v1/sla-policies', { id: 'vip', name: 'VIP', when, targets: { firstResponse: 30 } })
    const tried = async (ticket: object) =>
      (await ask('POST', '/v1/sla-policies/try', { at: '2026-03-04T11:45:00+03:00', ticket })).body
    expect(await tried({ brand: 'shop', facts: { 'ticket.tags': ['VIP'] } })).toMatchObject({
      policy: { id: 'vip' },
      tests: [{ field: 'ticket.tags', op: 'has', value: 'vip', found: ['VIP'] }],
      calendar: { id: 'lunch' },
      due: [{ metric: 'firstResponse', targetMinutes: 30, dueAt: istanbul('2026-03-04T13:15:00') }],
    })
    expect(await tried({ facts: { 'ticket.tags': ['vip'] } })).toMatchObject({ calendar: { name: '24/7' } })
    expect(await tried({ brand: 'shop' })).toMatchObject({ policy: null, due: [] })
    await ask('DELETE', '/v1/sla-policies/vip')
  })

  it('B7 B8 it is new, of a customer, and came at that hour on the wall of its brand', async () => {
    await ask('POST', '/v1/brands', { id: 'wall', name: 'Wall', timezone: 'Europe/Istanbul' })
    const test = (field: string, op: string, value: unknown) => ({ field, op, value })
    const all = [
      test('time.clock', 'between', ['18:00', '24:00']),
      test('time.weekday', 'is', 'wed'),
      test('ticket.status', 'is', 'new'),
      test('ticket.statusCategory', 'is', 'open'),
      test('ticket.origin', 'is', 'customer'),
    ]
    const policy = { when: { all }, targets: { firstResponse: 60 } }
    const idOf = async (at: string) => {
      const asked = { at, policy, ticket: { brand: 'wall' } }
      const { body } = await ask('POST', '/v1/sla-policies/try', asked)
      return (body as { policy: { id: string } | null }).policy?.id ?? null
    }
    expect(await idOf('2026-03-04T15:00:00Z')).toBe('draft')
    expect(await idOf('2026-03-04T14:59:00Z')).toBe(null)
    expect(await idOf('2026-03-04T21:00:00Z')).toBe(null)
  })

  it('B7 a name that leads nowhere is refused, not answered as if it had been left out', async () => {
    const tried = (more: object) => ask('POST', '/v1/sla-policies/try', more)
    const policy = { targets: { firstResponse: 60 } }
    for (const [more, field, word] of [
      [{ policy: { ...policy, calendar: 'ofice' } }, 'policy.calendar', 'did you mean "office"?'],
      [{ policy, ticket: { brand: 'shpo' } }, 'ticket.brand', 'no brand "shpo"'],
      [{ policy, ticket: { facts: { 'ticket.tag': 'x' } } }, 'ticket.facts.ticket.tag', 'did you mean "ticket.tags"?'],
      [{ ticket: { facts: { 'message.rating': '1' } } }, 'ticket.facts.message.rating', 'is a number'],
      [{ ticket: { facts: { 'ticket.priority': 'hihg' } } }, 'ticket.facts.ticket.priority', 'did you mean "high"?'],
    ] as const)
      expect(await tried(more)).toMatchObject({ status: 400, body: { field, detail: expect.stringContaining(word) } })
    const urgent = { ...policy, byPriority: { urgent: { firstResponse: 5 } } }
    expect((await tried({ policy: urgent, ticket: { facts: { 'ticket.priority': 'urgent' } } })).body).toMatchObject({
      due: [{ targetMinutes: 5 }],
    })
  })

  it('D18 of a calendar alone: is it open then, until when, and when is so much time over', async () => {
    const tried = (body: object) => ask('POST', '/v1/calendars/lunch/try', body)
    expect((await tried({ at: '2026-03-04T12:30:00+03:00', minutes: 300 })).body).toEqual({
      at: istanbul('2026-03-04T12:30:00'),
      wall: { clock: '12:30', weekday: 'wed' },
      isOpen: false,
      nextOpening: istanbul('2026-03-04T13:00:00'),
      nextClosing: istanbul('2026-03-04T12:30:00'),
      dueAt: istanbul('2026-03-05T10:00:00'),
      why: expect.stringMatching(/“lunch” is closed; it opens wed 13:00 .* it is thu 10:00 /),
    })
    const day = [{ from: '00:00', to: '24:00' }]
    const weekly = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day }
    await ask('POST', '/v1/calendars', { id: 'ever', name: 'Ever', timezone: 'Europe/Istanbul', weekly })
    expect((await ask('POST', '/v1/calendars/ever/try', { at: '2026-03-04T12:30:00+03:00' })).body).toMatchObject({
      nextClosing: null,
      why: expect.stringMatching(/“Ever” is open and does not close\.$/),
    })
    expect(await tried({ at: 'yesterday' })).toMatchObject({ status: 400, body: { field: 'at' } })
  })
})
