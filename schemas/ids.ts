// The ids of the house: branded strings, and the one way each is made from what it names.
import { hash } from 'node:crypto'

/** RFC 3339, UTC, milliseconds: `2026-11-21T04:10:00.000Z`. */
export type Instant = string & { readonly brand: 'Instant' }
export type EventId = string & { readonly brand: 'EventId' }
export type TicketId = string & { readonly brand: 'TicketId' }
export type MessageId = string & { readonly brand: 'MessageId' }
export type ConversationId = string & { readonly brand: 'ConversationId' }
export type ContactId = string & { readonly brand: 'ContactId' }
export type AttachmentId = string & { readonly brand: 'AttachmentId' }
/** One try to answer: what `POST /replies` returns and what a delivery row is named by. */
export type ReplyId = string & { readonly brand: 'ReplyId' }
export type WorkspaceId = string & { readonly brand: 'WorkspaceId' }
/** Open on purpose: core may not list channels. */
export type ChannelName = string & { readonly brand: 'ChannelName' }
/** A blob is named by its content, within a workspace. */
export type BlobRef = `sha256:${string}`

export type Prefix =
  | 'evt'
  | 'tkt'
  | 'msg'
  | 'cnv'
  | 'con'
  | 'att'
  | 'rep'
  | 'raw'
  | 'prk'
  | 'wak'
  | 'aud'
  | 'key'
  | 'agt'
  | 'grp'
  | 'fld'
  | 'rul'
  | 'cal'
  | 'aut'
  | 'ntf'
  | 'sla'

/**
 * `<prefix>_` and 32 hex digits: 128 bits of SHA-256 over the parts. The same parts always give the same id, in every process
 * and on every day; JSON keeps `['a','b']` and `['ab']` apart. 16 bytes, so that the store can keep an id as a uuid.
 */
export function idFrom(prefix: Prefix, ...parts: readonly (string | number | null)[]): string {
  return `${prefix}_${hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32)}`
}

/** What comes in: a repeat or a replay of the same fact is the same event. `dedupe` is the channel sheet's dedupe key. */
export function eventIdFor(
  workspace: WorkspaceId,
  channel: ChannelName,
  account: string,
  type: string,
  dedupe: string,
): EventId {
  return idFrom('evt', 'in', workspace, channel, account, type, dedupe) as EventId
}

/** What a decision raises: one event a (worker or command, cause, type, slot). */
export function raisedEventId(
  workspace: WorkspaceId,
  decider: string,
  cause: string,
  type: string,
  slot: string,
): EventId {
  return idFrom('evt', 'raised', workspace, decider, cause, type, slot) as EventId
}

/** A message and the event that brought it share their 128 bits, so each is found from the other without a table. */
export const messageIdOf = (event: EventId): MessageId => event.replace(/^evt_/, 'msg_') as MessageId
export const attachmentIdOf = (event: EventId, index: number): AttachmentId =>
  idFrom('att', event, index) as AttachmentId

export const isId = (prefix: Prefix, text: string): boolean =>
  text.length === prefix.length + 33 && text.startsWith(`${prefix}_`) && /^[0-9a-f]{32}$/.test(text.slice(-32))
