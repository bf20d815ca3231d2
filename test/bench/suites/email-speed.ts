// How many mails a second come out of one mailbox as events, and how many become tickets.
import { setTimeout as pause } from 'node:timers/promises'
import { startDovecot, type Dovecot } from '../../support/dovecot.ts'
import type { Control } from '../control.ts'
import type { Inlet } from '../inlet.ts'
import { channel, mailsOf, makeMailboxes, mailControl } from '../mail.ts'
import { median, ratios } from '../stats.ts'
import { suite, type Bench } from '../suite.ts'

interface Read {
  /** Mails a second, until the last one was an event, and until it was a ticket. */
  readonly events: number
  readonly tickets: number
}
interface Side {
  readonly dovecot: Dovecot
  readonly inlet: Inlet
  readonly control: Control
}

export default suite({
  name: 'email-speed',
  title: 'Mail out of a mailbox',
  says: 'Mails of 7 kB (text and HTML, 5,000 customers, each a thread of its own) appear at once in one mailbox of a real Dovecot that is being watched over TLS: counted from there to the last event in the log, and to the last ticket with its contact. Then mails of 281 kB, each with a file. Everything in one process. The control: the same mails over the same TLS, fetched in hundreds, parsed, inserted with their bytes, one commit a hundred.',
  async run(bench) {
    const dovecot = await startDovecot()
    try {
      return await measured(bench, dovecot)
    } finally {
      await dovecot.stop()
    }
  },
})

async function measured(bench: Bench, dovecot: Dovecot) {
  const inlet = await bench.inlet({ bare: true })
  const control = await mailControl(bench, dovecot)
  const side = { dovecot, inlet, control }
  const small = await rounds(side, { count: bench.size(10_000, 40), large: false, rounds: bench.rounds }, bench)
  const large = await rounds(side, { count: bench.size(1_000, 6), large: true, rounds: 1 }, bench)
  const of = (found: typeof small, what: 'events' | 'tickets') => ({
    inlet: found.inlet.map((it) => it[what]),
    control: found.control,
  })
  const measure = { unit: 'a second', better: 'higher' } as const
  return {
    measures: [
      { name: 'mails of 7 kB → events', ...measure, ...of(small, 'events') },
      { name: 'mails of 7 kB → tickets', ...measure, ...of(small, 'tickets') },
      { name: 'mails of 281 kB → events', ...measure, ...of(large, 'events') },
      { name: 'mails of 281 kB → tickets', ...measure, ...of(large, 'tickets') },
    ],
    aims: [
      {
        name: 'mails of 7 kB threaded, of what the control fetches, parses and inserts',
        unit: '×',
        value: median(
          ratios(
            small.inlet.map((it) => it.tickets),
            small.control,
          ),
        ),
        is: 'at least' as const,
        bound: 0.5,
      },
      {
        name: 'mails of 281 kB as events',
        unit: 'a second',
        value: median(large.inlet.map((it) => it.events)),
        is: 'at least' as const,
        bound: 80,
      },
    ],
    notes: ['Dovecot shares the two cores with what is measured.'],
  }
}

let boxes = 0
async function rounds(
  side: Side,
  of: { readonly count: number; readonly large: boolean; readonly rounds: number },
  bench: Bench,
): Promise<{ readonly inlet: readonly Read[]; readonly control: readonly number[] }> {
  const found = { inlet: [] as Read[], control: [] as number[] }
  for (let round = 0; round < of.rounds; round += 1) {
    const name = `box${(boxes += 1)}`
    const [user = ''] = await makeMailboxes(side.inlet, side.dovecot, [name])
    const appear = side.dovecot.prepare(user, mailsOf(name, of.count, of.large))
    found.inlet.push(await toTickets(side.inlet, of.count, appear, bench))
    const other = `${name}.control@shop.test`
    side.dovecot.prepare(other, mailsOf(`${name}c`, of.count, of.large))()
    const began = performance.now()
    const answer = await fetch(`http://127.0.0.1:${side.control.port}/`, {
      method: 'POST',
      body: JSON.stringify({ read: other }),
    })
    const { count } = (await answer.json()) as { readonly count: number }
    if (count !== of.count) throw new Error(`the control read ${count} of ${of.count} mails`)
    found.control.push((1000 * count) / (performance.now() - began))
    const mine = found.inlet.at(-1)!
    bench.say(
      `${mine.events.toFixed(0)} events/s, ${mine.tickets.toFixed(0)} tickets/s, control ${found.control.at(-1)!.toFixed(0)}/s`,
    )
  }
  return found
}

async function toTickets(inlet: Inlet, count: number, appear: () => void, bench: Bench): Promise<Read> {
  const counted = async () => {
    const page = await inlet.metrics()
    return {
      accepted: inlet.metric(page, 'inlet_accepted_total', { channel, type: 'message.received' }),
      threaded: inlet.metric(page, 'inlet_handled_total', { worker: 'threading' }),
    }
  }
  await inlet.drained()
  const before = await counted()
  const began = performance.now()
  appear()
  let events = 0
  for (;;) {
    await pause(bench.size(100, 10), undefined, { signal: bench.stop })
    const now = await counted()
    const seconds = (performance.now() - began) / 1000
    if (events === 0 && now.accepted - before.accepted >= count) events = count / seconds
    if (now.threaded - before.threaded >= count) return { events: events || count / seconds, tickets: count / seconds }
    if (seconds > 300) throw new Error(`after 300 s ${now.threaded - before.threaded} of ${count} mails are tickets`)
  }
}
