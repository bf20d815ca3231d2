// How a row of a table becomes the row a decision knows: SQL that builds it as JSON, one piece a kind, shared by every query.

/** `t` is the alias the query gave the table. */
export const ticketOf = (
  t: string,
): string => `json_build_object('id', ${t}.id, 'number', ${t}.number, 'brand', ${t}.brand, 'channel', ${t}.channel,
  'account', ${t}.account, 'conversation', ${t}.conversation, 'contact', ${t}.contact, 'requesterName', ${t}.requester_name,
  'requesterAddress', ${t}.requester_address, 'subject', ${t}.subject, 'status', ${t}.status, 'customStatus', ${t}.custom_status, 'category', ${t}.category, 'priority', ${t}.priority,
  'type', ${t}.type, 'topic', ${t}.topic, 'tags', ${t}.tags, 'folders', ${t}.folders, 'language', ${t}.language, 'assignee', ${t}.assignee,
  'assignedAt', instant(${t}.assigned_at), 'group', ${t}.team,
  'origin', ${t}.origin, 'parent', ${t}.parent, 'createdAt', instant(${t}.created_at), 'updatedAt', instant(${t}.updated_at),
  'resolvedAt', instant(${t}.resolved_at), 'snoozedUntil', instant(${t}.snoozed_until), 'version', ${t}.version)`

export const conversationOf = (
  v: string,
): string => `json_build_object('id', ${v}.id, 'channel', ${v}.channel, 'account', ${v}.account,
  'kind', ${v}.kind, 'lane', ${v}.lane, 'contact', ${v}.contact, 'party', ${v}.party, 'vendor', ${v}.vendor,
  'customerAt', instant(${v}.customer_at), 'ticket', ${v}.ticket)`

export const contactOf = (
  c: string,
): string => `json_build_object('id', ${c}.id, 'name', ${c}.name, 'address', ${c}.address, 'createdAt', instant(${c}.created_at),
  'keys', ${c}.keys, 'language', ${c}.language, 'stops', ${c}.stops, 'isBlocked', ${c}.is_blocked)`

export const attachmentOf = (
  a: string,
): string => `json_build_object('id', ${a}.id, 'name', ${a}.name, 'type', ${a}.type, 'size', ${a}.size,
  'sha256', ${a}.sha256, 'state', ${a}.state, 'source', case when ${a}.blob is not null then json_build_object('blob', ${a}.blob)
    when ${a}.live is not null then json_build_object('live', ${a}.live) else json_build_object('atVendor', coalesce(${a}.at_vendor, '')) end)`

export const messageOf = (
  m: string,
): string => `json_build_object('id', ${m}.id, 'ticket', ${m}.ticket, 'conversation', ${m}.conversation,
  'channel', ${m}.channel, 'account', ${m}.account, 'direction', ${m}.direction, 'kind', ${m}.kind, 'from', ${m}.sender, 'to', ${m}.recipients,
  'cc', ${m}.cc, 'subject', ${m}.subject, 'text', ${m}.text, 'fullText', ${m}.full_text, 'html', ${m}.html, 'parts', ${m}.parts,
  'attachments', (select coalesce(json_agg(${attachmentOf('a')} order by a.n), '[]') from attachment a
    where a.workspace = ${m}.workspace and a.message = ${m}.id),
  'externalId', ${m}.external_id, 'repliesTo', ${m}.replies_to, 'automatic', ${m}.automatic, 'sentAt', instant(${m}.sent_at),
  'receivedAt', instant(${m}.received_at), 'state', ${m}.state, 'raw', ${m}.raw, 'correlation', ${m}.correlation)`

export const replyOf = (
  r: string,
): string => `json_build_object('id', ${r}.id, 'message', ${r}.message, 'ticket', ${r}.ticket,
  'conversation', ${r}.conversation, 'channel', ${r}.channel, 'account', ${r}.account, 'kind', ${r}.outbound ->> 'kind', 'state', ${r}.state, 'author', ${r}.author,
  'attempt', ${r}.attempt, 'externalId', ${r}.external_id, 'code', ${r}.code, 'why', ${r}.why, 'text', ${r}.outbound ->> 'text',
  'to', array[${r}.outbound -> 'to' ->> 'id'] || array(select p ->> 'id' from json_array_elements(${r}.outbound -> 'also') p)
    || array(select p ->> 'id' from json_array_elements(${r}.outbound -> 'cc') p),
  'correlation', ${r}.correlation)`

export const accountOf = (
  a: string,
): string => `json_build_object('channel', ${a}.channel, 'id', ${a}.id, 'endpoint', ${a}.endpoint,
  'brand', ${a}.brand, 'settings', ${a}.settings, 'secrets', ${a}.secrets, 'state', ${a}.state, 'since', instant(${a}.since), 'why', ${a}.why,
  'facts', ${a}.facts, 'tokenHash', ${a}.token_hash, 'assignment', ${a}.assignment,
  'autoAfterMinutes', ${a}.auto_after_minutes, 'lifecycle', ${a}.lifecycle, 'version', ${a}.version)`

export const templateOf = (
  t: string,
): string => `json_build_object('channel', ${t}.channel, 'account', ${t}.account, 'template', ${t}.template,
  'name', ${t}.name, 'language', ${t}.language, 'state', ${t}.state, 'quality', ${t}.quality, 'category', ${t}.category, 'why', ${t}.why,
  'at', instant(${t}.at))`
