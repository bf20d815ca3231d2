// What the clocks of a ticket hear of late: an answer from another tool, that it is no spam after all, that the desk is another.
import { expect, it } from 'vitest'
import { at, policyRow, SlaWorld } from '../../test/support/sla-world.ts'

// A Wednesday.
const wed = '2026-03-04'
const first = (minutes: number, more: object = {}) => policyRow({ targets: { firstResponse: minutes }, ...more })

it('V9 an answer through another tool counts for what it answered, though both came in late; history that is brought in for nothing', async () => {
  const on = new SlaWorld([policyRow({ targets: { firstResponse: 120, nextResponse: 60 } })])
  const [said, came] = [at(`${wed}T09:05`), at(`${wed}T10:00`)]
  await on.say('in', 'user', came, { sentAt: at(`${wed}T09:00`) })
  await on.open(came, {}, false)
  await on.say('out', 'agent', came, { sentAt: at(`${wed}T08:00`) })
  expect(on.clock('firstResponse')?.state).toBe('running')
  await on.say('out', 'agent', at(`${wed}T10:01`), { sentAt: said, receivedAt: at(`${wed}T10:01`) })
  expect(on.clock('firstResponse')).toMatchObject({ state: 'met', startedAt: came, endedAt: came })
  await on.say('in', 'user', at(`${wed}T10:02`), { sentAt: at(`${wed}T09:06`) })
  expect(on.clock('nextResponse')).toMatchObject({ state: 'running', startedAt: at(`${wed}T10:02`) })
})

it('3.3 what came as spam and was none is promised what others are, from when it was let in', async () => {
  const on = new SlaWorld([first(60)])
  await on.open(at(`${wed}T10:00`), { status: 'spam', category: 'junk' })
  expect(on.world.clocks.size).toBe(0)
  await on.move('open', at(`${wed}T10:40`))
  expect(on.clock('firstResponse')).toMatchObject({ state: 'running', dueAt: at(`${wed}T11:40`) })
  await on.answer(at(`${wed}T11:00`))
  expect(on.told).toEqual(['started firstResponse', 'met firstResponse'])
})

it('3.3 D17 what is written on spam begins no clock that is withdrawn at once; it counts where it was none', async () => {
  const on = new SlaWorld([policyRow({ targets: { firstResponse: 60, nextResponse: 120 } })])
  await on.open(at(`${wed}T10:00`))
  await on.answer(at(`${wed}T10:30`))
  await on.move('spam', at(`${wed}T11:00`))
  await on.say('in', 'user', at(`${wed}T11:30`))
  expect(on.told).toEqual(['started firstResponse', 'met firstResponse'])
  expect(on.clock('nextResponse')).toBeNull()
  await on.move('open', at(`${wed}T12:00`))
  expect(on.clock('nextResponse')).toMatchObject({
    state: 'running',
    startedAt: at(`${wed}T11:30`),
    dueAt: at(`${wed}T14:00`),
  })
  expect(on.told.at(-1)).toBe('started nextResponse')
})

it.each([
  ['10:30', '11:00', 'met', 'kept before it was spam is kept'],
  ['11:20', '11:30', 'breached', 'missed before it was spam is missed'],
  ['10:50', '10:40', 'cancelled', 'answered as spam is withdrawn'],
])('3.3 D17 answered at %s, put away at %s and heard of after both it is %s: %s', async (answered, put, state) => {
  const on = new SlaWorld([first(60, { pauses: [] })])
  await on.open(at(`${wed}T10:00`))
  on.isLate = true
  const answer = () => on.say('out', 'agent', at(`${wed}T${answered}`), { state: 'sent' })
  const away = () => on.move('spam', at(`${wed}T${put}`))
  for (const step of answered < put ? [answer, away] : [away, answer]) await step()
  for (const { event } of on.waiting) await on.take(event, at(`${wed}T12:00`))
  expect(on.clock('firstResponse')?.state).toBe(state)
  expect(on.told).toEqual(['started firstResponse', `${state} firstResponse`])
  await on.move('open', at(`${wed}T12:10`))
  for (const { event } of on.waiting.slice(-1)) await on.take(event, at(`${wed}T12:10`))
  expect(on.told.filter((it) => it.startsWith('breached'))).toHaveLength(state === 'breached' ? 1 : 0)
})

it('V11 a policy that is new holds also for a ticket that something happens to before the recount comes to it', async () => {
  const on = new SlaWorld([first(60)])
  await on.open(at(`${wed}T10:00`))
  const { desk } = on.world
  const slaPolicies = [first(90), first(30, { id: 'shorter', weight: -1 })]
  on.world.desk = { ...desk, version: desk.version + 1, slaPolicies }
  await on.say('in', 'user', at(`${wed}T10:10`))
  await on.ring({ kind: 'sla_recount', subject: 'desk', dueAt: at(`${wed}T10:10`), basis: '' }, at(`${wed}T10:11`))
  await on.until(at(`${wed}T10:12`))
  expect(on.clock('firstResponse')).toMatchObject({ policy: 'shorter', dueAt: at(`${wed}T10:30`) })
})

it('V4 V8 what a customer wrote while we were away counts from when it came in: what waited for them runs from then', async () => {
  const on = new SlaWorld([policyRow({ targets: { firstResponse: 60, nextResponse: 120, resolution: 480 } })])
  await on.open(at('2026-03-04T10:00'))
  await on.answer(at('2026-03-04T11:00'))
  await on.writeLate(at('2026-03-04T12:00'), at('2026-03-04T13:00'))
  expect(on.clock('nextResponse')).toMatchObject({ startedAt: at('2026-03-04T12:00'), dueAt: at('2026-03-04T14:00') })
  // An hour of its eight was over when it began to wait.
  expect(on.clock('resolution')).toMatchObject({ state: 'running', dueAt: at('2026-03-05T11:00') })
  await on.move('resolved', at('2026-03-04T15:00'))
  await on.writeLate(at('2026-03-04T16:00'), at('2026-03-05T10:00'), 'reopened')
  expect(on.clock('nextResponse')).toMatchObject({
    startedAt: at('2026-03-04T16:00'),
    dueAt: at('2026-03-05T10:00'),
    state: 'breached',
  })
  expect(on.clock('resolution')).toMatchObject({ state: 'running', dueAt: at('2026-03-05T12:00') })
})
