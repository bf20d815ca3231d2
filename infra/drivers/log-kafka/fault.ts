// What went wrong with Kafka, said as the log's own faults.
import { GatewayError, messageOf } from '../../../core/errors.ts'

interface ClientError {
  readonly name?: string
  readonly type?: string
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
}

/** Its own word for it, found under the errors that wrap it: `MESSAGE_TOO_LARGE`, `KafkaJSConnectionError`. */
export function kindOf(error: unknown): string {
  let it = error as ClientError
  for (let depth = 0; depth < 5 && it instanceof Object; depth++) {
    if (typeof it.type === 'string') return it.type
    const inner = it.cause ?? it.errors?.[0]
    if (!(inner instanceof Object)) break
    it = inner as ClientError
  }
  return it?.name ?? 'unknown'
}

/** The records themselves: another try, also much later, would be refused the same way. */
export const isOfTheRecords = (error: unknown): boolean =>
  ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'].includes(kindOf(error))

/** The broker and this producer no longer agree on what was written: only a new producer helps. */
export const isOfTheProducer = (error: unknown): boolean =>
  [
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'DUPLICATE_SEQUENCE_NUMBER',
    'INVALID_PRODUCER_EPOCH',
    'PRODUCER_FENCED',
    'UNKNOWN_PRODUCER_ID',
    'INVALID_PRODUCER_ID_MAPPING',
  ].includes(kindOf(error))

/** Somebody has to change what this user may do; the broker has nothing else against it. */
const isOfTheRights = (error: unknown): boolean =>
  [
    'TOPIC_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
    'SASL_AUTHENTICATION_FAILED',
    'KafkaJSSASLAuthenticationError',
  ].includes(kindOf(error))

/** This machine's clock is further ahead of the broker's than the topic allows. */
export const isOfTheClock = (error: unknown): boolean => kindOf(error) === 'INVALID_TIMESTAMP'

/** Tried again and again, and only a person can mend it. */
export const needsAHand = (error: unknown): boolean => isOfTheRights(error) || isOfTheClock(error)

/** `event.invalid` where the records cannot be stored; anything else may get better. */
export function logFault(error: unknown, doing: string): GatewayError {
  if (error instanceof GatewayError) return error
  const code = isOfTheRecords(error) ? 'event.invalid' : 'log.unavailable'
  return new GatewayError(code, `${doing}: ${messageOf(error)} (${kindOf(error)})`, { cause: error })
}
