// Senders name their own messages, and broken ones use a name twice: another message under a known name is another conversation's (sheet section 10).
import type { EventOf } from '../../schemas/events.ts'
import type { KnownPart } from '../../schemas/message.ts'
import type { Reader, ThreadFacts } from '../../core/ports/reader.ts'
import type { MessageRow, SaidRow } from '../../core/ports/rows.ts'

type Received = EventOf<'message.received'>

/** Beside those that lead home by what it answers. */
const isOwn = ({ data }: Received, key: string): boolean => data.name !== undefined && key.includes(data.name)

/** What is left of its keys, and one that no other message has. */
export const keysOfReused = (event: Received): readonly string[] => [
  ...event.data.threadKeys.filter((key) => !isOwn(event, key)),
  `name:${event.data.externalId}`,
]

/** Seen beside the message: whoever answers the other one by its name comes to the other one. */
export const reusedPart = {
  kind: 'anomaly',
  is: 'reused-message-id',
  why: 'Its sender had used its Message-ID for another mail before, so it is no part of that conversation.',
} as const satisfies KnownPart

/** Asked only where nothing but its own name leads anywhere: it came after an answer to it, or its name is another's too. */
export async function isReused(event: Received, thread: ThreadFacts, read: Reader): Promise<boolean> {
  const [strongest] = thread.keys
  if (thread.conversation === null || strongest === undefined || !isOwn(event, strongest.key)) return false
  if (thread.target?.message) return false
  const others = (await read.messages.saidIn(thread.conversation.id)).filter((it) => isNamedSo(it, event))
  const rows = await read.messages.byId(others.map(({ id }) => id))
  return rows.size > 0 && ![...rows.values()].some((row) => isTheSame(row, event))
}

const isNamedSo = ({ direction, externalId }: SaidRow, { data }: Received): boolean =>
  direction === 'in' && externalId?.toLowerCase().startsWith(`${data.name?.toLowerCase()} `) === true

/** One mail in two dresses, straight and by a list that puts a word before its subject and lines below it, is still one. */
const isTheSame = ({ sentAt, subject: known }: MessageRow, { at, data: { subject } }: Received): boolean => {
  const [one, other] = [known ?? '', subject ?? '']
  return sentAt === at && (one.endsWith(other) || other.endsWith(one))
}
