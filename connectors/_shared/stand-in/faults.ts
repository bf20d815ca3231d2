// The queue of faults a test ordered: each is met by the next calls of its kind.
import type { Fault, FaultyCall } from '../../../core/ports/stand-in.ts'

export interface Faults {
  order(times: number, fault: Fault, on: FaultyCall): void
  next(on: FaultyCall): Fault | null
}
export function faultQueue(): Faults {
  const queue: { fault: Fault; on: FaultyCall; left: number }[] = []
  return {
    order: (times, fault, on) => void queue.push({ fault, on, left: times }),
    next(on) {
      const found = queue.find((it) => it.on === on && it.left > 0)
      if (found === undefined) return null
      found.left -= 1
      if (found.left === 0) queue.splice(queue.indexOf(found), 1)
      return found.fault
    },
  }
}
