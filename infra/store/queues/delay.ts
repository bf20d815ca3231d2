// How long until an instant of this process. The database counts it from its own now: machines whose clocks differ wait equally long (G17).
import type { Instant } from '../../../schemas/ids.ts'
import type { Clock } from '../../../core/ports/edges.ts'

export const secondsUntil = (at: Instant, clock: Clock): number => (Date.parse(at) - Date.parse(clock.now())) / 1000
