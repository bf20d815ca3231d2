// Tickets and messages put straight into the tables, for tests of what is read: every field can be said, and moments are to the microsecond.
import type { Bench } from './api-bench.ts'
import { idFrom } from '../../schemas/ids.ts'

export interface TicketSeed {
  readonly n: number
  readonly workspace?: string
  readonly status?: string
  readonly category?: string
  readonly channel?: string | null
  readonly account?: string | null
  readonly brand?: string | null
  readonly assignee?: string | null
  readonly team?: string | null
  readonly priority?: string
  readonly type?: string | null
  readonly topic?: string | null
  readonly tags?: readonly string[]
  readonly language?: string | null
  readonly contact?: string | null
  readonly requester?: { readonly name: string; readonly address: string }
  readonly subject?: string | null
  readonly conversation?: string | null
  readonly createdAt?: string
}
export const ticketId = (n: number): string => idFrom('tkt', 'seed', n)
export const messageId = (n: number): string => idFrom('msg', 'seed', n)
export const contactId = (n: number): string => idFrom('con', 'seed', n)
export const conversationId = (n: number): string => idFrom('cnv', 'seed', n)

export async function seedTicket(bench: Bench, seed: TicketSeed): Promise<string> {
  const id = ticketId(seed.n)
  const at = seed.createdAt ?? `2026-11-01T00:00:00.${String(seed.n).padStart(6, '0')}Z`
  await bench.sql(
    `insert into ticket (workspace, id, number, brand, channel, account, conversation, contact, requester_name, requester_address, subject,
       status, category, priority, type, topic, tags, language, assignee, team, origin, created_at, updated_at)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,'customer',$21,$21)`,
    [
      seed.workspace ?? 'main',
      id,
      1000 + seed.n,
      seed.brand ?? null,
      seed.channel === undefined ? 'testchannel' : seed.channel,
      seed.account === undefined ? 'account-1' : seed.account,
      seed.conversation ?? null,
      seed.contact ?? null,
      seed.requester?.name ?? null,
      seed.requester?.address ?? null,
      seed.subject ?? null,
      seed.status ?? 'new',
      seed.category ?? 'open',
      seed.priority ?? 'low',
      seed.type ?? null,
      seed.topic ?? null,
      seed.tags ?? [],
      seed.language ?? null,
      seed.assignee ?? null,
      seed.team ?? null,
      at,
    ],
  )
  return id
}

export interface MessageSeed {
  readonly n: number
  readonly ticket: string
  readonly workspace?: string
  readonly text: string
  readonly sentAt?: string
  readonly raw?: { readonly id: string; readonly at: string; readonly key: string } | null
}
export async function seedMessage(bench: Bench, seed: MessageSeed): Promise<string> {
  const party = { id: '905', name: 'Ayşe', address: '+905', keys: ['phone:905'] }
  await bench.sql(
    `insert into message (workspace, id, ticket, channel, account, direction, kind, sender, recipients, cc, text, parts, sent_at, received_at,
       raw, correlation) values ($1,$2,$3,'testchannel','account-1','in','user',$4,'[]','[]',$5,'[]',$6,$6,$7,'c-1')`,
    [
      seed.workspace ?? 'main',
      messageId(seed.n),
      seed.ticket,
      JSON.stringify(party),
      seed.text,
      seed.sentAt ?? '2026-11-01T00:00:00Z',
      seed.raw === undefined || seed.raw === null ? null : JSON.stringify(seed.raw),
    ],
  )
  return messageId(seed.n)
}

export async function seedConversation(bench: Bench, n: number, customerAt: string): Promise<string> {
  await bench.sql(
    `insert into conversation (workspace, id, channel, account, kind, lane, contact, party, vendor, customer_at)
     values ('main', $1, 'testchannel', 'account-1', 'dm', 'l', $2, $3, '{}', $4)`,
    [conversationId(n), contactId(n), JSON.stringify({ id: '905', name: null, address: '+905', keys: [] }), customerAt],
  )
  return conversationId(n)
}
