// Promises against the clock of the business: the vectors of the field, through the worker, at hours the test says.
import { describe, expect, it } from 'vitest'
import { at, office, policyRow, SlaWorld } from '../../test/support/sla-world.ts'

// 2 March 2026 is a Monday.
const [mon, tue, wed, fri] = ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-06']
const next = { mon: '2026-03-09', tue: '2026-03-10' }
const first = (minutes: number, more: object = {}) => policyRow({ targets: { firstResponse: minutes }, ...more })

describe('the first answer', () => {
  it.each([
    [
      'V1 a promise of an hour, made on Friday at 16:30, is due on Monday at 09:30',
      60,
      `${fri}T16:30`,
      `${next.mon}T09:30`,
    ],
    ['V2 of two hours, before the door opens: from when it does', 120, `${wed}T07:00`, `${wed}T11:00`],
    ['V3 of two hours, in the middle of the day', 120, `${wed}T10:00`, `${wed}T12:00`],
  ])('%s', async (_name, minutes, from, due) => {
    const on = new SlaWorld([first(minutes)])
    await on.open(at(from))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'running', startedAt: at(from), dueAt: at(due) })
    await on.until(at(due))
    expect(on.told).toEqual(['started firstResponse', 'warning firstResponse', 'breached firstResponse'])
  })

  it('V5 a holiday is no working time', async () => {
    const on = new SlaWorld([first(60)], { ...office, holidays: [next.mon] })
    await on.open(at(`${fri}T16:30`))
    expect(on.clock('firstResponse')?.dueAt).toBe(at(`${next.tue}T09:30`))
  })

  it('V8 counts from the first message, however often they write; the next answer is owed from the oldest that has none', async () => {
    const on = new SlaWorld([policyRow({ targets: { firstResponse: 120, nextResponse: 60 } })])
    await on.open(at(`${wed}T10:00`))
    await on.say('in', 'user', at(`${wed}T10:20`))
    await on.say('in', 'user', at(`${wed}T10:40`))
    expect(on.clock('firstResponse')).toMatchObject({ startedAt: at(`${wed}T10:00`), dueAt: at(`${wed}T12:00`) })
    expect(on.clock('nextResponse')).toBeNull()
    await on.answer(at(`${wed}T11:00`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'met', endedAt: at(`${wed}T11:00`) })
    await on.write(at(`${wed}T13:00`))
    await on.say('in', 'user', at(`${wed}T13:30`))
    expect(on.clock('nextResponse')).toMatchObject({
      state: 'running',
      startedAt: at(`${wed}T13:00`),
      dueAt: at(`${wed}T14:00`),
    })
    await on.answer(at(`${wed}T13:45`))
    expect(on.clock('nextResponse')?.state).toBe('met')
    await on.write(at(`${wed}T15:00`))
    expect(on.clock('nextResponse')).toMatchObject({ state: 'running', startedAt: at(`${wed}T15:00`) })
    expect(on.told.filter((it) => it.endsWith('nextResponse'))).toEqual([
      'started nextResponse',
      'met nextResponse',
      'started nextResponse',
    ])
  })

  it('V9 what a bot or a machine says, a note and a forward are no answer; a person’s is', async () => {
    const on = new SlaWorld([first(120)])
    await on.open(at(`${wed}T10:00`))
    await on.say('out', 'bot', at(`${wed}T10:01`), { state: 'sent' })
    await on.say('out', 'auto', at(`${wed}T10:02`), { state: 'sent' })
    await on.say('internal', 'note', at(`${wed}T10:03`))
    await on.say('out', 'agent', at(`${wed}T10:04`), { state: 'sent', parts: [{ kind: 'forwarded' }] })
    expect(on.clock('firstResponse')?.state).toBe('running')
    await on.answer(at(`${wed}T10:30`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'met', endedAt: at(`${wed}T10:30`) })
    await on.until(at(`${fri}T12:00`))
    expect(on.told).toEqual(['started firstResponse', 'met firstResponse'])
  })

  it('V9 an answer that did not go out is none: the time runs on as if it had not stopped', async () => {
    const on = new SlaWorld([first(120, { pauses: [] })])
    await on.open(at(`${wed}T10:00`))
    const message = await on.answer(at(`${wed}T10:30`))
    expect(on.clock('firstResponse')?.state).toBe('met')
    await on.fail(message, at(`${wed}T10:40`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'running', dueAt: at(`${wed}T12:00`), endedAt: null })
    await on.until(at(`${wed}T12:00`))
    expect(on.told.at(-1)).toBe('breached firstResponse')
  })

  it('T4 whom we wrote to first waits for no first answer; what they write back waits for the next', async () => {
    const on = new SlaWorld([policyRow({ targets: { firstResponse: 60, nextResponse: 60, resolution: 480 } })])
    await on.open(at(`${wed}T10:00`), { origin: 'agent', status: 'pending', category: 'waiting' }, false)
    await on.say('out', 'agent', at(`${wed}T10:00`), { state: 'sent' })
    expect(on.clock('firstResponse')).toBeNull()
    expect(on.clock('resolution')?.state).toBe('paused')
    await on.write(at(`${wed}T11:00`))
    expect(on.clock('nextResponse')).toMatchObject({ startedAt: at(`${wed}T11:00`), dueAt: at(`${wed}T12:00`) })
    expect(on.clock('resolution')).toMatchObject({ state: 'running' })
  })

  it('B7 V8 a policy that promises no more than the next answer keeps it, whoever wrote first', async () => {
    const theirs = new SlaWorld([policyRow({ targets: { nextResponse: 60 } })])
    await theirs.open(at(`${wed}T10:00`))
    await theirs.say('in', 'user', at(`${wed}T10:30`))
    await theirs.answer(at(`${wed}T11:00`))
    expect(theirs.told).toEqual([])
    const ours = new SlaWorld([policyRow({ targets: { firstResponse: 60, nextResponse: 60 } })])
    await ours.open(at(`${wed}T10:00`), { origin: 'agent', status: 'pending', category: 'waiting' }, false)
    await ours.say('out', 'agent', at(`${wed}T10:00`), { state: 'sent' })
    for (const on of [theirs, ours]) {
      await on.write(at(`${wed}T13:00`))
      const promised = { state: 'running', startedAt: at(`${wed}T13:00`), dueAt: at(`${wed}T14:00`) }
      expect(on.clock('nextResponse')).toMatchObject(promised)
      await on.until(at(`${wed}T14:00`))
      expect(on.told).toEqual(['started nextResponse', 'warning nextResponse', 'breached nextResponse'])
    }
  })

  it('B7 a ticket from before a policy that promises more gets no clocks by what is written on it', async () => {
    const on = new SlaWorld([])
    await on.open(at(`${wed}T10:00`))
    await on.answer(at(`${wed}T11:00`))
    await on.change(
      { slaPolicies: [policyRow({ targets: { firstResponse: 30, nextResponse: 60 } })] },
      at(`${wed}T12:00`),
    )
    await on.write(at(`${wed}T13:00`))
    expect(on.told).toEqual([])
  })
})

describe('until it is resolved', () => {
  const eight = policyRow({ targets: { resolution: 480 } })
  it('V4 B8 stands still while it waits for the customer', async () => {
    const on = new SlaWorld([eight])
    await on.open(at(`${mon}T10:00`))
    await on.move('pending', at(`${mon}T12:00`))
    expect(on.clock('resolution')).toMatchObject({ state: 'paused', dueAt: null, nextAt: null })
    expect(on.world.wakes.size).toBe(0)
    await on.write(at(`${tue}T11:00`))
    expect(on.clock('resolution')).toMatchObject({ state: 'running', dueAt: at(`${tue}T17:00`) })
    expect(on.told).toEqual(['started resolution', 'paused resolution', 'resumed resolution'])
  })

  it('B8 a policy names the statuses that pause; where it names none nothing does', async () => {
    const on = new SlaWorld([{ ...eight, pauses: ['on_hold'] }])
    await on.open(at(`${mon}T10:00`))
    await on.move('pending', at(`${mon}T11:00`))
    expect(on.clock('resolution')?.state).toBe('running')
    await on.move('on_hold', at(`${mon}T12:00`))
    expect(on.clock('resolution')?.state).toBe('paused')
  })

  it('V12 runs on with what is over when it comes back; the first answer is not owed again', async () => {
    const on = new SlaWorld([policyRow({ targets: { firstResponse: 60, nextResponse: 60, resolution: 480 } })])
    await on.open(at(`${mon}T10:00`))
    await on.answer(at(`${mon}T10:30`))
    await on.move('resolved', at(`${mon}T12:00`))
    expect(on.clock('resolution')).toMatchObject({ state: 'met', endedAt: at(`${mon}T12:00`) })
    await on.write(at(`${tue}T11:00`), 'reopened')
    // Half an hour ran before it waited for the customer.
    expect(on.clock('resolution')).toMatchObject({
      state: 'running',
      startedAt: at(`${mon}T10:00`),
      dueAt: at(`${wed}T10:30`),
      endedAt: null,
    })
    expect(on.clock('firstResponse')).toMatchObject({ state: 'met', endedAt: at(`${mon}T10:30`) })
    expect(on.clock('nextResponse')).toMatchObject({ state: 'running', startedAt: at(`${tue}T11:00`) })
    await on.move('resolved', at(`${tue}T12:00`))
    expect(on.told.filter((it) => it.endsWith(' resolution'))).toEqual([
      'started resolution',
      'paused resolution',
      'met resolution',
      'resumed resolution',
      'met resolution',
    ])
    expect(on.clock('nextResponse')?.state).toBe('cancelled')
  })

  it('V12 or counts anew, where the policy says so', async () => {
    const on = new SlaWorld([{ ...eight, reopened: 'restart' }])
    await on.open(at(`${mon}T10:00`))
    await on.move('resolved', at(`${mon}T12:00`))
    await on.move('reopened', at(`${tue}T10:00`))
    expect(on.clock('resolution')).toMatchObject({ startedAt: at(`${tue}T10:00`), dueAt: at(`${wed}T10:00`) })
    expect(on.told).toEqual(['started resolution', 'met resolution', 'started resolution'])
  })

  it('resolved in the very moment it is due is in time; answered and resolved in one breath is answered', async () => {
    const on = new SlaWorld([policyRow({ targets: { firstResponse: 60, resolution: 60 } })])
    await on.open(at(`${mon}T10:00`))
    await on.sayAndMove('out', 'resolved', at(`${mon}T11:00`))
    expect([on.clock('firstResponse')?.state, on.clock('resolution')?.state]).toEqual(['met', 'met'])
  })
})

describe('what changes meanwhile', () => {
  const byPriority = policyRow({
    targets: { firstResponse: 480, resolution: 960 },
    byPriority: { urgent: { firstResponse: 60 }, high: { firstResponse: 180, resolution: null } },
  })
  it('V10 another priority is another promise, from the same beginning: it may be broken at once', async () => {
    const on = new SlaWorld([byPriority])
    await on.open(at(`${wed}T10:00`))
    await on.prioritise('high', at(`${wed}T11:00`))
    expect(on.clock('firstResponse')).toMatchObject({
      startedAt: at(`${wed}T10:00`),
      dueAt: at(`${wed}T13:00`),
      targetMinutes: 180,
    })
    expect(on.clock('resolution')?.state).toBe('cancelled')
    await on.prioritise('urgent', at(`${wed}T12:00`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'breached', dueAt: at(`${wed}T11:00`) })
    expect(on.clock('resolution')).toMatchObject({ state: 'running', targetMinutes: 960 })
    await on.prioritise('low', at(`${wed}T12:10`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'breached', dueAt: at(`${wed}T11:00`) })
    expect(on.told.filter((it) => it.startsWith('breached'))).toEqual(['breached firstResponse'])
  })

  it('V10 a policy for urgent ones takes over, and one that gets nobody’s promise is let go', async () => {
    const urgent = first(30, {
      id: 'urgent',
      weight: -1,
      when: { field: 'ticket.priority', op: 'is', value: 'urgent' },
    })
    const high = first(240, { id: 'high', when: { field: 'ticket.priority', op: 'any_of', value: ['high', 'urgent'] } })
    const on = new SlaWorld([high, urgent])
    await on.open(at(`${wed}T10:00`))
    expect(on.world.clocks.size).toBe(0)
    await on.prioritise('high', at(`${wed}T10:05`))
    expect(on.clock('firstResponse')).toMatchObject({
      policy: 'high',
      startedAt: at(`${wed}T10:00`),
      dueAt: at(`${wed}T14:00`),
    })
    expect(on.clock('firstResponse')?.because).toMatchObject({
      by: 'policy',
      tests: [{ field: 'ticket.priority', op: 'any_of', found: 'high' }],
    })
    await on.prioritise('urgent', at(`${wed}T10:10`))
    expect(on.clock('firstResponse')).toMatchObject({ policy: 'urgent', dueAt: at(`${wed}T10:30`) })
    await on.prioritise('low', at(`${wed}T10:15`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'cancelled', nextAt: null })
    expect(on.world.wakes.size).toBe(0)
  })

  it('V11 P13 another calendar: what is open is reckoned anew, what is closed stays', async () => {
    const on = new SlaWorld([policyRow({ targets: { firstResponse: 60, resolution: 480 } })])
    await on.open(at(`${fri}T16:00`))
    await on.answer(at(`${fri}T16:30`))
    await on.move('open', at(`${fri}T16:40`))
    const kept = on.clock('firstResponse')
    expect(on.clock('resolution')?.dueAt).toBe(at(`${next.mon}T16:10`))
    await on.change({ calendars: [{ ...office, holidays: [next.mon], version: 2 }] }, at(`${fri}T16:50`))
    await on.until(at(`${fri}T16:51`))
    expect(on.clock('resolution')).toMatchObject({ state: 'running', dueAt: at(`${next.tue}T16:10`) })
    expect(on.clock('firstResponse')).toEqual(kept)
  })

  it('V11 what was broken stays broken and what was kept stays kept, though by the new hours it would have been otherwise', async () => {
    const on = new SlaWorld([first(60, { warnAt: [] })])
    await on.open(at(`${fri}T10:00`))
    await on.until(at(`${fri}T11:30`))
    const broken = on.clock('firstResponse')
    await on.change({ calendars: [{ ...office, holidays: [fri], version: 2 }] }, at(`${fri}T11:40`))
    await on.until(at(`${fri}T11:41`))
    await on.answer(at(`${fri}T11:50`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'breached', dueAt: broken?.dueAt })
    expect(on.told).toEqual(['started firstResponse', 'breached firstResponse'])
    const other = new SlaWorld([first(60, { pauses: [] })])
    await other.open(at(`${fri}T16:30`))
    await other.answer(at(`${next.mon}T09:20`))
    const kept = other.clock('firstResponse')
    const longer = { ...office.weekly, fri: [{ from: '09:00', to: '20:00' }] }
    await other.change({ calendars: [{ ...office, weekly: longer, version: 2 }] }, at(`${next.mon}T09:30`))
    await other.until(at(`${next.mon}T09:31`))
    await other.prioritise('high', at(`${next.mon}T09:32`))
    expect(other.clock('firstResponse')).toEqual(kept)
  })

  it('V11 another policy, or none: the same', async () => {
    const on = new SlaWorld([first(60), policyRow({ id: 'later', weight: 9, targets: { firstResponse: 120 } })])
    await on.open(at(`${wed}T10:00`))
    await on.change({ slaPolicies: [first(90)] }, at(`${wed}T10:10`))
    await on.until(at(`${wed}T10:11`))
    expect(on.clock('firstResponse')?.dueAt).toBe(at(`${wed}T11:30`))
    await on.change({ slaPolicies: [] }, at(`${wed}T10:20`))
    await on.until(at(`${wed}T10:21`))
    expect(on.clock('firstResponse')?.state).toBe('cancelled')
    expect(on.told.at(-1)).toBe('cancelled firstResponse')
  })

  it('spam is promised nothing; what was no spam after all is', async () => {
    const on = new SlaWorld([first(60)])
    await on.open(at(`${wed}T10:00`))
    await on.move('spam', at(`${wed}T10:10`))
    expect(on.clock('firstResponse')?.state).toBe('cancelled')
    await on.move('open', at(`${wed}T10:40`))
    expect(on.clock('firstResponse')).toMatchObject({ state: 'running', dueAt: at(`${wed}T11:30`) })
  })
})

it('D70 what is brought in, and what is read once more, is promised nothing', async () => {
  const on = new SlaWorld([first(60)])
  await on.open(at(`${wed}T10:00`), { origin: 'import' })
  expect(on.world.clocks.size).toBe(0)
  // Nor by what is done to it here.
  await on.prioritise('urgent', at(`${wed}T10:10`))
  expect(on.world.clocks.size).toBe(0)
})

it('G17 a wake-up that comes early goes back to sleep, one that comes late finds the breach once', async () => {
  const on = new SlaWorld([first(60, { warnAt: [] })])
  await on.open(at(`${wed}T10:00`))
  const [due] = [...on.world.wakes.values()]
  on.world.wakes.clear()
  await on.ring(due!, at(`${wed}T10:00`))
  expect([...on.world.wakes.values()]).toEqual([due])
  for (let n = 0; n < 3; n += 1) await on.ring(due!, at(`${wed}T12:00`))
  expect(on.told).toEqual(['started firstResponse', 'breached firstResponse'])
})

it('B7 warns at each part of the time that is over, once, and not of two at once', async () => {
  const on = new SlaWorld([first(100, { warnAt: [90, 50, 75] })])
  await on.open(at(`${wed}T10:00`))
  await on.until(at(`${wed}T10:50`))
  expect(on.told).toEqual(['started firstResponse', 'warning firstResponse'])
  const [due] = [...on.world.wakes.values()]
  expect(due?.dueAt).toBe(at(`${wed}T11:15`))
  on.world.wakes.clear()
  await on.ring(due!, at(`${wed}T11:35`))
  expect(on.clock('firstResponse')).toMatchObject({ warned: 90, nextAt: at(`${wed}T11:40`) })
  await on.until(at(`${wed}T11:40`))
  expect(on.told.slice(2)).toEqual(['warning firstResponse', 'breached firstResponse'])
})
