// The client of Kafka: how connections are made, how long anything may take, and what of its many words goes into our log.
import kafkajs, { type ISocketFactory, type Kafka, type KafkaConfig, type logCreator, type SASLOptions } from 'kafkajs'
import type { Logger } from '../../../core/ports/edges.ts'
import { readEveryForm } from './codecs.ts'
import type { SaslMechanism } from './mechanisms.ts'
import { quickenClient } from './quick-bytes.ts'
import { plainSockets, watched } from './sockets.ts'

export interface KafkaAddress {
  readonly brokers: readonly string[]
  readonly tls?: { readonly ca: string | null } | null
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string } | null
  /** How a connection is made, where something stands between. */
  readonly socketFactory?: ISocketFactory
  /** A connection on which an answer is awaited for so long is made anew. */
  readonly silentMs?: number
}

/** A member waits up to its group's session (10 s) to be let in. */
const usualSilentMs = 15_000

/** So long before its end a sign-in is renewed. With the ten seconds of the client one of ten seconds would be renewed with each request, which a broker refuses. */
const renewMs = 2_000

/** Many quick tries: a client that gives up joins its group anew, and that waits for the old membership to end (measured). */
export const patient = { initialRetryTime: 100, maxRetryTime: 500, retries: 60 } as const
/** For questions that somebody waits for. */
const brief = { initialRetryTime: 100, maxRetryTime: 300, retries: 2 } as const

/** `patience`: `brief` for what a person or a probe waits for. */
export function kafkaClient(
  address: KafkaAddress,
  log: Logger,
  { patience, clientId }: { readonly patience: 'patient' | 'brief'; readonly clientId: string },
): Kafka {
  quickenClient()
  readEveryForm()
  const { tls, sasl, socketFactory = plainSockets, silentMs = usualSilentMs } = address
  const config: KafkaConfig = {
    clientId,
    brokers: [...address.brokers],
    connectionTimeout: 1_000,
    authenticationTimeout: 5_000,
    reauthenticationThreshold: renewMs,
    requestTimeout: 5_000,
    retry: { ...(patience === 'patient' ? patient : brief), restartOnFailure: async () => false },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: linesInto(log),
    ...(tls ? { ssl: tls.ca === null ? true : { ca: [tls.ca] } } : {}),
    ...(sasl ? { sasl: { ...sasl } as SASLOptions } : {}),
    socketFactory: watched(socketFactory, silentMs),
  }
  return new kafkajs.Kafka(config)
}

/** Its warnings are tries that are made again; what is worth a line is said by who asked. */
const linesInto =
  (log: Logger): logCreator =>
  () =>
  ({ namespace, log: { message, timestamp: _at, logger: _by, stack: _stack, ...about } }) =>
    log.debug(`kafka client: ${message}`, { from: namespace, ...about })
