// Rows become the API's answers here: every key of surface.md section 3, always there, whatever the channel (D5).
import type { Capabilities } from '../../core/ports/channel.ts'
import { windowOf } from '../../core/rules/window.ts'
import type * as answers from '../../schemas/answers.ts'
import type { Actor, AnyEvent, RawRef } from '../../schemas/events.ts'
import type { BlobRef, Instant } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import type { LifecycleSet } from '../../schemas/lifecycle.ts'
import type { Priority, StatusCategory, TicketOrigin, TicketStatus } from '../../schemas/ticket.ts'

/** What only the registry knows of a row's channel. */
export interface ShapeDeps {
  capabilities(channel: string, kind: string): Capabilities | null
}

export interface TicketRead {
  readonly id: string
  readonly number: number
  readonly workspace: string
  readonly brand: string | null
  readonly channel: string | null
  readonly account: string | null
  readonly conversation: string | null
  readonly contact: string | null
  readonly requester_name: string | null
  readonly requester_address: string | null
  readonly subject: string | null
  readonly status: TicketStatus
  readonly custom_status: string | null
  readonly category: StatusCategory
  readonly priority: Priority
  readonly type: string | null
  readonly topic: string | null
  readonly tags: string[]
  readonly folders: string[]
  readonly assigned_at: Instant | null
  readonly language: string | null
  readonly assignee: string | null
  readonly team: string | null
  readonly origin: TicketOrigin
  readonly parent: string | null
  readonly message_count: number
  readonly created_at: Instant
  readonly updated_at: Instant
  readonly last_message_at: Instant | null
  readonly resolved_at: Instant | null
  readonly snoozed_until: Instant | null
  readonly version: number
  /** Of its conversation. */
  readonly kind: string | null
  readonly customer_at: Instant | null
  readonly sla: answers.TicketAnswer['sla']
}
/** `now`: of the transaction that read the row; the window is told as it stands then. */
export function ticketAnswer(row: TicketRead, now: Instant, deps: ShapeDeps): answers.TicketAnswer {
  const can = row.channel === null || row.kind === null ? null : deps.capabilities(row.channel, row.kind)
  return {
    id: row.id,
    number: row.number,
    workspace: row.workspace,
    brand: row.brand,
    channel: row.channel,
    account: row.account,
    subject: row.subject,
    status: row.custom_status ?? row.status,
    statusCategory: row.category,
    priority: row.priority,
    type: row.type,
    topic: row.topic,
    tags: row.tags,
    folders: row.folders,
    language: row.language,
    requester: { contact: row.contact, name: row.requester_name, address: row.requester_address },
    assignee: row.assignee,
    assignedAt: row.assigned_at,
    group: row.team,
    window: can === null ? null : windowOf(can, row.customer_at, now),
    sla: row.sla,
    messageCount: row.message_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastMessageAt: row.last_message_at,
    resolvedAt: row.resolved_at,
    snoozedUntil: row.snoozed_until,
    origin: row.origin,
    conversation: row.conversation,
    parent: row.parent,
    refs: [],
    version: row.version,
  }
}

export interface AttachmentRead {
  readonly id: string
  readonly message: string | null
  readonly name: string
  readonly type: string
  readonly size: number | null
  readonly sha256: string | null
  readonly state: answers.AttachmentAnswer['state']
  readonly blob: BlobRef | null
}
export const attachmentAnswer = (row: AttachmentRead): answers.AttachmentAnswer => ({
  id: row.id,
  name: row.name,
  type: row.type,
  size: row.size,
  sha256: row.sha256,
  state: row.state,
})

export interface MessageRead {
  readonly id: string
  readonly ticket: string
  readonly direction: answers.MessageAnswer['direction']
  readonly kind: answers.MessageAnswer['kind']
  readonly sender: Party
  readonly recipients: readonly Party[]
  readonly cc: readonly Party[]
  readonly subject: string | null
  readonly text: string
  readonly full_text: string | null
  readonly html: string | null
  readonly parts: answers.MessageAnswer['parts']
  readonly external_id: string | null
  readonly replies_to: string[]
  readonly automatic: string | null
  readonly text_revision: string
  readonly deleted_revision: string | null
  readonly replaced_by: string | null
  readonly reactions: readonly { readonly by: string; readonly emoji: string | null }[]
  readonly sent_at: Instant
  readonly received_at: Instant
  readonly state: answers.MessageAnswer['state']
  readonly raw: RawRef | null
}
const partyAnswer = ({ id, name, address }: Party) => ({ id, name, address })
export const messageAnswer = (row: MessageRead, files: readonly AttachmentRead[]): answers.MessageAnswer => ({
  id: row.id,
  ticket: row.ticket,
  direction: row.direction,
  kind: row.kind,
  from: partyAnswer(row.sender),
  to: row.recipients.map(partyAnswer),
  cc: row.cc.map(partyAnswer),
  subject: row.subject,
  text: row.text,
  fullText: row.full_text,
  html: row.html,
  parts: row.parts,
  attachments: files.map(attachmentAnswer),
  externalId: row.external_id,
  repliesTo: row.replies_to,
  automatic: row.automatic,
  edited: row.text_revision !== '',
  deleted: row.deleted_revision !== null,
  replacedBy: row.replaced_by,
  reactions: row.reactions.flatMap(({ by, emoji }) => (emoji === null ? [] : [{ by, emoji }])),
  sentAt: row.sent_at,
  receivedAt: row.received_at,
  state: row.state,
  raw: row.raw?.id ?? null,
})

export interface ReplyRead {
  readonly id: string
  readonly ticket: string
  readonly message: string
  readonly channel: string
  readonly account: string
  readonly state: answers.ReplyAnswer['state']
  readonly external_id: string | null
  readonly code: string | null
  readonly why: string | null
  readonly attempts: answers.ReplyAnswer['attempts']
  readonly queued_at: Instant
  readonly updated_at: Instant
  readonly sent_at: Instant | null
}
export const replyAnswer = (row: ReplyRead): answers.ReplyAnswer => ({
  id: row.id,
  ticket: row.ticket,
  message: row.message,
  channel: row.channel,
  account: row.account,
  state: row.state,
  externalId: row.external_id,
  code: row.code,
  why: row.why,
  attempts: row.attempts,
  queuedAt: row.queued_at,
  updatedAt: row.updated_at,
  sentAt: row.sent_at,
})

export interface AccountRead {
  readonly channel: string
  readonly id: string
  readonly assignment: answers.AccountAnswer['assignment']
  readonly lifecycle: LifecycleSet | null
  readonly auto_after_minutes: number
  readonly endpoint: string | null
  readonly brand: string | null
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly state: answers.HealthAnswer['state']
  readonly since: Instant
  readonly why: string | null
  readonly facts: Readonly<Record<string, string>>
  readonly version: number
}
/** References and end times are no secrets, and `export` needs them; of the rest it is only said that it is there (S18). */
const shownSecret = ([name, stored]: [string, string]): [string, string] => [
  name,
  /^(?:env|file):/.test(stored) || name.endsWith('PreviousUntil') ? stored : 'stored',
]
export const accountAnswer = (row: AccountRead): answers.AccountAnswer => ({
  channel: row.channel,
  id: row.id,
  endpoint: row.endpoint,
  brand: row.brand,
  settings: row.settings,
  secrets: Object.fromEntries(Object.entries(row.secrets).map(shownSecret)),
  assignment: row.assignment,
  autoAfterMinutes: row.auto_after_minutes,
  lifecycle: row.lifecycle,
  health: { state: row.state, since: row.since, why: row.why, facts: row.facts },
  version: row.version,
})

export interface AuditRead {
  readonly seq: number | string
  readonly at: Instant
  readonly what: string
  readonly subject: string
  readonly actor_kind: Actor['kind']
  readonly actor_id: string | null
  readonly from_address: string | null
  readonly about: Readonly<Record<string, unknown>>
}
export const auditAnswer = (row: AuditRead): answers.AuditAnswer => ({
  id: `aud_${row.seq}`,
  at: row.at,
  what: row.what,
  subject: row.subject,
  actor: { kind: row.actor_kind, id: row.actor_id },
  from: row.from_address,
  about: row.about,
})

export interface ParkedRead {
  readonly id: string
  readonly worker: string
  readonly event: AnyEvent
  readonly why: string
  readonly attempts: number
  readonly at: Instant
}
export const parkedAnswer = ({ event, ...row }: ParkedRead): answers.ParkedAnswer => ({
  id: row.id,
  worker: row.worker,
  type: event.type,
  event: event.id,
  channel: event.channel,
  account: event.account,
  subject: event.subject,
  raw: event.raw?.id ?? null,
  why: row.why,
  attempts: row.attempts,
  at: row.at,
})
