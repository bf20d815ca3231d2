// What the clock promises: UTC instants, monotonic ticks, sleeps that end with the signal's own reason.
import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'

describe('the system clock', () => {
  it('G17 gives UTC with milliseconds, and ticks that never go back', async () => {
    expect(systemClock.now()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const before = systemClock.ticks()
    await systemClock.sleep(5, new AbortController().signal)
    expect(systemClock.ticks()).toBeGreaterThan(before)
  })

  it('G17 ticks and sleeps do not follow a wall clock that is set back or forward', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      for (const at of ['2000-01-01T00:00:00.000Z', '2040-01-01T00:00:00.000Z']) {
        const before = systemClock.ticks()
        vi.setSystemTime(at)
        expect(systemClock.now().slice(0, 10)).toBe(at.slice(0, 10))
        await systemClock.sleep(5, new AbortController().signal)
        expect(systemClock.ticks() - before).toBeGreaterThan(0)
        expect(systemClock.ticks() - before).toBeLessThan(5_000)
      }
    } finally {
      vi.useRealTimers()
    }
  })

  it('ends a sleep with the very reason of the signal, also when that came before', async () => {
    const stop = new AbortController()
    const reason = { why: 'stopping' }
    const sleeping = systemClock.sleep(60_000, stop.signal)
    stop.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
    await expect(systemClock.sleep(0, stop.signal)).rejects.toBe(reason)
  })

  it('does not turn a sleep of 30 days into none, nor leaves listeners behind', async () => {
    const stop = new AbortController()
    const sleeping = systemClock.sleep(30 * 24 * 3_600_000, stop.signal)
    const first = await Promise.race([
      sleeping.then(() => 'woke'),
      systemClock.sleep(30, stop.signal).then(() => 'still'),
    ])
    expect(first).toBe('still')
    stop.abort('enough')
    await expect(sleeping).rejects.toBe('enough')
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)
  })
})
