// What a clock on the wall of a brand shows at a moment, and which day of the week it is.
import type { Instant } from '../../../schemas/ids.ts'

export interface WallClock {
  /** `HH:MM`. */
  readonly clock: string
  /** `mon` … `sun`. */
  readonly weekday: string
}

/** Making one takes a hundred times longer than asking it. There are as many as there are zones in use. */
const clocks = new Map<string, Intl.DateTimeFormat>()

/** Without a zone, or with one that this machine does not know: UTC. */
export function clockAt(at: Instant, timezone: string | null): WallClock {
  const parts = clockOf(timezone ?? 'UTC').formatToParts(Date.parse(at))
  const part = (type: string): string => parts.find((it) => it.type === type)?.value ?? ''
  return { clock: `${part('hour')}:${part('minute')}`, weekday: part('weekday').toLowerCase() }
}

function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone)
  if (known !== undefined) return known
  const made = madeClock(timezone) ?? clockOf('UTC')
  clocks.set(timezone, made)
  return made
}
function madeClock(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  } catch {
    return null
  }
}
