// What a mailbox in which nothing happens costs in memory and in processor time, and whether a thousand cost a hundred times what ten do.
import { setTimeout as pause } from 'node:timers/promises'
import { startDovecot, type Dovecot } from '../../support/dovecot.ts'
import type { Control } from '../control.ts'
import type { Inlet } from '../inlet.ts'
import { makeMailboxes, mailControl } from '../mail.ts'
import { heldBy, processorMs } from '../memory.ts'
import { suite, type Bench, type Finding, type Measure } from '../suite.ts'

const sizes = [10, 100, 1_000]
/** Each mailbox is looked at about once a minute: a window holds the looks of all of them. */
const windowSeconds = 70
/** To add up the pages of a process takes the kernel long enough to be seen in what is measured: not more often. */
const lookSeconds = 5

/** Of one side with so many mailboxes. */
interface State {
  readonly boxes: number
  readonly megabytes: number
  /** Of processor time in a minute. */
  readonly msAMinute: number
}

export default suite({
  name: 'email-idle',
  title: 'What an idle mailbox costs',
  says: `10, then 100, then 1,000 mailboxes of a real Dovecot, watched over TLS, no mail. After all of them are read, for ${windowSeconds} s: the least that the gateway and its embedded database hold together in that time (PSS; what stands between two collections is nobody's), and the processor time of all of them. What each costs is what they hold more than one alone, which brings the libraries of mail with it, divided by their number. The control: as many connections in IDLE to other mailboxes of the same Dovecot in a bare node process, with the same PostgreSQL beside it. Once, whatever the number of rounds.`,
  async run(bench) {
    const dovecot = await startDovecot()
    try {
      return await measured(bench, dovecot)
    } finally {
      await dovecot.stop()
    }
  },
})

async function measured(bench: Bench, dovecot: Dovecot): Promise<Finding> {
  const inlet = await bench.inlet({ bare: true })
  const control = await mailControl(bench, dovecot)
  if (heldBy(inlet.pid) === null)
    return { measures: [], aims: [], notes: ['Not measured: this system has no /proc to read it from.'] }
  const found: { inlet: State; control: State }[] = []
  let boxes = 0
  for (const size of [1, ...bench.size(sizes, [2, 3, 4])]) {
    const names = Array.from({ length: size - boxes }, (_, n) => `idle${boxes + n}`)
    boxes = size
    await makeMailboxes(inlet, dovecot, names)
    await idleAt(control, names)
    found.push(await looked(size, inlet, control, bench))
    const now = found.at(-1)!
    bench.say(
      `${size} mailboxes: ${now.inlet.megabytes.toFixed(1)} MB, ${now.inlet.msAMinute.toFixed(0)} ms a minute; control ${now.control.megabytes.toFixed(1)} MB, ${now.control.msAMinute.toFixed(0)} ms`,
    )
  }
  return findingOf(found)
}

async function idleAt(control: Control, names: readonly string[]): Promise<void> {
  const users = names.map((name) => `${name}.control@shop.test`)
  await fetch(`http://127.0.0.1:${control.port}/`, { method: 'POST', body: JSON.stringify({ idle: users }) })
}

async function looked(boxes: number, inlet: Inlet, control: Control, bench: Bench) {
  // What logging in left behind is collected within some seconds.
  await pause(bench.size(20_000, 100), undefined, { signal: bench.stop })
  const held = { inlet: Infinity, control: Infinity }
  const before = { inlet: processorMs(inlet.pid) ?? 0, control: processorMs(control.pid) ?? 0 }
  const began = performance.now()
  for (let look = 0; look < bench.size(windowSeconds / lookSeconds, 1); look += 1) {
    await pause(bench.size(lookSeconds * 1000, 200), undefined, { signal: bench.stop })
    held.inlet = Math.min(held.inlet, heldBy(inlet.pid)?.megabytes ?? Infinity)
    held.control = Math.min(held.control, heldBy(control.pid)?.megabytes ?? Infinity)
  }
  const minutes = (performance.now() - began) / 60_000
  const of = (side: 'inlet' | 'control', pid: number): State => ({
    boxes,
    megabytes: held[side],
    msAMinute: Math.max(0, (processorMs(pid) ?? 0) - before[side]) / minutes,
  })
  return { inlet: of('inlet', inlet.pid), control: of('control', control.pid) }
}

/** Of each beyond the first, in kB. Of ten it is lost in what a heap breathes, and may be less than nothing. */
const kilobytesEach = (now: State, one: State): number =>
  (1_000 * (now.megabytes - one.megabytes)) / (now.boxes - one.boxes)

function findingOf(found: readonly { readonly inlet: State; readonly control: State }[]): Finding {
  const [one, ...more] = found.map(({ inlet }) => inlet)
  const each = more.map((now) => kilobytesEach(now, one!))
  const total = (what: 'megabytes' | 'msAMinute', name: string, unit: string): readonly Measure[] =>
    found.map(({ inlet, control }) => ({
      name: `${name} with ${inlet.boxes} idle ${inlet.boxes === 1 ? 'mailbox' : 'mailboxes'}`,
      unit,
      better: 'lower',
      // The kernel counts time in hundredths of a second: none seen is less than one.
      inlet: [Math.max(10, inlet[what])],
      control: [Math.max(10, control[what])],
    }))
  return {
    measures: [...total('megabytes', 'held', 'MB'), ...total('msAMinute', 'processor time', 'ms a minute')],
    aims: [
      ...more.map((now, at) => ({
        name: `memory of each idle mailbox, of ${now.boxes}`,
        unit: 'kB',
        value: each[at]!,
        is: 'at most' as const,
        bound: 300,
      })),
      {
        name: 'memory of an idle mailbox among 1,000, of one among 100',
        unit: '×',
        value: Math.max(0, each[2]!) / Math.max(1, each[1]!),
        is: 'at most',
        bound: 1.25,
      },
    ],
  }
}
