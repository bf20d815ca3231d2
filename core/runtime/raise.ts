// Puts the envelope around what a decision raises: ids derived from the decider and the cause, so that a repeat raises the same events.
import { GatewayError } from '../errors.ts'
import { schemaVersion, type Actor, type AnyEvent, type NewEvent, type Origin } from '../../schemas/events.ts'
import { raisedEventId, type ChannelName, type EventId, type Instant, type WorkspaceId } from '../../schemas/ids.ts'

/** Where decisions come from: a worker's event, a command's call, a loop's row. */
export interface Cause {
  readonly workspace: WorkspaceId
  readonly channel: ChannelName | null
  readonly account: string | null
  /** The worker's or command's name. */
  readonly decider: string
  /** What the ids derive from: the causing event, or the call. */
  readonly name: string
  readonly event: EventId | null
  readonly correlation: string
  readonly actor: Actor
  readonly origin: Origin
  readonly now: Instant
}

/** Throws `worker.fault` when two events of one decision would get one id: give them slots. */
export function raise(news: readonly NewEvent[], cause: Cause): readonly AnyEvent[] {
  const seen = new Set<string>()
  return news.map((it) => {
    const event = envelope(it, cause)
    if (seen.has(event.id))
      throw new GatewayError(
        'worker.fault',
        `${cause.decider} raised two ${it.type} for one cause; give each its own slot`,
      )
    seen.add(event.id)
    return event
  })
}

function envelope(it: NewEvent, cause: Cause): AnyEvent {
  const { decider, cause: name } = it.as ?? { decider: cause.decider, cause: cause.name }
  return {
    id: raisedEventId(cause.workspace, decider, name, it.type, it.slot ?? ''),
    type: it.type,
    workspace: cause.workspace,
    channel: cause.channel,
    account: cause.account,
    version: schemaVersion,
    at: it.at ?? cause.now,
    receivedAt: cause.now,
    key: it.key,
    subject: it.subject,
    cause: cause.event,
    correlation: cause.correlation,
    actor: it.by ?? cause.actor,
    origin: cause.origin,
    raw: null,
    data: it.data,
  } as AnyEvent
}
