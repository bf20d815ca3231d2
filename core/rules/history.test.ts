// The history told from events alone: one row each, in order, with what changed.
import { describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import { historyOf } from './history.ts'

const at = '2026-11-21T09:00:00.000Z'
const event = (type: string, data: object): AnyEvent =>
  ({ type, at, actor: { kind: 'agent', id: 'ada' }, data }) as unknown as AnyEvent

describe('the history of a ticket', () => {
  it('D10 n events are n rows in the order given, each with who, when and from what to what', () => {
    const rows = historyOf([
      event('ticket.created', { status: 'new' }),
      event('ticket.status_changed', { from: 'new', to: 'pending', why: 'reply_sent' }),
      event('ticket.assigned', { field: 'group', from: null, to: 'support' }),
      event('ticket.unassigned', { field: 'group', from: 'support' }),
      event('ticket.priority_changed', { from: 'low', to: 'high' }),
      event('ticket.language_changed', { from: null, to: 'tr' }),
      event('ticket.tagged', { tag: 'vip' }),
      event('ticket.untagged', { tag: 'vip' }),
      event('ticket.note_added', { message: 'msg_1', text: 'x' }),
      event('ticket.merged', {}),
    ])
    expect(rows.map((it) => it.change)).toEqual([
      { field: 'status', from: null, to: 'new' },
      { field: 'status', from: 'new', to: 'pending' },
      { field: 'group', from: null, to: 'support' },
      { field: 'group', from: 'support', to: null },
      { field: 'priority', from: 'low', to: 'high' },
      { field: 'language', from: null, to: 'tr' },
      { field: 'tags', from: null, to: 'vip' },
      { field: 'tags', from: 'vip', to: null },
      { field: 'messages', from: null, to: 'msg_1' },
      null,
    ])
    expect(rows.map((it) => it.why)).toEqual([undefined, 'reply_sent', ...Array.from({ length: 8 }, () => undefined)])
    expect(new Set(rows.map((it) => `${it.at} ${it.actor.id}`))).toEqual(new Set([`${at} ada`]))
  })
})
