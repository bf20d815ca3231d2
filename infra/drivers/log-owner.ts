// Two installations on the same topics of one Kafka would each get a part of the other's messages: noticed at the start, and while they run.
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { Clock, Logger } from '../../core/ports/edges.ts'
import type { Database } from './database.ts'
import type { Owner, Owners } from './log-kafka.ts'

/** `installation`: as the database has it written; `database`: which database that is. A copy of a database has the first of the other. */
export type Installation = Pick<Owner, 'installation' | 'database'>
export interface OwnerNeeds {
  readonly owners: Owners
  readonly us: Installation
  readonly prefix: string
  readonly clock: Clock
  readonly logger: Logger
}

export async function installationOf({ pool }: Pick<Database, 'pool'>): Promise<Installation> {
  const { rows } = await pool('loops').query<Installation>(
    `select i.id as installation, c.system_identifier || '.' || d.oid as database
       from installation i, pg_control_system() c, pg_database d where d.datname = current_database()`,
  )
  if (rows[0] !== undefined) return rows[0]
  throw new GatewayError('data.unusable', 'The table installation is empty: its one row names this installation.')
}

/** Throws `settings.invalid` where the topics are somebody else's; says that they are ours where they are nobody's. */
export async function claimTopics(needs: OwnerNeeds): Promise<void> {
  try {
    await sayAgain(needs)
    refuseOthers(await needs.owners.owner(), needs) // of two that start at once one is told
  } catch (error) {
    if (isRefusal(error)) throw error
    const about = { group: needs.owners.group, why: messageOf(error) }
    needs.logger.warn(
      'could not note in Kafka whose topics these are; another installation on them would not be noticed',
      about,
    )
  }
}

const firstLookMs = 5_000
const lookEveryMs = 60_000

/** Rejects when somebody else came to these topics; a lost broker is no reason. */
export async function watchTopics(needs: OwnerNeeds, signal: AbortSignal): Promise<void> {
  const { clock, logger } = needs
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  for (let nextMs = firstLookMs; !signal.aborted; nextMs = lookEveryMs) {
    await clock.sleep(nextMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      // A broker that says nothing keeps a question for most of a minute: who stops waits for none of it (G16).
      await Promise.race([sayAgain(needs), stopped])
    } catch (error) {
      if (isRefusal(error)) throw error
      logger.debug('could not ask whose topics these are', { why: messageOf(error) })
    }
  }
}

const isRefusal = (error: unknown): boolean => error instanceof GatewayError && error.code === 'settings.invalid'

/** Brokers forget what is written beside a group without members after a week, and a lost disk at once. */
async function sayAgain(needs: OwnerNeeds): Promise<void> {
  refuseOthers(await needs.owners.owner(), needs)
  await needs.owners.own({ ...needs.us, at: needs.clock.now() })
}

/** Longer than the clocks of two machines differ, and than a process is silent. */
const silentMs = 300_000

function refuseOthers(found: Owner | null, { us, clock, prefix, owners }: OwnerNeeds): void {
  if (found === null) return
  const isCopy = found.installation === us.installation
  const isSilent = Math.abs(Date.parse(clock.now()) - Date.parse(found.at)) > silentMs
  // One database in the place of another, restored or moved: when nobody speaks for the other any more.
  if (isCopy && (found.database === us.database || isSilent)) return
  const whose = isCopy
    ? `are in use by processes on another database, of which this one is a copy (they said so at ${found.at})`
    : `are another installation’s: ${found.installation}, which said so at ${found.at}; this one is ${us.installation}`
  const otherwise = isCopy
    ? 'If this database takes the place of the other one, stop what runs on that and start again five minutes later.'
    : `If the other one is gone for good, delete the group ${owners.group} (kafka-consumer-groups --delete --group ${owners.group}) and start again.`
  throw new GatewayError(
    'settings.invalid',
    `The topics ${prefix}… of this Kafka ${whose}. Each would get a part of the other’s messages. Set INLET_KAFKA_PREFIX to one of its own, or DATABASE_URL as the other processes have it. ${otherwise}`,
    { about: { setting: 'INLET_KAFKA_PREFIX', found: found.installation } },
  )
}
