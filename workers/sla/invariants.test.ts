// Whatever is done, however late, in whatever order and how often it is heard of: each clock ends as a naive count says, and tells of each thing once.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Instant } from '../../schemas/ids.ts'
import { workingBetween } from '../../core/rules/working-time.ts'
import { seed } from '../../test/support/seed.ts'
import { at, office, policyRow, SlaWorld } from '../../test/support/sla-world.ts'

const targets = { firstResponse: 90, nextResponse: 60, resolution: 600 }
const warnAt = [50, 80]
const vip = policyRow({
  id: 'vip',
  weight: -1,
  targets,
  warnAt,
  when: { field: 'ticket.tags', op: 'has', value: 'vip' },
})
const minute = 60_000
const acts = ['write', 'answer', 'bot', 'note', 'pend', 'resolve', 'reopen', 'tag'] as const
type Act = (typeof acts)[number]
type Status = 'new' | 'open' | 'reopened' | 'pending' | 'resolved'
interface Done {
  readonly at: Instant
  readonly act: Act
}
/** What is heard after it, of all that was done so far; `isKept`: and again later. */
interface Heard {
  readonly which: number
  readonly isKept: boolean
}
const heard: fc.Arbitrary<Heard> = fc.oneof(
  fc.record({ which: fc.nat(), isKept: fc.boolean() }),
  fc.record({ which: fc.constant(0), isKept: fc.constant(false) }),
)
const step = fc.record({
  act: fc.constantFrom(...acts),
  minutes: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 60, max: 1500 })),
  hears: fc.array(heard, { maxLength: 3 }),
  rings: fc.nat({ max: 2 }),
})
const began = Date.parse(at('2026-03-02T10:00'))
/** Powers of three, so that nothing is done in the very moment in which a clock is over. */
const instant = (minutes: number, n: number): Instant =>
  new Date(began + minutes * minute + 3 ** n).toISOString() as Instant

/** What an act does in this status; null: nothing. */
function moves(act: Act, status: Status): Status | null {
  const isOpen = status !== 'pending' && status !== 'resolved'
  if (act === 'write') return status === 'resolved' ? 'reopened' : status === 'pending' ? 'open' : null
  if (act === 'answer' || act === 'pend') return isOpen ? 'pending' : null
  if (act === 'resolve') return status === 'resolved' ? null : 'resolved'
  return act === 'reopen' && status === 'resolved' ? 'reopened' : null
}

async function perform(on: SlaWorld, { at: now, act }: Done, status: Status): Promise<void> {
  const to = moves(act, status)
  if (act === 'write') return void (to === null ? await on.say('in', 'user', now) : await on.write(now, to))
  if (act === 'bot') return void (await on.say('out', 'bot', now, { state: 'sent' }))
  // Whoever has the tag is promised the same by another policy: nothing of a clock may move for it.
  if (act === 'tag') return void (await on.tag('vip', !on.world.tickets.get(on.ticket)!.tags.includes('vip'), now))
  if (act === 'note') return void (await on.say('internal', 'note', now))
  if (act === 'answer')
    return void (to === null ? await on.say('out', 'agent', now, { state: 'sent' }) : await on.answer(now))
  if (to !== null) await on.move(to, now)
}

interface Clock {
  readonly metric: keyof typeof targets
  readonly startedAt: Instant
  spent: number
  state: 'running' | 'paused' | 'met' | 'breached' | 'cancelled'
}
/** As somebody would count who goes through the day once. */
function count(done: readonly Done[], end: Instant): readonly Clock[] {
  const start = instant(0, 0)
  const clock = (metric: Clock['metric'], startedAt: Instant): Clock => ({
    metric,
    startedAt,
    spent: 0,
    state: 'running',
  })
  const resolution = clock('resolution', start)
  const all = [clock('firstResponse', start), resolution]
  let owed: Clock | null = all[0]!
  let status: Status = 'new'
  let from = start
  const pass = (to: Instant): void => {
    const runs = status !== 'pending' && status !== 'resolved'
    for (const it of [owed, resolution])
      if (it !== null && runs) {
        it.spent += workingBetween(office, from, to)
        if (it.spent > targets[it.metric] * minute) it.state = 'breached'
      }
    from = to
  }
  const ends = (state: Clock['state']): void => {
    if (owed !== null && owed.state !== 'breached') owed.state = state
    owed = null
  }
  for (const { at: now, act } of done) {
    pass(now)
    if (act === 'answer') ends('met')
    if (act === 'write' && owed === null) all.push((owed = clock('nextResponse', now)))
    status = moves(act, status) ?? status
    if (status === 'resolved') ends('cancelled')
  }
  pass(end)
  const now = status === 'pending' ? 'paused' : 'running'
  for (const it of [owed, resolution]) if (it !== null && it.state !== 'breached') it.state = now
  if (status === 'resolved' && resolution.state !== 'breached') resolution.state = 'met'
  return all
}

it('G4 G7 B7 any order and any repeat of what is heard: the clocks of a naive count, one breach a clock, one warning a threshold', async () => {
  let breaches = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 9 }),
      fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
      async (steps, order) => {
        const on = new SlaWorld([vip, policyRow({ targets, warnAt })])
        await on.open(instant(0, 0))
        on.isLate = true
        const done: Done[] = []
        let status: Status = 'new'
        let minutes = 0
        const ring = async (now: Instant): Promise<boolean> => {
          const due = [...on.world.wakes.values()].find(({ dueAt }) => dueAt <= now)
          if (due === undefined) return false
          on.world.wakes.clear()
          await on.ring(due, now)
          if (order[done.length]! % 3 === 0) await on.ring(due, now)
          return true
        }
        for (const [n, { act, minutes: more, hears, rings }] of steps.entries()) {
          const now = instant((minutes += more), n + 1)
          for (let it = 0; it < rings; it += 1) await ring(now)
          await perform(on, { at: now, act }, status)
          status = moves(act, status) ?? status
          done.push({ at: now, act })
          for (const { which, isKept } of hears) {
            const found = on.waiting[which % on.waiting.length]
            if (found === undefined) continue
            if (!isKept) on.waiting.splice(on.waiting.indexOf(found), 1)
            await on.take(found.event, now)
          }
        }
        const end = new Date(began + (minutes + (order[29]! % 2000)) * minute + 3 ** 10).toISOString() as Instant
        const late = on.waiting.toSorted(
          (a, b) => order[on.waiting.indexOf(a) % 29]! - order[on.waiting.indexOf(b) % 29]!,
        )
        for (const { event } of [...late, ...late.slice(0, 3)]) await on.take(event, end)
        while (await ring(end));

        const wanted = count(done, end)
        for (const metric of ['firstResponse', 'nextResponse', 'resolution'] as const) {
          const [is, want] = [on.clock(metric), wanted.findLast((it) => it.metric === metric)]
          expect(is === null ? undefined : [is.metric, is.startedAt, is.state]).toEqual(
            want === undefined ? undefined : [want.metric, want.startedAt, want.state],
          )
          const left = is?.state === 'running' ? workingBetween(office, end, is.dueAt!) : null
          expect(left).toBe(want?.state === 'running' ? targets[metric] * minute - want.spent : null)
        }
        const told = on.world.events.flatMap((it) => {
          if (it.type === 'sla.breached') return [`breached ${it.data.metric} ${it.data.startedAt}`]
          return it.type === 'sla.warning' ? [`${it.data.percent} ${it.data.metric} ${it.data.startedAt}`] : []
        })
        expect(told.length).toBe(new Set(told).size)
        const broken = wanted.filter(({ state }) => state === 'breached')
        breaches += broken.length
        expect(told.filter((it) => it.startsWith('breached')).toSorted()).toEqual(
          broken.map((it) => `breached ${it.metric} ${it.startedAt}`).toSorted(),
        )
      },
    ),
    { seed, numRuns: 300 },
  )
  expect(breaches).toBeGreaterThan(50)
}, 120_000)
