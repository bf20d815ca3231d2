// Which log a gateway has, PostgreSQL or Kafka, opened and ready; all that differs between the two is said here.
import { readFile } from 'node:fs/promises'
import { GatewayError, isGatewayError, messageOf } from '../core/errors.ts'
import type { Clock, Logger, Meter } from '../core/ports/edges.ts'
import type { EventLog } from '../core/ports/event-log.ts'
import type { AnyWorker } from '../core/ports/worker.ts'
import type { Database } from './drivers/database.ts'
import type { KafkaAddress, KafkaLog } from './drivers/log-kafka.ts'
import { settleLog, watchLogHome, type LogHome } from './drivers/log-home.ts'
import { claimTopics, installationOf, watchTopics } from './drivers/log-owner.ts'
import { postgresLog, type PostgresLog } from './drivers/log-postgres.ts'
import { outboxCalls } from './drivers/outbox-calls.ts'
import type { Settings } from './settings.ts'
import type { Committed } from './store/transaction.ts'

export interface WorkerLag {
  readonly events: number
  readonly oldestSeconds: number
  /** `message/3`; null for all of them together. */
  readonly partition: string | null
}
export interface HouseLog {
  readonly log: EventLog
  readonly partitions: number
  /** For people; no password. */
  readonly where: string
  /** The log's own housekeeping. */
  readonly care: Pick<PostgresLog, 'prune'>
  /** `log`: what decisions raise goes into the log in their own transaction; `outbox`: through the relay. */
  readonly emitInto: 'log' | 'outbox'
  /** What was put as a blob may be named by the log alone for this long; null: the database knows what the log names. */
  readonly namesBlobsForMs: number | null
  /** Rejects when the log is not this installation's any more; resolves with the signal. */
  watch(signal: AbortSignal): Promise<void>
  /** After a commit that raised something: readers look at once, or whoever carries the outbox over, in another process too. */
  nudge(committed: Pick<Committed, 'heads'>): void
  /** Calls back when another process may have put something into the outbox: a hint, never the only way to learn of it. Until the signal. */
  hearRaised(onRaised: () => void, signal: AbortSignal): Promise<void>
  lags(worker: string): Promise<readonly WorkerLag[]>
}
export interface LogNeeds {
  readonly database: Database
  readonly clock: Clock
  readonly logger: Logger
  readonly workers: readonly AnyWorker[]
  readonly meter: Meter
  /** It was said in so many words that the log lies in PostgreSQL from now on. */
  readonly aloud?: boolean
}
export type KafkaSettings = Pick<Settings, Extract<keyof Settings, `kafka${string}`> | 'keepDays'>

const partitionsInPostgres = 12
/** A broker that starts beside the gateway is up by then; a wrong address is a sentence and an exit code, not a process that hangs. */
const patienceMs = 30_000
const tryEveryMs = 1_000
const dayMs = 86_400_000
/** Kafka drops whole segments, of a day as Inlet makes its topics, of a week as Kafka does. */
const segmentDays = 8

/** The one the settings name. Throws `settings.invalid` where the installation has another one. */
export const openLog = (settings: KafkaSettings, needs: LogNeeds): Promise<HouseLog> =>
  settings.kafkaBrokers === null || settings.kafkaBrokers.length === 0
    ? openPostgresLog({ ...needs, aloud: settings.kafkaBrokers !== null })
    : openKafkaLog(settings, needs)

export async function openPostgresLog(needs: LogNeeds): Promise<HouseLog> {
  const { database, clock, logger } = needs
  const home: LogHome = { kind: 'postgres', prefix: null, cluster: null }
  await settleLog(home, needs)
  const log = await postgresLog({ database, clock, log: logger, partitions: partitionsInPostgres })
  return {
    log,
    partitions: partitionsInPostgres,
    where: 'PostgreSQL',
    care: log,
    watch: (signal) => watchLogHome(home, needs, signal),
    emitInto: 'log',
    namesBlobsForMs: null,
    nudge: ({ heads }) => log.nudge(heads),
    hearRaised: async () => undefined, // it is in the log already
    lags: async (worker) => [{ ...(await log.lag(worker)), partition: null }],
  }
}

/** Waits a while for a broker that is not up yet, saying so; then `settings.invalid`. */
export async function openKafkaLog(settings: KafkaSettings, needs: LogNeeds): Promise<HouseLog> {
  const prefix = settings.kafkaPrefix
  // Looked up first: what cannot be is said before Kafka is waited for and topics are made there.
  await settleLog({ kind: 'kafka', prefix, cluster: null }, needs)
  const address = await addressOf(settings, needs.logger)
  const log = await opened(settings, address, needs)
  const home: LogHome = { kind: 'kafka', prefix, cluster: log.cluster }
  const calls = outboxCalls(needs)
  const owning = { ...needs, owners: log.owners, prefix, us: await installationOf(needs.database) }
  try {
    await claimTopics(owning)
    await settleLog(home, needs)
  } catch (error) {
    await log.close()
    throw error
  }
  return {
    log,
    partitions: log.partitions,
    where: `Kafka at ${address.brokers.join(', ')}`,
    care: { prune: async () => [] }, // the retention of its topics
    watch: async (signal) =>
      void (await Promise.all([watchLogHome(home, needs, signal), watchTopics(owning, signal), calls.tell(signal)])),
    emitInto: 'outbox',
    namesBlobsForMs: (settings.keepDays + segmentDays) * dayMs,
    nudge: calls.raised,
    hearRaised: calls.hear,
    lags: async (worker) =>
      (await log.lags(worker)).map(({ topic, partition, ...lag }) => ({
        ...lag,
        partition: `${topic.startsWith(prefix) ? topic.slice(prefix.length) : topic}/${partition}`,
      })),
  }
}

async function opened(settings: KafkaSettings, address: KafkaAddress, needs: LogNeeds): Promise<KafkaLog> {
  const { clock, logger } = needs
  // Loaded only where it is used.
  const { kafkaLog } = await import('./drivers/log-kafka.ts')
  const { kafkaPartitions: partitions, kafkaReplicas: replicas, kafkaPrefix: prefix, keepDays } = settings
  const onForeign = (worker: string, records: number) => needs.meter.count('foreign', { worker }, records)
  const shape = { partitions, replicas, prefix, keepDays, readers: needs.workers }
  const { presence } = needs.database
  // Before it is a member of anything: the others take out who is not there.
  await presence.show()
  const options = { address, clock, log: logger, ...shape, onForeign, presence }
  const began = clock.ticks()
  for (;;) {
    try {
      return await kafkaLog(options)
    } catch (error) {
      if (!isGatewayError(error, 'log.unavailable')) throw error
      if (clock.ticks() - began > patienceMs) throw refused(error)
      logger.warn('Kafka does not answer yet; the start waits for it', { why: error.message })
      await clock.sleep(tryEveryMs, AbortSignal.timeout(patienceMs))
    }
  }
}

function refused(error: unknown): unknown {
  if (!isGatewayError(error, 'log.unavailable')) return error
  return new GatewayError(
    'settings.invalid',
    `${error.message.replace(/\.?$/, '.')} Check that KAFKA_BROKERS is right and reachable from here, and KAFKA_TLS and KAFKA_SASL_MECHANISM as the brokers want them.`,
    { about: { setting: 'KAFKA_BROKERS' }, cause: error },
  )
}

async function addressOf(settings: KafkaSettings, logger: Logger): Promise<KafkaAddress> {
  const { kafkaTls, kafkaTlsCa, kafkaMechanism: mechanism, kafkaUsername: username, kafkaPassword: password } = settings
  const ca = kafkaTlsCa === null ? null : await certificatesIn(kafkaTlsCa)
  const signsIn = mechanism !== null && username !== null && password !== null
  if (mechanism === 'plain' && !kafkaTls)
    logger.warn('KAFKA_SASL_MECHANISM is plain and KAFKA_TLS is off: the password crosses the network readable')
  return {
    brokers: settings.kafkaBrokers ?? [],
    tls: kafkaTls ? { ca } : null,
    sasl: signsIn ? { mechanism, username, password } : null,
  }
}

async function certificatesIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new GatewayError('settings.invalid', `KAFKA_TLS_CA: ${path} cannot be read: ${messageOf(error)}.`)
  })
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new GatewayError('settings.invalid', `KAFKA_TLS_CA: ${path} holds no certificate in PEM form.`)
}
