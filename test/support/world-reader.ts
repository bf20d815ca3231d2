// Answers what facts ask, from the record in memory.
import type { ChannelName, ConversationId, TicketId } from '../../schemas/ids.ts'
import { isProven } from '../../core/rules/reply-state.ts'
import type { Reader, ThreadFacts, ThreadQuestion } from '../../core/ports/reader.ts'
import { deskReaderOf } from './world-desk.ts'
import { slaReaderOf } from './world-sla.ts'
import { keyOf, type World } from './world.ts'

const some = <K extends string, V>(map: Map<string, V>, ids: readonly K[]): Promise<ReadonlyMap<K, V>> =>
  Promise.resolve(new Map(ids.flatMap((id) => (map.has(id) ? [[id, map.get(id)!] as const] : []))))

export const readerOf = (world: World): Reader => ({
  ...deskReaderOf(world),
  ...slaReaderOf(world),
  threads: { of: (questions) => Promise.resolve(questions.map((it) => threadOf(world, it))) },
  tickets: { byId: (ids) => some(world.tickets, ids), nextNumber: () => Promise.resolve(world.number++) },
  conversations: { byId: (ids) => some(world.conversations, ids) },
  contacts: { byId: (ids) => some(world.contacts, ids) },
  messages: {
    byId: (ids) => some(world.messages, ids),
    lastOf: (ticket, limit) =>
      Promise.resolve(
        [...world.messages.values()]
          .filter((it) => it.ticket === ticket && it.kind !== 'note')
          .sort((a, b) => (a.sentAt < b.sentAt ? 1 : -1))
          .slice(0, limit),
      ),
    saidIn: (conversation) =>
      Promise.resolve(
        [...world.messages.values()]
          .filter(
            (it) =>
              it.conversation === conversation &&
              !it.deleted &&
              (it.direction === 'in' || it.state === null || isProven(it.state)),
          )
          .map(({ id, ticket, direction, externalId, receivedAt, replacedBy }) => ({
            id,
            ticket,
            direction: direction === 'in' ? 'in' : 'out',
            externalId,
            at: receivedAt,
            replacedBy,
          })),
      ),
  },
  replies: {
    byId: (ids) => some(world.replies, ids),
    byExternalId: (asked) =>
      Promise.resolve(
        asked.map((it) => [...world.replies.values()].findLast((row) => row.externalId === it.externalId) ?? null),
      ),
    upTo: (conversation, at) =>
      Promise.resolve(
        [...world.replies.values()].filter(
          (it) =>
            it.conversation === conversation && world.messages.get(it.message)!.sentAt <= at && it.state !== 'read',
        ),
      ),
    underWay: (conversation) =>
      Promise.resolve(
        [...world.replies.values()].filter(
          (it) => it.conversation === conversation && ['sending', 'unsure'].includes(it.state),
        ),
      ),
    mayProve({ kind, conversation }) {
      const all = [...world.replies.values()].filter((it) => ['sending', 'unsure'].includes(it.state))
      const apart = all.filter(
        ({ outbound: { kind: its, parts } }) =>
          its !== kind && parts.length > 0 && world.kinds[its]?.once !== undefined,
      )
      return Promise.resolve([...all.filter((it) => it.conversation === conversation), ...apart])
    },
    last: (conversation) =>
      Promise.resolve(
        [...world.replies.values()]
          .filter((it) => it.conversation === conversation && !['failed', 'cancelled'].includes(it.state))
          .at(-1) ?? null,
      ),
  },
  uploads: { byId: (ids) => some(world.uploads, ids) },
  accounts: {
    one: (channel, id) => Promise.resolve(world.accounts.get(keyOf(channel, id)) ?? null),
    ofEndpoint: (channel, endpoint) =>
      Promise.resolve(
        [...world.accounts.values()].filter((it) => it.channel === channel && (it.endpoint ?? it.id) === endpoint),
      ),
    routesAmong: (channel, names) => {
      const ours = [...world.accounts.values()].filter((it) => it.channel === channel)
      const routes = ours.flatMap(({ settings }) => (settings as { routes?: readonly string[] }).routes ?? [])
      return Promise.resolve(new Set(names.filter((it) => routes.includes(it))))
    },
  },
  brands: { one: (id) => Promise.resolve(world.brands.get(id) ?? null) },
  keys: { one: (id) => Promise.resolve(world.keys.get(id) ?? null) },
  signingIn: {
    passwordSetAt: (agent) => Promise.resolve(world.passwords.get(agent)?.at ?? null),
    invitation: (hash) => Promise.resolve(world.invitations.get(hash) ?? null),
    sessionsOf: (agent) => Promise.resolve([...world.sessions.values()].filter((it) => it.agent === agent)),
    hasAdministrator: (besides) =>
      Promise.resolve(
        world.desk.agents.some(
          (it) => it.role === 'administrator' && it.isActive && world.passwords.has(it.id) && it.id !== besides,
        ),
      ),
  },
  templates: {
    one: (channel, account, name, language) =>
      Promise.resolve(
        [...world.templates.values()].find(
          (it) => it.channel === channel && it.account === account && it.name === name && it.language === language,
        ) ?? null,
      ),
    byIds: (asked) =>
      Promise.resolve(
        asked.map((it) => world.templates.get(keyOf(it.channel, it.account, it.template, it.language)) ?? null),
      ),
  },
  workspace: () => Promise.resolve(world.workspace),
  closing: (after, limit) =>
    Promise.resolve(
      [...world.wakes.values()]
        .filter((it) => it.kind === 'close_ticket' && it.subject > (after ?? ''))
        .toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
        .slice(0, limit)
        .map(({ subject, dueAt }) => ({ ticket: subject as TicketId, dueAt })),
    ),
  ticketsWithStatus: (key) =>
    Promise.resolve([...world.tickets.values()].filter((it) => it.customStatus === key).length),
  workspaceHolds: () =>
    Promise.resolve({ accounts: world.accounts.size, tickets: world.tickets.size, wasDropped: false }),
  kinds: () => Object.keys(world.kinds),
  capabilities: (_channel, kind) => world.kinds[kind] ?? null,
  address: (_account, typed) => {
    const digits = typed.replace(/\D/g, '')
    if (digits.length < 8) return { refuse: 'a number with its country code is needed' }
    const keys = [`phone:${digits}`]
    return {
      kind: 'dm',
      to: { id: digits, name: null, address: `+${digits}`, keys },
      lane: `pigeon:${digits}`,
      threadKeys: keys,
    }
  },
  keysOfReply: () => [],
  routesOf: (_channel, settings) => [(settings as { readonly number: string }).number],
  whyNotAnAccount: (_channel, settings, secretNames) => {
    if (typeof (settings as { number?: unknown }).number !== 'string')
      return { field: 'settings/number', why: 'is needed' }
    const odd = secretNames.find((it) => it !== 'token')
    return odd === undefined ? null : { field: `secrets/${odd}`, why: 'this channel has no such secret' }
  },
})

function threadOf(world: World, asked: ThreadQuestion): ThreadFacts {
  const known = (all: readonly string[] = []) =>
    all.flatMap((key) => {
      const conversation = world.threadKeys.get(keyOf(asked.channel, asked.account, key))
      return conversation === undefined ? [] : [{ key, conversation: conversation as ConversationId }]
    })
  const keys = known(asked.threadKeys)
  const [colleague] = keys.length > 0 ? [] : known(asked.colleagueKeys)
  const [guest] = keys.length > 0 || colleague !== undefined ? [] : known(asked.guestKeys)
  const home = keys[0] ?? colleague ?? guest ?? known(asked.weakKeys)[0]
  const conversation = world.conversations.get(home?.conversation ?? '') ?? null
  const ticket = world.tickets.get(conversation?.ticket ?? '') ?? null
  const contacts = asked.contactKeys.flatMap((key) =>
    [...world.contacts.values()].filter((it) => it.keys.includes(key)),
  )
  return {
    keys,
    conversation,
    isGuest: guest !== undefined,
    isColleague: colleague !== undefined,
    ticket,
    contacts: [...new Set(contacts)],
    target: targetOf(world, asked),
    brand: 'shop',
    number: world.number++,
  }
}

function targetOf(world: World, asked: ThreadQuestion): ThreadFacts['target'] {
  if (asked.target === null) return null
  const ref = world.refs.get(keyOf(asked.channel as ChannelName, asked.account, asked.target))
  if (ref === undefined) return null
  const row = ref.message === null ? undefined : world.messages.get(ref.message)
  return {
    externalId: asked.target,
    message: ref.message,
    ticket: row?.ticket ?? null,
    conversation: row?.conversation ?? null,
    textRevision: row?.textRevision ?? '',
    deleted: row?.deleted ?? false,
    reactions: row?.reactions ?? [],
    waiting: ref.waiting,
  }
}
