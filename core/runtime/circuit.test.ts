// The circuit on a hand clock: when it opens, who may try, how its pauses grow.
import { describe, expect, it } from 'vitest'
import { handClock } from '../../test/support/hand-clock.ts'
import { makeCircuit } from './circuit.ts'

describe('makeCircuit', () => {
  it('G22 lets everything through while the vendor answers', () => {
    const circuit = makeCircuit(handClock())
    expect([circuit.mayTry('a'), circuit.mayTry('a'), circuit.answered('a')]).toEqual([true, true, false])
  })

  it('G22 opens when the vendor cannot be reached, and after a pause lets one through at a time', async () => {
    const clock = handClock()
    const circuit = makeCircuit(clock)
    const { pauseMs } = circuit.failed('a', 'not-reached')
    await clock.advance(pauseMs - 1)
    expect(circuit.mayTry('a')).toBe(false)
    await clock.advance(1)
    expect([circuit.mayTry('a'), circuit.mayTry('a'), circuit.mayTry('b')]).toEqual([true, false, true])
    circuit.ended('a')
    expect([circuit.mayTry('a'), circuit.mayTry('a')]).toEqual([true, false])
    expect([circuit.answered('a'), circuit.mayTry('a'), circuit.mayTry('a')]).toEqual([true, true, true])
  })

  it('G22 sixteen sends that fail at once are one outage; the next one later is a longer one, up to five minutes', async () => {
    const clock = handClock()
    const circuit = makeCircuit(clock)
    const first = Array.from({ length: 16 }, () => circuit.failed('a', 'not-reached'))
    expect(new Set(first.map((it) => it.inARow))).toEqual(new Set([1]))
    let last = first[0]?.pauseMs ?? 0
    for (let inARow = 2; inARow <= 12; inARow += 1) {
      await clock.advance(last)
      const next = circuit.failed('a', 'not-reached')
      expect(next.inARow).toBe(inARow)
      expect(inARow >= 7 || next.pauseMs > last).toBe(true)
      expect(next.pauseMs).toBeLessThanOrEqual(6 * 60 * 1000)
      last = next.pauseMs
    }
  })

  it('G22 one message without an answer says nothing of the vendor, three in a row do', () => {
    const circuit = makeCircuit(handClock())
    const said = () => circuit.failed('a', 'silent').pauseMs > 0
    expect([said(), said()]).toEqual([false, false])
    circuit.answered('a')
    expect([said(), said(), said()]).toEqual([false, false, true])
  })
})
