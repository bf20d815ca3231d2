// What a process put into the outbox is called out to the one that carries it over, wherever that runs: else it would lie until that one looks.
import type { Clock, Logger } from '../../core/ports/edges.ts'
import { makeAnnouncer } from './announce.ts'
import type { Database } from './database.ts'

export interface OutboxCalls {
  /** After a commit. Where this process carries over itself, its own bell rang before. */
  raised(): void
  /** Calls out what was raised, until the signal. */
  tell(signal: AbortSignal): Promise<void>
  /** Calls back for what others raised, until the signal. */
  hear(onRaised: () => void, signal: AbortSignal): Promise<void>
}

const channel = 'inlet_outbox'

export function outboxCalls({
  database,
  clock,
  logger,
}: {
  readonly database: Pick<Database, 'pool' | 'listen' | 'presence'>
  readonly clock: Clock
  readonly logger: Logger
}): OutboxCalls {
  const me = database.presence.mark
  const announcer = makeAnnouncer({ pool: database.pool('loops'), clock, log: logger, channel, me })
  return {
    raised: announcer.grew,
    tell: announcer.run,
    hear: (onRaised, signal) => database.listen(channel, (from) => (from === me ? undefined : onRaised()), signal),
  }
}
