// A clock that was told of ends: whatever is done to a ticket and to what it was promised, however much of it is heard of in one batch.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AnyEvent, EventOf } from '../../schemas/events.ts'
import type { Instant, MessageId } from '../../schemas/ids.ts'
import { seed } from '../../test/support/seed.ts'
import { at, policyRow, SlaWorld } from '../../test/support/sla-world.ts'

const [mon, tue, wed] = ['2026-03-02', '2026-03-03', '2026-03-04']
const eight = policyRow({ targets: { resolution: 480 } })
const restarting = { ...eight, reopened: 'restart' as const }

type Told = EventOf<'sla.started' | 'sla.met' | 'sla.breached' | 'sla.cancelled' | 'sla.paused' | 'sla.resumed'>
const ended = ['met', 'breached', 'cancelled']
/** Of each clock what was told of it, oldest first. An event under an id that was there is one that nobody gets. */
function toldOf(on: SlaWorld): ReadonlyMap<string, readonly Told[]> {
  const once = new Map(on.world.events.map((it): [string, AnyEvent] => [it.id, it])).values()
  const all = [...once].filter((it): it is Told => it.type.startsWith('sla.') && it.type !== 'sla.warning')
  return Map.groupBy(all, ({ data }) => `${data.metric} ${data.startedAt}`)
}
const typesOf = (on: SlaWorld, metric: string, startedAt: Instant): readonly string[] =>
  (toldOf(on).get(`${metric} ${startedAt}`) ?? []).map(({ type }) => type.slice(4))

/** As a report would count that has nothing but the events: what is told last of a clock holds, missed is missed for good. */
function everyClockEnds(on: SlaWorld): void {
  const ids = on.world.events.filter(({ type }) => type.startsWith('sla.')).map(({ id }) => id)
  expect(ids.length).toBe(new Set(ids).size)
  const newest = new Map([...on.world.clocks.values()].map((it) => [`${it.metric} ${it.startedAt}`, it.state]))
  for (const [name, events] of toldOf(on)) {
    const types = events.map(({ type }) => type as string)
    const last = types.at(-1)!
    expect([name, types[0], types.lastIndexOf('sla.started')]).toEqual([name, 'sla.started', 0])
    expect([name, types.includes('sla.breached')]).toEqual([name, last === 'sla.breached'])
    expect(types.filter((it) => it === 'sla.breached').length).toBeLessThan(2)
    // One that another has followed has ended somehow; the newest is what it was told to be.
    expect(newest.has(name) ? [newest.get(name)] : ended, `${name}: ${types.join()}`).toContain(stateAfter(types))
  }
}
function stateAfter(types: readonly string[]): string {
  const last = types.findLast((it) => it !== 'sla.changed')
  return last === 'sla.started' || last === 'sla.resumed' ? 'running' : (last ?? '').slice(4)
}

it('V12 B7 where a policy comes to count anew while a reopened clock runs, that one ends as it had when the ticket was done', async () => {
  const on = new SlaWorld([eight])
  await on.open(at(`${mon}T10:00`))
  await on.move('resolved', at(`${mon}T12:00`))
  await on.move('reopened', at(`${tue}T10:00`))
  await on.change({ slaPolicies: [restarting] }, at(`${tue}T11:00`))
  await on.until(at(`${tue}T11:01`))
  expect(on.clock('resolution')).toMatchObject({ startedAt: at(`${tue}T10:00`), dueAt: at(`${wed}T10:00`) })
  expect(typesOf(on, 'resolution', at(`${mon}T10:00`))).toEqual(['started', 'met', 'resumed', 'met'])
  expect(typesOf(on, 'resolution', at(`${tue}T10:00`))).toEqual(['started'])
  everyClockEnds(on)
})

it('V12 B7 resolved and brought back before anybody heard of it: the first clock is met, another begins, and so for each time', async () => {
  const on = new SlaWorld([restarting])
  await on.open(at(`${mon}T10:00`))
  on.isLate = true
  for (const [status, when] of [
    ['resolved', `${mon}T12:00`],
    ['reopened', `${mon}T13:00`],
    ['resolved', `${mon}T14:00`],
    ['reopened', `${mon}T15:00`],
  ] as const)
    await on.move(status, at(when))
  for (const { event } of on.waiting.splice(0)) await on.take(event, at(`${mon}T15:00`))
  const told = [`${mon}T10:00`, `${mon}T13:00`, `${mon}T15:00`].map((it) => typesOf(on, 'resolution', at(it)))
  expect(told).toEqual([['started', 'met'], ['started', 'met'], ['started']])
  everyClockEnds(on)
})

it('V8 V9 the first answer fails after the customer asked again: the clock of that question runs on, and ends with the next answer', async () => {
  const on = new SlaWorld([policyRow({ targets: { firstResponse: 240, nextResponse: 240 } })])
  await on.open(at(`${mon}T10:00`))
  const message = await on.answer(at(`${mon}T10:30`))
  await on.write(at(`${mon}T10:40`))
  await on.fail(message, at(`${mon}T10:50`))
  expect(['firstResponse', 'nextResponse'].map((it) => on.clock(it)?.state)).toEqual(['running', 'running'])
  await on.answer(at(`${mon}T11:00`))
  await on.write(at(`${mon}T11:30`))
  expect(typesOf(on, 'nextResponse', at(`${mon}T10:40`))).toEqual(['started', 'met'])
  everyClockEnds(on)
})

it.each([
  ['pending', 'open', 'resume'],
  ['resolved', 'reopened', 'resume'],
  ['resolved', 'reopened', 'restart'],
] as const)(
  'V9 B8 an answer that makes it %s and reaches nobody stops no clock: it is %s again, and the hours between were no wait of the customer (%s)',
  async (made, again, reopened) => {
    const targets = { firstResponse: 120, resolution: 480 }
    const on = new SlaWorld([policyRow({ targets, reopened, warnAt: [] })])
    await on.open(at(`${mon}T10:00`))
    const message = await on.sayAndMove('out', made, at(`${mon}T11:00`))
    expect(on.clock('firstResponse')?.state).toBe('met')
    await on.failAndShow(message, at(`${mon}T11:30`), again)
    expect(on.clock('firstResponse')).toMatchObject({ state: 'running', dueAt: at(`${mon}T12:00`) })
    expect(on.clock('resolution')).toMatchObject({ state: 'running', dueAt: at(`2026-03-03T10:00`) })
    const late = await on.sayAndMove('out', made, at(`${mon}T11:40`))
    await on.failAndShow(late, at(`${mon}T15:00`), again)
    expect(on.clock('firstResponse')).toMatchObject({ state: 'breached', dueAt: at(`${mon}T12:00`) })
    // One that reached them is an answer, whatever became of another beside it: what they had of it they waited for.
    const lost = await on.sayAndMove('out', 'pending', at(`${mon}T15:30`))
    await on.say('out', 'agent', at(`${mon}T15:40`), { state: 'sent' })
    await on.failAndShow(lost, at(`${mon}T16:30`))
    expect(on.clock('resolution')).toMatchObject({ state: 'running', dueAt: at(`2026-03-03T11:00`) })
  },
)

it.each([
  ['pending', 'open'],
  ['resolved', 'reopened'],
] as const)(
  'V9 B8 an answer that made it %s and failed began no wait of the customer, who wrote before that was known: it was %s all the while',
  async (made, again) => {
    const on = new SlaWorld([policyRow({ targets: { firstResponse: 120, resolution: 480 }, warnAt: [] })])
    await on.open(at(`${mon}T10:00`))
    const message = await on.sayAndMove('out', made, at(`${mon}T11:00`))
    await on.write(at(`${mon}T11:40`), again)
    await on.fail(message, at(`${mon}T11:50`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'running', dueAt: at(`${mon}T12:00`) })
    expect(on.clock('resolution')).toMatchObject({ state: 'running', dueAt: at(`${tue}T10:00`) })
  },
)
it('V9 an answer that was given up and sent after all is met again, under an id of its own', async () => {
  const on = new SlaWorld([policyRow({ targets: { firstResponse: 240 }, pauses: [] })])
  await on.open(at(`${mon}T10:00`))
  const message = await on.answer(at(`${mon}T10:30`))
  const sent = on.world.messages.get(message)!
  await on.fail(message, at(`${mon}T10:40`))
  on.world.messages.set(message, sent)
  await on.say('in', 'user', at(`${mon}T10:50`))
  expect(typesOf(on, 'firstResponse', at(`${mon}T10:00`))).toEqual(['started', 'met', 'resumed', 'met'])
  everyClockEnds(on)
})

const targets = { firstResponse: 90, nextResponse: 60, resolution: 300 }
const promises = [
  [policyRow({ targets })],
  [policyRow({ targets, reopened: 'restart' })],
  [policyRow({ targets: { ...targets, resolution: null }, reopened: 'restart' })],
  [policyRow({ id: 'other', targets, pauses: [] })],
  [],
] as const
const acts = [
  'write',
  'answer',
  'finish',
  'fail',
  'pend',
  'resolve',
  'reopen',
  'spam',
  'ham',
  'urgent',
  'promise',
] as const
const step = fc.record({
  act: fc.constantFrom(...acts),
  minutes: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 900 })),
  promise: fc.nat({ max: promises.length - 1 }),
  /** What waits is heard of after it, as one batch. */
  isHeard: fc.boolean(),
  rings: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer It> ? It : never

async function perform(on: SlaWorld, { act, promise }: Step, now: Instant, answers: MessageId[]): Promise<void> {
  const { status, category } = on.world.tickets.get(on.ticket)!
  const isOpen = category === 'open'
  if (act === 'write') {
    if (status === 'spam' || isOpen) return void (await on.say('in', 'user', now))
    return void (await on.write(now, status === 'pending' ? 'open' : 'reopened'))
  }
  if (act === 'answer' && isOpen) return void answers.push(await on.answer(now))
  if (act === 'finish' && isOpen) return void answers.push(await on.sayAndMove('out', 'resolved', now))
  if (act === 'fail' && answers.length > 0) return on.fail(answers.pop()!, now)
  if (act === 'pend' && isOpen) return on.move('pending', now)
  if (act === 'resolve' && (isOpen || status === 'pending')) return on.move('resolved', now)
  if (act === 'reopen' && status === 'resolved') return on.move('reopened', now)
  if (act === 'spam' && status !== 'spam') return on.move('spam', now)
  if (act === 'ham' && status === 'spam') return on.move('open', now)
  if (act === 'urgent') return on.prioritise('urgent', now)
  if (act === 'promise')
    on.world.desk = { ...on.world.desk, version: on.world.desk.version + 1, slaPolicies: promises[promise]! }
}

it('B7 V8 V11 V12 D17 in any order and any batches: each clock that began ends, misses once at most, and is told to be what it is', async () => {
  let clocks = 0
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 1 }), fc.array(step, { minLength: 2, maxLength: 14 }), async (first, steps) => {
      const on = new SlaWorld(promises[first]!)
      on.isLate = true
      const began = Date.parse(at(`${mon}T10:00`))
      const answers: MessageId[] = []
      let minutes = 0
      const hear = async (now: Instant): Promise<void> => {
        for (const { event } of on.waiting.splice(0)) await on.take(event, now)
      }
      const recount = (now: Instant) =>
        on.ring({ kind: 'sla_recount', subject: 'desk', dueAt: now, basis: '' }, now).then(() => on.until(now))
      await on.open(at(`${mon}T10:00`))
      for (const [n, one] of steps.entries()) {
        const now = new Date(began + (minutes += one.minutes) * 60_000 + n).toISOString() as Instant
        if (one.rings) await on.until(now)
        await perform(on, one, now, answers)
        if (one.isHeard) await hear(now)
        if (one.isHeard && one.act === 'promise' && one.rings) await recount(now)
      }
      const end = new Date(began + (minutes + 1) * 60_000).toISOString() as Instant
      await hear(end)
      await recount(end)
      everyClockEnds(on)
      clocks += toldOf(on).size
    }),
    { seed, numRuns: 600 },
  )
  expect(clocks).toBeGreaterThan(600)
}, 120_000)
