// One installation has one log: which it is, is remembered in the database, and a process that comes with another one is told so.
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { Clock, Logger } from '../../core/ports/edges.ts'
import type { Database } from './database.ts'

export interface LogHome {
  readonly kind: 'postgres' | 'kafka'
  readonly prefix: string | null
  /** The broker's own id of its cluster. Null in Kafka: not known yet, only looked up. */
  readonly cluster: string | null
}
interface Kept extends LogHome {
  readonly since: string | null
}
type Found =
  | { readonly is: 'same' | 'moved' | 'alive' | 'elsewhere'; readonly was: Kept }
  | { readonly is: 'unread'; readonly was: Kept; readonly worker: string; readonly events: number }

export interface SettleNeeds {
  readonly database: Pick<Database, 'pool'>
  readonly logger: Logger
  readonly workers: readonly { readonly name: string }[]
  /** KAFKA_BROKERS=none: said in so many words that the log moves. */
  readonly aloud?: boolean
}

/** Throws `settings.invalid` where the installation's log is another one. */
export async function settleLog(home: LogHome, needs: SettleNeeds): Promise<void> {
  const { database, workers, logger, aloud = false } = needs
  const values = [home.kind, home.prefix, home.cluster, workers.map(({ name }) => name), aloud]
  const { rows } = await database
    .pool('loops')
    .query<{ found: Found }>('select log_settle($1, $2, $3, $4, $5) as found', values)
  const found = rows[0]?.found
  if (found === undefined || found.is === 'same') return
  if (found.is !== 'moved') throw refusal(found, home)
  const isSettled = home.kind === 'postgres' || home.cluster !== null
  if (found.was.since !== null && isSettled)
    logger.warn('the log of this installation moves; what another one still holds is not read any more', {
      from: whereIs(found.was),
      to: whereIs(home),
    })
}

const whereIs = ({ kind, prefix, cluster }: LogHome): string =>
  kind === 'postgres' ? 'PostgreSQL' : `Kafka (cluster ${cluster ?? 'not known yet'}, topics ${prefix}…)`

function refusal(found: Exclude<Found, { is: 'same' | 'moved' }>, home: LogHome): GatewayError {
  const about = { setting: 'KAFKA_BROKERS', log: whereIs(found.was) }
  return new GatewayError('settings.invalid', wordsFor(found, home), { about })
}

function wordsFor(found: Exclude<Found, { is: 'same' | 'moved' }>, home: LogHome): string {
  const was = whereIs(found.was)
  if (found.is === 'unread')
    return `KAFKA_BROKERS is set, and the log in PostgreSQL holds events that ${found.worker} has not handled (${found.events}). Start without KAFKA_BROKERS and with --only workers until inlet_lag_events is 0, then start with it.`
  if (found.is === 'alive')
    return `Other processes of this installation keep its log in ${was}, and this one would keep it in ${whereIs(home)}: what one writes the others would not read. ${sameAsThem(found.was)} To move the log, stop all of them first.`
  return `The log of this installation lies in ${was} since ${found.was.since}, and this process would keep it in ${whereIs(home)}. ${sameAsThem(found.was)} To move it, let the workers drain it until inlet_lag_events is 0 everywhere, stop every process, and start one with KAFKA_BROKERS=none; from there it may move to another Kafka.`
}

const sameAsThem = ({ kind, prefix }: Kept): string =>
  kind === 'postgres'
    ? 'Unset KAFKA_BROKERS.'
    : `Set KAFKA_BROKERS as they have it, and INLET_KAFKA_PREFIX=${prefix} too.`

const beatMs = 5_000

/** Says every few seconds that this log is in use. Rejects when it is not the installation's any more; a lost database is no reason. */
export async function watchLogHome(
  home: LogHome,
  {
    database,
    clock,
    logger,
  }: { readonly database: Pick<Database, 'pool'>; readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const values = [home.kind, home.prefix, home.cluster]
      const { rows } = await database
        .pool('loops')
        .query<{ mine: boolean }>('select log_home_beat($1, $2, $3) as mine', values)
      if (rows[0]?.mine === false) throw moved(home)
    } catch (error) {
      if (error instanceof GatewayError) throw error
      logger.debug('could not ask whether the log is still this one', { why: messageOf(error) })
    }
    await clock.sleep(beatMs, signal).catch(() => undefined)
  }
}

const moved = (home: LogHome): GatewayError =>
  new GatewayError(
    'settings.invalid',
    `The log of this installation is not in ${whereIs(home)} any more: another process moved it. This process ends, so that nothing is written where nobody reads; start it with KAFKA_BROKERS as the others have it.`,
    { about: { setting: 'KAFKA_BROKERS' } },
  )
