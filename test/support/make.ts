// Builders of valid events and raws for tests: say only what the test is about.
import { createHash } from 'node:crypto'
import { schemaVersion, type AnyEvent, type EventData, type EventOf, type EventType } from '../../schemas/events.ts'
import {
  eventIdFor,
  idFrom,
  messageIdOf,
  type ChannelName,
  type EventId,
  type Instant,
  type WorkspaceId,
} from '../../schemas/ids.ts'
import type { KeptRaw } from '../../core/ports/event-log.ts'

export const testWorkspace = 'main' as WorkspaceId
export const testChannel = 'testchannel' as ChannelName
export const testAccount = 'account-1'
export const testInstant = '2026-11-21T04:10:00.000Z' as Instant

let made = 0

export type EventOverrides = Partial<Omit<EventOf<'message.received'>, 'data' | 'type'>> & {
  /** What its id is made from: the same word gives the same event. */
  readonly dedupe?: string
  readonly data?: Partial<EventData['message.received']>
}

/** A valid `message.received`; each call another one, unless `dedupe` (or `id`) says which. */
export function anEvent({
  dedupe = `made-${++made}`,
  data = {},
  ...overrides
}: EventOverrides = {}): EventOf<'message.received'> {
  const workspace = overrides.workspace ?? testWorkspace
  const channel = overrides.channel ?? testChannel
  const account = overrides.account ?? testAccount
  const id = overrides.id ?? eventIdFor(workspace, channel, account, 'message.received', dedupe)
  const key = overrides.key ?? `lane-${dedupe}`
  return {
    id,
    workspace,
    channel,
    account,
    version: schemaVersion,
    at: testInstant,
    receivedAt: testInstant,
    key,
    subject: key,
    cause: null,
    correlation: id,
    actor: { kind: 'customer', id: null },
    origin: 'live',
    raw: null,
    ...overrides,
    type: 'message.received',
    data: { ...receivedData(id, dedupe), ...data },
  }
}

const receivedData = (id: EventId, dedupe: string): EventData['message.received'] => ({
  message: messageIdOf(id),
  kind: 'dm',
  externalId: dedupe,
  to: [],
  cc: [],
  subject: null,
  from: { id: 'customer-1', name: 'Ayşe Öğün', address: '+905551112233', keys: ['phone:905551112233'] },
  text: `Merhaba, ${dedupe}`,
  fullText: null,
  html: null,
  parts: [],
  attachments: [],
  repliesTo: [],
  threadKeys: ['customer-1'],
  automatic: null,
  vendor: {},
  receivedAt: testInstant,
})

/** An event of any type around the envelope of `anEvent`. */
export const anEventOf = <T extends EventType>(
  type: T,
  data: EventData[T],
  overrides: Omit<EventOverrides, 'data'> = {},
): EventOf<T> => {
  const like = anEvent(overrides)
  const id = idFrom('evt', like.id, type)
  return { ...like, id, correlation: id, type, data } as unknown as EventOf<T>
}

/** A raw with these bytes, named by them. */
export function aRaw(body: Uint8Array | string = `made-${++made}`, overrides: Partial<KeptRaw> = {}): KeptRaw {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    ref: { id: idFrom('raw', testChannel, testAccount, sha256), at: testInstant, key: 'lane-1' },
    workspace: testWorkspace,
    channel: testChannel,
    account: testAccount,
    contentType: 'application/json',
    meta: {},
    body: bytes,
    ...overrides,
  }
}

export const idsOf = (events: readonly AnyEvent[]): readonly EventId[] => events.map((event) => event.id)
