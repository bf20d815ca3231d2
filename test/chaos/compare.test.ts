// The judge is judged: a run that is whole is well, and each thing that can be wrong with it is found, alone.
import { describe, expect, it } from 'vitest'
import { compare, isWell, type Compared } from './compare.ts'
import { openLedger } from './ledger.ts'

const run = 'CHAOSX'
const idOf = (n: number): string => `wamid.${run}${n}`

/** Two customers, three messages, one reply that was read. */
function whole() {
  const ledger = openLedger('/dev/null')
  for (const [n, customer] of [1, 1, 2].entries())
    ledger.add({ is: 'sent', id: idOf(n), customer, answers: [503, 200] })
  ledger.add({ is: 'asked', key: 'k1', ticket: 't1', status: 202, reply: 'rep1' })
  const message = (n: number, ticket: string) => ({
    id: `msg${n}`,
    ticket,
    direction: 'in',
    externalId: idOf(n),
    text: '',
  })
  const reply = { id: 'msg9', ticket: 't1', direction: 'out', externalId: 'out1', text: 'cevap k1' }
  return {
    run,
    ledger,
    feed: {
      received: new Map([0, 1, 2].map((n) => [idOf(n), `msg${n}`])),
      order: new Map([
        ['one', [idOf(0), idOf(1)]],
        ['two', [idOf(2)]],
      ]),
      added: new Set(['msg0', 'msg1', 'msg2']),
      faults: [] as string[],
    },
    seen: {
      tickets: [
        { ticket: { id: 't1', messageCount: 3 }, messages: [message(0, 't1'), message(1, 't1'), reply] },
        { ticket: { id: 't2', messageCount: 1 }, messages: [message(2, 't2')] },
      ],
      replies: new Map([['rep1', { id: 'rep1', state: 'read', why: null as string | null }]]),
      parked: [] as { id: string; worker: string; why: string }[],
      metrics: [
        { name: 'all', text: 'inlet_received_total 4\ninlet_accepted_total{channel="x"} 3\ninlet_refused_total 1\n' },
      ],
      vendor: [{ is: 'accepted', ours: 'rep1' }],
    },
  }
}
type Whole = ReturnType<typeof whole>
function found(spoil: (it: Whole) => void) {
  const it = whole()
  spoil(it)
  return compare(it as unknown as Compared)
}
const kinds = (spoil: (it: Whole) => void): readonly string[] =>
  Object.entries(found(spoil)).flatMap(([kind, all]) => (all.length > 0 ? [kind] : []))

describe('the judge', () => {
  it('finds nothing where all is well', () => {
    expect(isWell(found(() => undefined))).toBe(true)
  })

  it.each<[string, string, (it: Whole) => void]>([
    [
      'a message on no ticket',
      'lost',
      ({ seen }) => (seen.tickets[1]!.messages.pop(), (seen.tickets[1]!.ticket.messageCount = 0), seen.tickets.pop()),
    ],
    ['a message that the feed never told', 'lost', ({ feed }) => feed.received.delete(idOf(2))],
    [
      'a reply that is no message',
      'lost',
      ({ seen }) => (seen.tickets[0]!.messages.pop(), (seen.tickets[0]!.ticket.messageCount = 2)),
    ],
    ['a reply that is called read and was never sent', 'lost', ({ seen }) => seen.vendor.pop()],
    ['a reply at the vendor twice', 'doubled', ({ seen }) => seen.vendor.push({ is: 'accepted', ours: 'rep1' })],
    ['an event twice in the feed', 'doubled', ({ feed }) => feed.faults.push('the feed holds e1 twice')],
    ['a gap in the feed', 'wrong', ({ feed }) => feed.faults.push('the feed has a gap between 1 and 3')],
    ['a ticket that counts wrongly', 'empty', ({ seen }) => (seen.tickets[1]!.ticket.messageCount = 2)],
    [
      'a ticket without a message',
      'empty',
      ({ seen }) => seen.tickets.push({ ticket: { id: 't3', messageCount: 0 }, messages: [] }),
    ],
    [
      'a message that nobody sent',
      'wrong',
      ({ seen, feed }) => (
        seen.tickets[1]!.messages.push({ ...seen.tickets[1]!.messages[0]!, id: 'msg8', externalId: idOf(8) }),
        (seen.tickets[1]!.ticket.messageCount = 2),
        feed.added.add('msg8')
      ),
    ],
    ['a message on a ticket of which the feed said nothing', 'wrong', ({ feed }) => feed.added.delete('msg2')],
    ['two of one person in the wrong order', 'wrong', ({ feed }) => feed.order.set('one', [idOf(1), idOf(0)])],
    ['something set aside', 'wrong', ({ seen }) => seen.parked.push({ id: 'p1', worker: 'threading', why: 'x' })],
    ['a fault in an answer', 'wrong', ({ ledger }) => ledger.add({ is: 'fault', what: 'GET', status: 500, body: '' })],
    [
      'counts that do not add up',
      'wrong',
      ({ seen }) => (seen.metrics[0]!.text = 'inlet_received_total 5\ninlet_accepted_total 3\n'),
    ],
    ['a reply that never ends', 'wrong', ({ seen }) => (seen.replies.get('rep1')!.state = 'sending')],
    [
      'a reply that is called failed and has arrived',
      'wrong',
      ({ seen }) => (seen.replies.get('rep1')!.state = 'failed'),
    ],
  ])('F1 G1 G4 finds %s: %s', (_what, kind, spoil) => {
    expect(kinds(spoil)).toEqual([kind])
  })

  it('F1 G4 finds a message on two tickets, and a person with two', () => {
    const { doubled } = found(({ seen }) =>
      seen.tickets.push({
        ticket: { id: 't3', messageCount: 1 },
        messages: [{ ...seen.tickets[1]!.messages[0]!, ticket: 't3' }],
      }),
    )
    expect(doubled).toEqual([`${idOf(2)} is there 2 times`, 'customer 2 has 2 tickets'])
  })

  it('F1 does not call lost what was never accepted, nor wrong what is set aside on purpose', () => {
    const it = whole()
    it.ledger.add({ is: 'sent', id: idOf(7), customer: 3, answers: [503, 0] })
    it.seen.parked.push({ id: 'p1', worker: 'normalize', why: 'cannot be read' })
    expect(isWell(compare({ ...it, mayBeSetAside: true } as unknown as Compared))).toBe(true)
    expect(isWell(compare(it as unknown as Compared))).toBe(false)
  })
})
