// The mapping to CloudEvents: names and values as surface.md gives them, and nothing that the standard does not know.
import { describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import { cloudEventOf } from './cloud-event.ts'

const event = {
  id: 'evt_00000000000000000000000000000001',
  type: 'ticket.tagged',
  workspace: 'main',
  channel: 'sms',
  account: 'shop 1/a',
  version: 1,
  at: '2026-11-21T09:00:00.000Z',
  receivedAt: '2026-11-21T09:00:02.000Z',
  key: 'tkt_1',
  subject: 'tkt_1',
  cause: 'evt_00000000000000000000000000000002',
  correlation: 'c-1',
  actor: { kind: 'customer', id: 'con_1' },
  origin: 'live',
  raw: { id: 'raw_1', at: '2026-11-21T09:00:02.000Z', key: 'k' },
  data: { ticket: 'tkt_1', tag: 'vip' },
} as unknown as AnyEvent

describe('CloudEvents', () => {
  it('has every attribute of the surface, and the receipt time in the data', () => {
    expect(cloudEventOf(event, '42')).toEqual({
      specversion: '1.0',
      id: 'evt_00000000000000000000000000000001',
      source: '/main/sms/shop%201%2Fa',
      type: 'ticket.tagged',
      subject: 'tkt_1',
      time: '2026-11-21T09:00:00.000Z',
      schemaversion: '1',
      datacontenttype: 'application/json',
      dataschema: '/v1/schemas/ticket.tagged.json',
      partitionkey: 'tkt_1',
      workspace: 'main',
      channel: 'sms',
      account: 'shop 1/a',
      correlationid: 'c-1',
      causationid: 'evt_00000000000000000000000000000002',
      actor: 'customer:con_1',
      origin: 'live',
      sequence: '42',
      data: { ticket: 'tkt_1', tag: 'vip', receivedAt: '2026-11-21T09:00:02.000Z' },
    })
  })
  it('leaves out what has no value: the standard knows no null', () => {
    const bare = cloudEventOf(
      { ...event, channel: null, account: null, cause: null, actor: { kind: 'system', id: null } } as AnyEvent,
      null,
    )
    expect(Object.values(bare)).not.toContain(null)
    expect(bare).toMatchObject({ source: '/main', actor: 'system' })
    expect(Object.keys(bare)).not.toContain('sequence')
    for (const name of Object.keys(bare)) expect(name).toMatch(/^[a-z0-9]{1,20}$/)
  })
})
