// Raised events: the same cause gives the same ids, two of one type need slots, one fact found twice is one event.
import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../../schemas/events.ts'
import { eventIdFor, type ChannelName, type EventId, type Instant, type WorkspaceId } from '../../schemas/ids.ts'
import { whyNotAnEvent } from '../../schemas/check.ts'
import { raise, type Cause } from './raise.ts'

const cause: Cause = {
  workspace: 'main' as WorkspaceId,
  channel: 'toy' as ChannelName,
  account: 'one',
  decider: 'threading',
  name: 'evt_1',
  event: 'evt_1' as EventId,
  correlation: 'call-1',
  actor: { kind: 'system', id: 'threading' },
  origin: 'live',
  now: '2026-11-21T10:00:00.000Z' as Instant,
}
const tagged = (tag: string, more: Partial<NewEvent<'ticket.tagged'>> = {}): NewEvent<'ticket.tagged'> => ({
  type: 'ticket.tagged',
  key: 'tkt_1',
  subject: 'tkt_1',
  data: { ticket: 'tkt_1', tag },
  ...more,
})

it('G5 a vendor’s id is known by its workspace, channel, account and kind of fact: elsewhere the same one is another', () => {
  const home = ['main', 'toy', 'one', 'message.received', 'm-1'] as const
  const idOf = ([workspace, channel, account, type, dedupe]: readonly string[]) =>
    eventIdFor(workspace as WorkspaceId, channel as ChannelName, account ?? '', type ?? '', dedupe ?? '')
  expect(idOf(home)).toBe(idOf([...home]))
  const others = home.map((_, at) => home.map((part, n) => (n === at ? `${part}x` : part)))
  expect(new Set([home, ...others].map(idOf)).size).toBe(1 + home.length)
  // Nor can two parts be cut elsewhere.
  expect(idOf(['main', 'toy', 'on', 'emessage.received', 'm-1'])).not.toBe(idOf(home))
})

describe('raise', () => {
  it('G4 gives the same ids for the same cause, others for another', () => {
    const [first] = raise([tagged('vip')], cause)
    expect(raise([tagged('vip')], cause)[0]?.id).toBe(first?.id)
    expect(raise([tagged('vip')], { ...cause, name: 'evt_2' })[0]?.id).not.toBe(first?.id)
    expect(raise([tagged('vip')], { ...cause, workspace: 'other' as WorkspaceId })[0]?.id).not.toBe(first?.id)
    expect(first && whyNotAnEvent(first)).toBeNull()
  })

  it('M4 carries the correlation and the cause', () => {
    expect(raise([tagged('vip')], cause)[0]).toMatchObject({ correlation: 'call-1', cause: 'evt_1', workspace: 'main' })
  })

  it('refuses two of one type without slots, and says what to do', () => {
    expect(() => raise([tagged('a'), tagged('b')], cause)).toThrow(/give each its own slot/)
    expect(raise([tagged('a', { slot: 'a' }), tagged('b', { slot: 'b' })], cause)).toHaveLength(2)
  })

  it('one fact that two deciders find out is one event', () => {
    const as = { decider: 'deliver', cause: 'rep_1' }
    const [late] = raise([tagged('x', { as })], cause)
    const [first] = raise([tagged('x')], { ...cause, decider: 'deliver', name: 'rep_1' })
    expect(late?.id).toBe(first?.id)
  })
})
