// An echo without our key: which of the replies whose answer has not come yet it proves, if any.
import type { EventData } from '../../schemas/events.ts'
import type { ReplyRow } from '../ports/rows.ts'

type Echo = Pick<EventData['message.echoed'], 'text' | 'ours' | 'mayBeOurs' | 'externalId'>

/** Only such an echo is compared by its words: where the vendor gives keys back, one without ours is another tool's. */
export const isPerhapsOurs = (echo: Echo): boolean => echo.ours === null && echo.mayBeOurs === true

/**
 * The oldest that says the same: two of the same words went out in this order. Not one that another echo has proven already, whose id it
 * has by then: the same words from another tool are another message.
 */
export const echoOf = (echo: Echo, underWay: readonly ReplyRow[]): ReplyRow | null =>
  isPerhapsOurs(echo)
    ? (underWay.find(
        ({ text, externalId }) =>
          text.trim() === echo.text.trim() && (externalId === null || externalId === echo.externalId),
      ) ?? null)
    : null
