// How a loop waits for work: until this process hears of some, or so long.
import type { Clock } from '../../../core/ports/edges.ts'
import { makeBell, nap, type Bell } from '../../drivers/bell.ts'

export interface Waits {
  readonly bell: Bell
  wait(ms: number, signal: AbortSignal): Promise<void>
}
export function makeWaits(clock: Clock): Waits {
  const bell = makeBell()
  return { bell, wait: (ms, signal) => nap(clock, ms, { signal, bell }) }
}
