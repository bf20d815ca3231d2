// Given bytes that could not be read, they are set aside once; a retry that failed again adds no second row.
import { describe, expect, it } from 'vitest'
import type { EventOf } from '../schemas/events.ts'
import quarantine from './quarantine.ts'

const moment = { now: '2026-11-21T10:00:00.000Z' as never, newId: () => 'x' }
const event = (origin: 'live' | 'replay') =>
  ({
    id: 'evt_1',
    type: 'ingest.quarantined',
    origin,
    data: { path: 'entry[0]', why: 'no id' },
  }) as unknown as EventOf<'ingest.quarantined'>

describe('quarantine', () => {
  it('D42 G3 sets aside what could not be read, with why', () => {
    const { changes } = quarantine.decide(event('live'), null, moment, undefined)
    expect(changes).toEqual([{ do: 'set-aside', event: event('live'), why: 'no id' }])
  })
  it('leaves the row of a retry that failed again alone', () => {
    expect(quarantine.decide(event('replay'), null, moment, undefined).changes).toEqual([])
  })
})
