// What the mailboxes of one process share: a host that is down is left alone, and tried by one.
import { expect, it } from 'vitest'
import { handClock } from '../../../test/support/hand-clock.ts'
import { HostDown, makeGate } from './gate.ts'

const signal = new AbortController().signal

it('five log-ins in a row that do not reach a host leave it alone; then one tries, and its success lets all in', async () => {
  const clock = handClock()
  const gate = makeGate()(clock)
  for (let n = 0; n < 5; n += 1) (await gate.start('mail.test:993', signal)).ended(false)
  await expect(gate.start('mail.test:993', signal)).rejects.toBeInstanceOf(HostDown)
  // Another host is none of it.
  ;(await gate.start('other.test:993', signal)).ended(true)
  await clock.advance(10_000)
  const probe = await gate.start('mail.test:993', signal)
  await expect(gate.start('mail.test:993', signal)).rejects.toBeInstanceOf(HostDown)
  probe.ended(true)
  ;(await gate.start('mail.test:993', signal)).ended(true)
})

it('a refused password is an answer: the host is well', async () => {
  const gate = makeGate()(handClock())
  for (let n = 0; n < 20; n += 1) (await gate.start('mail.test:993', signal)).ended(true)
  await expect(gate.start('mail.test:993', signal)).resolves.toBeDefined()
})

it('few log in at once; who waits is let in when one is done, or told to stop', async () => {
  const gate = makeGate()(handClock())
  const inside = await Promise.all(Array.from({ length: 8 }, () => gate.start('mail.test:993', signal)))
  let entered = false
  const ninth = gate.start('mail.test:993', signal).then((it) => {
    entered = true
    return it
  })
  const stop = new AbortController()
  const tenth = gate.start('mail.test:993', stop.signal)
  stop.abort()
  await expect(tenth).rejects.toBeDefined()
  expect(entered).toBe(false)
  inside[0]?.ended(true)
  await ninth
  expect(entered).toBe(true)
})

it('F15 the one that was to try, and was told to stop while it waited, leaves the trying to the next', async () => {
  const clock = handClock()
  const gate = makeGate()(clock)
  for (let n = 0; n < 5; n += 1) (await gate.start('mail.test:993', signal)).ended(false)
  await clock.advance(10_000)
  const busy = await Promise.all(Array.from({ length: 8 }, () => gate.start('other.test:993', signal)))
  const stop = new AbortController()
  const probe = gate.start('mail.test:993', stop.signal)
  stop.abort()
  await expect(probe).rejects.toBeDefined()
  for (const one of busy) one.ended(true)
  await expect(gate.start('mail.test:993', signal)).resolves.toBeDefined()
})
