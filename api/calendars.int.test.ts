// Calendars over the API: five verbs, and a brand that names one; what is changed is in force at the next look.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiBench, type Bench } from '../test/support/api-bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
})
afterAll(() => bench.close())
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  bench.call({ method, url, ...(payload === undefined ? {} : { payload }) })

it('D18 a calendar is made, listed, changed from its version and dropped when no brand names it', async () => {
  const calendar = {
    id: 'office',
    name: 'Ofis',
    timezone: 'Europe/Istanbul',
    weekly: {
      mon: [
        { from: '09:00', to: '12:00' },
        { from: '13:00', to: '17:00' },
      ],
      sat: [{ from: '22:00', to: '06:00' }],
    },
    holidays: ['2026-12-31', '01-01'],
    exceptions: [{ date: '2026-12-30', intervals: [{ from: '09:00', to: '12:00' }] }],
  }
  expect(await ask('POST', '/v1/calendars', calendar)).toMatchObject({ status: 201, body: { ...calendar, version: 1 } })
  expect((await ask('GET', '/v1/calendars')).body).toEqual({ items: [{ ...calendar, version: 1 }], next: null })
  const changed = await ask('PATCH', '/v1/calendars/office', { version: 1, name: 'Office', exceptions: [] })
  expect(changed.body).toEqual({ ...calendar, name: 'Office', exceptions: [], version: 2 })
  expect((await ask('GET', '/v1/calendars/office')).body).toEqual(changed.body)
  const brand = await ask('POST', '/v1/brands', { id: 'shop', name: 'Shop', calendar: 'office' })
  expect(brand).toMatchObject({ status: 201, body: { calendar: 'office' } })
  expect(await ask('DELETE', '/v1/calendars/office')).toMatchObject({ status: 409, body: { code: 'in_use' } })
  expect(await ask('PATCH', '/v1/brands/shop', { version: 1, calendar: null })).toMatchObject({ status: 200 })
  expect((await ask('DELETE', '/v1/calendars/office')).status).toBe(204)
  expect((await ask('GET', '/v1/calendars/office')).status).toBe(404)
})

it('D18 hours are written in one way, and anything else is refused by its field', async () => {
  const made = (more: object) =>
    ask('POST', '/v1/calendars', {
      name: 'x',
      timezone: 'UTC',
      weekly: { mon: [{ from: '09:00', to: '17:00' }] },
      ...more,
    })
  for (const [more, field] of [
    [{ weekly: { mon: [{ from: '9:00', to: '17:00' }] } }, 'weekly.mon.0.from'],
    [{ weekly: { mon: [{ from: '09:00', to: '25:00' }] } }, 'weekly.mon.0.to'],
    [{ weekly: { monday: [] } }, 'weekly.monday'],
    [{ holidays: ['25.12.2026'] }, 'holidays.0'],
    [{ holidays: Array.from({ length: 1001 }, (_, n) => `${2000 + n}-01-01`) }, 'holidays'],
    [{ exceptions: [{ date: '12-25', intervals: [] }] }, 'exceptions.0.date'],
  ] as const)
    expect(await made(more), JSON.stringify(more).slice(0, 80)).toMatchObject({ status: 400, body: { field } })
})
