// What each verb does to the record in memory.
import { statusCategories } from '../../schemas/ticket.ts'
import type { Attachment } from '../../schemas/message.ts'
import type { DeskRows } from '../../core/ports/desk-rows.ts'
import type { Change, Verb } from '../../core/ports/worker.ts'
import { keyOf, type World } from './world.ts'

type Interprets = { readonly [K in Verb]: (world: World, change: Change<K>) => void }

function must<T>(map: Map<string, T>, key: string): T {
  const row = map.get(key)
  if (row === undefined) throw new Error(`nothing at ${key}`)
  return row
}
const defined = (set: object): object =>
  Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined))

export const verbs: Interprets = {
  'make-contact': (world, { contact, name, address, keys }) => {
    for (const row of world.contacts.values())
      if (keys.some((key) => row.keys.includes(key))) throw new Error(`two contacts with one key of ${keys.join()}`)
    world.contacts.set(contact, {
      id: contact,
      name,
      address,
      keys,
      language: null,
      stops: [],
      isBlocked: false,
      createdAt: `${world.contacts.size}`.padStart(9, '0') as never,
    })
  },
  'set-contact': (world, { contact, addKeys, do: _do, ...set }) => {
    const row = must(world.contacts, contact)
    world.contacts.set(contact, { ...row, ...defined(set), keys: [...row.keys, ...(addKeys ?? [])] })
    for (const ticket of world.tickets.values())
      if (ticket.contact === contact && ticket.requesterName === null && typeof set.name === 'string')
        world.tickets.set(ticket.id, { ...ticket, requesterName: set.name })
  },
  'merge-contacts': (world, { stays, gone }) => {
    const [into, from] = [must(world.contacts, stays), must(world.contacts, gone)]
    world.contacts.set(stays, { ...into, keys: [...into.keys, ...from.keys], stops: [...into.stops, ...from.stops] })
    world.contacts.delete(gone)
    world.gone.set(gone, stays)
    for (const row of world.conversations.values())
      if (row.contact === gone) world.conversations.set(row.id, { ...row, contact: stays })
    for (const row of world.tickets.values())
      if (row.contact === gone) world.tickets.set(row.id, { ...row, contact: stays })
  },
  'make-conversation': (world, { conversation, threadKeys }) => {
    const { id, channel, account } = conversation
    world.conversations.set(id, { ...conversation, ticket: null })
    for (const key of threadKeys) addKey(world, keyOf(channel, account, key), id)
  },
  'set-conversation': (world, { conversation, addKeys, moveKeys, customerAt, do: _do, ...set }) => {
    const row = must(world.conversations, conversation)
    const newer =
      customerAt !== undefined && (row.customerAt === null || customerAt > row.customerAt) ? customerAt : row.customerAt
    world.conversations.set(conversation, { ...row, ...defined(set), customerAt: newer })
    for (const key of addKeys ?? []) addKey(world, keyOf(row.channel, row.account, key), conversation)
    for (const key of moveKeys ?? []) world.threadKeys.set(keyOf(row.channel, row.account, key), conversation)
  },
  'open-ticket': (world, { ticket }) => {
    for (const row of world.tickets.values())
      if (ticket.conversation !== null && row.conversation === ticket.conversation && /open|waiting/.test(row.category))
        throw new Error(`a second open ticket of ${ticket.conversation}`)
    world.tickets.set(ticket.id, ticket)
  },
  'set-ticket': (world, { ticket, set, at, ifVersion }) => {
    const row = must(world.tickets, ticket)
    if (ifVersion !== undefined && ifVersion !== row.version) throw new Error('a stale version')
    const named = set.status === undefined ? {} : { customStatus: null }
    const next = { ...row, ...named, ...defined(set), updatedAt: at, version: row.version + 1 }
    world.tickets.set(ticket, { ...next, category: statusCategories[next.status] })
  },
  'add-message': (world, { message }) => {
    if (world.messages.has(message.id)) throw new Error(`message ${message.id} twice`)
    world.messages.set(message.id, { ...message, textRevision: '', deleted: false, reactions: [], replacedBy: null })
    if (message.externalId === null) return
    const ref = keyOf(message.channel, message.account, message.externalId)
    world.refs.set(ref, { message: message.id, waiting: world.refs.get(ref)?.waiting ?? [] })
  },
  'change-message': (world, { message, edit, deletedRevision, react, addFiles, replacedBy }) => {
    const row = must(world.messages, message)
    const others = row.reactions.filter((it) => it.by !== react?.by)
    world.messages.set(message, {
      ...row,
      ...(addFiles ? { attachments: joined(row.attachments, addFiles) } : {}),
      ...(edit ? { textRevision: edit.revision, text: edit.text, parts: edit.parts } : {}),
      ...(deletedRevision === undefined ? {} : { deleted: true, text: '', parts: [] }),
      reactions: react ? [...others, react] : row.reactions,
      ...(replacedBy === undefined ? {} : { replacedBy }),
    })
  },
  'await-target': (world, { channel, account, externalId, fact }) => {
    const ref = keyOf(channel, account, externalId)
    const known = world.refs.get(ref) ?? { message: null, waiting: [] }
    world.refs.set(ref, { ...known, waiting: [...known.waiting, fact] })
  },
  'forget-waiting': (world, { channel, account, externalId }) => {
    const ref = keyOf(channel, account, externalId)
    world.refs.set(ref, { ...must(world.refs, ref), waiting: [] })
  },
  'queue-reply': (world, { do: _do, at: _at, ...it }) => {
    if (it.outbound.notice !== true) must(world.messages, it.message)
    const rest = { state: 'queued', attempt: 0, externalId: null, code: null, why: null } as const
    const { outbound } = it
    const to = [outbound.to, ...(outbound.also ?? []), ...(outbound.cc ?? [])].map((party) => party.id)
    world.replies.set(it.reply, {
      ...it,
      ...rest,
      to,
      id: it.reply,
      author: outbound.author,
      kind: outbound.kind,
      text: outbound.text,
    })
  },
  'set-reply': (world, { reply, do: _do, at: _at, ...set }) => {
    const row = must(world.replies, reply)
    world.replies.set(reply, { ...row, ...defined(set) })
    const message = must(world.messages, row.message)
    world.messages.set(row.message, { ...message, state: set.state, externalId: set.externalId ?? message.externalId })
    if (set.externalId === undefined) return
    const ref = keyOf(row.channel, row.account, set.externalId)
    world.refs.set(ref, { message: row.message, waiting: world.refs.get(ref)?.waiting ?? [] })
  },
  'tell-seen': (world, { externalId }) => void world.seen.push(externalId),
  'wake-me': (world, change) => void world.wakes.set(keyOf(change.kind, change.subject), change),
  'forget-wake': (world, { kind, subject }) => void world.wakes.delete(keyOf(kind, subject)),
  'set-template': (world, { template: it }) =>
    void world.templates.set(keyOf(it.channel, it.account, it.template, it.language), it),
  'set-health': (world, { channel, account, state, why, facts, at }) => {
    const row = must(world.accounts, keyOf(channel, account))
    const next = state === null || state === row.state ? {} : { state, why, since: at }
    world.accounts.set(keyOf(channel, account), { ...row, ...next, facts: { ...row.facts, ...facts } })
  },
  'set-aside': (world, { event }) => void world.aside.push(event),
  publish: (world, { event }) => void world.feed.set(event.id, event),
  'keep-upload': (world, it) =>
    void world.uploads.set(it.attachment, {
      id: it.attachment,
      attachment: {
        id: it.attachment,
        name: it.name,
        type: it.type,
        size: it.size,
        sha256: it.sha256,
        state: 'stored',
        source: { blob: it.blob as `sha256:${string}` },
      },
    }),
  'put-workspace': (world, { workspace }) => {
    world.workspace = workspace
  },
  'put-brand': (world, { brand }) => void world.brands.set(brand.id, brand),
  'queue-ticket': (world, { waiting }) => {
    const before = world.waiting.get(waiting.ticket)
    const since = before !== undefined && before.since < waiting.since ? before.since : waiting.since
    const isSame = before?.group === waiting.group && before.agent === waiting.agent
    const because = waiting.because ?? (isSame ? before.because : null)
    world.waiting.set(waiting.ticket, { ...waiting, since, because })
  },
  'unqueue-ticket': (world, { ticket }) => void world.waiting.delete(ticket),
  'note-hour': (world, { ticket, rule, clock }) => void world.hours.set(keyOf(ticket, rule), clock),
  'note-assignment': (world, { do: _do, ...it }) => void world.given.push(it),
  'put-clock': (world, { clock }) => {
    const key = keyOf(clock.ticket, clock.metric)
    if ((world.clocks.get(key)?.version ?? 0) !== clock.version - 1) throw new Error(`store.conflict: the clock ${key}`)
    world.clocks.set(key, clock)
  },
  'put-sla-policy': (world, { policy }) => put(world, 'slaPolicies', policy, ({ id }) => id === policy.id),
  'drop-sla-policy': (world, { policy }) => put(world, 'slaPolicies', null, ({ id }) => id === policy),
  'set-presence': (world, { agent, presence, at }) => void world.presences.set(agent, { agent, presence, since: at }),
  'put-agent': (world, { agent }) => put(world, 'agents', agent, ({ id }) => id === agent.id),
  'drop-agent': (world, { agent }) => {
    put(world, 'agents', null, ({ id }) => id === agent)
    for (const [id, row] of world.waiting)
      if (row.agent === agent) world.waiting.set(id, { ...row, agent: null, because: null })
  },
  'put-group': (world, { group, agents }) => {
    put(world, 'groups', group, ({ id }) => id === group.id)
    if (agents === undefined) return
    const moved = world.desk.agents.map((it) => {
      const others = it.groups.filter((name) => name !== group.id)
      return { ...it, groups: agents.includes(it.id) ? [...others, group.id].toSorted() : others }
    })
    world.desk = { ...world.desk, agents: moved }
  },
  'drop-group': (world, { group }) => {
    put(world, 'groups', null, ({ id }) => id === group)
    world.desk = {
      ...world.desk,
      agents: world.desk.agents.map((it) => ({ ...it, groups: it.groups.filter((name) => name !== group) })),
    }
    for (const [id, row] of world.waiting)
      if (row.group === group) world.waiting.set(id, { ...row, group: null, isGroupByLanguage: false, because: null })
  },
  'put-folder': (world, { folder }) => put(world, 'folders', folder, ({ id }) => id === folder.id),
  'drop-folder': (world, { folder }) => {
    put(world, 'folders', null, ({ id }) => id === folder)
    for (const [id, row] of world.tickets)
      if (row.folders.includes(folder))
        world.tickets.set(id, {
          ...row,
          folders: row.folders.filter((it) => it !== folder),
          version: row.version + 1,
        })
  },
  'put-status': (world, { status }) => {
    const others = world.desk.statuses.filter(({ key }) => key !== status.key)
    world.desk = { ...world.desk, statuses: [...others, status] }
  },
  'drop-status': (world, { status }) => {
    world.desk = { ...world.desk, statuses: world.desk.statuses.filter(({ key }) => key !== status) }
  },
  'put-entry': (world, { entry }) =>
    put(world, 'catalogue', entry, ({ what, key }) => what === entry.what && key === entry.key),
  'drop-entry': (world, { what, key }) => put(world, 'catalogue', null, (it) => it.what === what && it.key === key),
  'put-rule': (world, { rule }) => put(world, 'rules', rule, ({ id }) => id === rule.id),
  'drop-rule': (world, { rule }) => put(world, 'rules', null, ({ id }) => id === rule),
  'put-calendar': (world, { calendar }) => put(world, 'calendars', calendar, ({ id }) => id === calendar.id),
  'drop-calendar': (world, { calendar }) => put(world, 'calendars', null, ({ id }) => id === calendar),
  'put-auto-reply': (world, { autoReply }) => put(world, 'autoReplies', autoReply, ({ id }) => id === autoReply.id),
  'drop-auto-reply': (world, { autoReply }) => put(world, 'autoReplies', null, ({ id }) => id === autoReply),
  'put-notification': (world, { notification }) =>
    put(world, 'notifications', notification, ({ id }) => id === notification.id),
  'drop-notification': (world, { notification }) => put(world, 'notifications', null, ({ id }) => id === notification),
  'note-auto-reply': (world, { note }) => {
    const at = world.notes.findIndex(({ cause }) => cause === note.cause)
    if (at === -1) world.notes.push(note)
    else if (world.notes[at]!.code !== null) world.notes[at] = note
  },
  'note-notice': (world, { note }) => void world.notices.push(note),
  'drop-workspace': (world) => world.brands.clear(),
  'drop-brand': (world, { brand }) => void world.brands.delete(brand),
  'put-account': (world, { account }) => void world.accounts.set(keyOf(account.channel, account.id), account),
  'drop-account': (world, { channel, account }) => void world.accounts.delete(keyOf(channel, account)),
  'put-key': (world, { key, do: _do, hash: _hash, at, ...it }) =>
    void world.keys.set(key, { ...it, id: key, createdAt: at, revokedAt: null, lastUsedAt: null }),
  'revoke-key': (world, { key, at }) => void world.keys.set(key, { ...must(world.keys, key), revokedAt: at }),
  'put-password': (world, { do: _do, ...it }) => void world.passwords.set(it.agent, it),
  'put-invitation': (world, { do: _do, ...it }) => {
    dropInvitation(world, it.agent)
    world.invitations.set(it.hash, it)
  },
  'drop-invitation': (world, { agent }) => dropInvitation(world, agent),
  'end-sessions': (world, { agent, hash }) => {
    for (const [name, it] of world.sessions)
      if (it.agent === agent && (hash === undefined || name === hash)) world.sessions.delete(name)
  },
  'put-session': (world, { do: _do, ...it }) => void world.sessions.set(it.hash, it),
  audit: (world, { do: _do, ...it }) => void world.audit.push(it),
}

function dropInvitation(world: World, agent: string | null): void {
  for (const [name, it] of world.invitations) if (it.agent === agent) world.invitations.delete(name)
}

type DeskList =
  | 'slaPolicies'
  | 'autoReplies'
  | 'calendars'
  | 'notifications'
  | 'agents'
  | 'groups'
  | 'folders'
  | 'catalogue'
  | 'rules'
/** In the place of the one it is, or at the end; null: taken away. Its version rises, as in the store. */
function put<L extends DeskList>(
  world: World,
  list: L,
  row: DeskRows[L][number] | null,
  isIt: (row: DeskRows[L][number]) => boolean,
): void {
  const others = (world.desk[list] as readonly DeskRows[L][number][]).filter((it) => !isIt(it))
  const rows = row === null ? others : [...others, row]
  world.desk = { ...world.desk, [list]: rows, version: world.desk.version + 1 }
}

function addKey(world: World, key: string, conversation: string): void {
  if (world.threadKeys.has(key)) throw new Error(`store.conflict: ${key} leads elsewhere already`)
  world.threadKeys.set(key, conversation)
}

/** Files by their ids, each once, in one order whatever came first. */
const joined = (there: readonly Attachment[], more: readonly Attachment[]): readonly Attachment[] =>
  [...new Map([...more, ...there].map((file) => [file.id, file])).values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
