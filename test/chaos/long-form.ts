// What runs by time or by itself beside the faults: how each is asked for, what it is given, what it gives when nothing was sent.
import type { OwnServer } from './own-database.ts'
import { Stopped, type Outcome } from './run-fault.ts'

export interface LongForm {
  /** As it is asked for. */
  readonly id: string
  readonly says: string
  /** However long it was asked to run. */
  readonly endsByItself?: boolean
  run(how: LongRun): Promise<Outcome>
}
export interface LongRun {
  readonly seconds: number
  readonly seed: number
  readonly server: Pick<OwnServer, 'database'>
  readonly stop: AbortSignal
  /** Where finds of the fuzzing are kept; test/fuzz/corpus when absent. */
  readonly keepIn?: string | null
  say(text: string): void
}

export const nothingFound = { lost: [], doubled: [], empty: [], wrong: [] } as const
export const nothingSent = {
  accepted: 0,
  repeats: 0,
  replies: 0,
  unsure: 0,
  states: {},
  deadlocks: null,
  longestRecoveryMs: 0,
  longestDrainMs: 0,
} as const

export function endIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new Stopped('stopped before its end; not judged')
}
