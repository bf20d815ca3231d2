// Whether an account's vendor answers: one that does not is tried less and less, by one reply at a time (G22).
import type { Clock } from '../ports/edges.ts'
import { pauseMs } from './later.ts'

export interface Circuit {
  /** False: the vendor did not answer lately, and it is not time yet or one try is under way already. A try that may be made ends with `ended`. */
  mayTry(account: string): boolean
  ended(account: string): void
  /** It answered, whatever it said. True: after it had not for a while. */
  answered(account: string): boolean
  /** It could not be reached, or said nothing. How long to leave it alone (0: too early to say), and the how many-eth time that is in a row. */
  failed(account: string, how: 'not-reached' | 'silent'): { readonly pauseMs: number; readonly inARow: number }
}

/** Silence may be the fault of one message; so often in a row it is the vendor's. */
const silencesAllowed = 2
const pauses = { baseMs: 2_000, maxMs: 5 * 60 * 1000 }

interface State {
  silences: number
  inARow: number
  openUntilTicks: number
  probing: boolean
}

/** In memory, a process each: what it decides is told to all by the account's hold. */
export function makeCircuit(clock: Clock): Circuit {
  const states = new Map<string, State>()
  return {
    mayTry(account) {
      const state = states.get(account)
      if (state === undefined || state.inARow === 0) return true
      if (state.probing || clock.ticks() < state.openUntilTicks) return false
      state.probing = true
      return true
    },
    ended(account) {
      const state = states.get(account)
      if (state !== undefined) state.probing = false
    },
    answered(account) {
      const wasOpen = (states.get(account)?.inARow ?? 0) > 0
      states.delete(account)
      return wasOpen
    },
    failed(account, how) {
      const state = states.get(account) ?? { silences: 0, inARow: 0, openUntilTicks: 0, probing: false }
      states.set(account, state)
      const leftMs = state.openUntilTicks - clock.ticks()
      if (leftMs > 0) return { pauseMs: leftMs, inARow: state.inARow } // it was under way when another one failed: the same outage
      if (how === 'silent' && state.inARow === 0 && ++state.silences <= silencesAllowed)
        return { pauseMs: 0, inARow: 0 }
      state.inARow += 1
      const pause = pauseMs(account, state.inARow, pauses)
      state.openUntilTicks = clock.ticks() + pause
      return { pauseMs: pause, inARow: state.inARow }
    },
  }
}
