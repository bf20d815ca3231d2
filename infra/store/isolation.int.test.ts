// Workspaces are apart, and nobody has more rights than the work needs: walked over every table of the catalog.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PoolClient } from 'pg'
import { idFrom, type ChannelName, type TicketId } from '../../schemas/ids.ts'
import type { Change } from '../../core/ports/worker.ts'
import { alwaysOpen } from '../../core/rules/working-time.ts'
import type { Role } from '../drivers/database.ts'
import { accountRow, received, start } from '../../test/support/given.ts'
import { saidByItself } from '../../test/support/desk-given.ts'
import { applyIn, messageRow, openThread, queueReply } from '../../test/support/record.ts'
import { clockRow, policyRow } from '../../test/support/sla-world.ts'
import { main, openStoreRig, other, type StoreRig } from '../../test/support/store-rig.ts'

/** Tables of the installation, not of a workspace; everything else must have the column and a policy. */
const ofNobody = [
  'event_attempt',
  'installation',
  'inbox_0',
  'inbox_1',
  'inbox_state',
  'lease',
  'log_cursor',
  'log_day',
  'log_event',
  'log_home',
  'log_member',
  'log_partition',
  'log_raw',
  'log_setting',
  'migration',
  'worker_name',
]
/** What the loops may know, although it lies beside what people wrote. */
const columnsForLoops: Readonly<Record<string, readonly string[]>> = {
  agent: ['id', 'is_active', 'workspace'],
  answer: ['at', 'key', 'workspace'],
  assignment: ['at'],
  auto_reply_note: ['at', 'code', 'kind'],
  conversation: ['customer_at', 'id', 'workspace'],
  external_ref: ['account', 'channel', 'created_at', 'external_id', 'message', 'workspace'],
  feed: ['at', 'sequence', 'workspace'],
  notice_note: ['at'],
  presence: ['agent', 'presence', 'workspace'],
  waiting: ['channel', 'since', 'workspace'],
  workspace: ['workspace'],
}
const closedToLoops = [
  'agent_team',
  'audit',
  'auto_reply',
  'brand',
  'calendar',
  'catalogue',
  'contact',
  'contact_key',
  'desk_version',
  'feed_head',
  'folder',
  'held',
  'held_change',
  'invitation',
  'message',
  'notification',
  'parked',
  'password',
  'rule',
  'rule_hour',
  'session',
  'sla_clock',
  'sla_policy',
  'team',
  'template',
  'thread_key',
  'ticket',
  'ticket_event',
]

interface Column {
  readonly name: string
  readonly identity: boolean
}

describe('who may see what', () => {
  let rig: StoreRig
  let tables: readonly string[]
  beforeAll(async () => {
    rig = await openStoreRig()
    const found = await rig.sql<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'inlet' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    )
    tables = found.map(({ name }) => name)
    await fill(rig)
  })
  afterAll(() => rig.close())

  const columnsOf = (table: string) =>
    rig.sql<Column>(
      `select attname as name, attidentity <> '' as identity from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
      [`inlet.${table}`],
    )
  const ofWorkspaces = () => tables.filter((table) => !ofNobody.includes(table))

  /** As a role, inside a workspace, rolled back. */
  async function asRole<T>(role: Role, workspace: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await rig.database.pool(role).connect()
    try {
      await client.query('begin')
      await client.query(`select set_config('inlet.workspace', $1, true)`, [workspace])
      return await work(client)
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  /** What became of a statement: how many rows, or the refusal's code. */
  const outcome = (role: Role, workspace: string, text: string) =>
    asRole(role, workspace, (client) =>
      client.query(text).then(
        (result) => result.rowCount ?? 0,
        (error: { code?: string }) => error.code ?? 'no code',
      ),
    )

  it('S27 every table with a workspace has row security and a policy; a new one without fails here', async () => {
    const rows = await rig.sql<{ name: string; secure: boolean; policies: number; column: boolean }>(
      `select c.relname as name, c.relrowsecurity as secure, (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
         exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace' and not a.attisdropped) as column
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'inlet' and c.relname = any ($1)`,
      [ofWorkspaces()],
    )
    const bare = rows.filter((row) => !row.column || !row.secure || row.policies === 0).map((row) => row.name)
    expect(bare).toEqual([])
    expect(rows.length).toBeGreaterThan(25)
  })

  it('S27 the test’s own rows are there: every table a desk may read holds one of workspace main', async () => {
    const empty = []
    for (const table of ofWorkspaces()) {
      if ((await outcome('desk', 'main', `select 1 from ${table}`)) === 0) empty.push(table)
    }
    expect(empty).toEqual([])
  })

  it('S27 with another workspace’s ids role desk reads nothing, changes nothing and writes nothing', async () => {
    const leaks: string[] = []
    for (const table of ofWorkspaces()) {
      const columns = (await columnsOf(table)).filter((it) => !it.identity).map((it) => `"${it.name}"`)
      const copy = `insert into ${table} (${columns.join()}) select ${columns.join()} from jsonb_populate_record(null::${table}, $json$${await sample(table)}$json$)`
      const tried = {
        read: await outcome('desk', 'other', `select 1 from ${table} where workspace = 'main'`),
        change: await outcome('desk', 'other', `update ${table} set workspace = 'other' where workspace = 'main'`),
        take: await outcome('desk', 'other', `delete from ${table} where workspace = 'main'`),
        write: await outcome('desk', 'other', copy),
      }
      for (const [what, result] of Object.entries(tried))
        if (result !== 0 && result !== '42501') leaks.push(`${what} ${table}: ${result}`)
    }
    expect(leaks).toEqual([])
  })

  it('S27 without a workspace role desk sees nothing at all', async () => {
    const seen: string[] = []
    for (const table of ofWorkspaces())
      if (![0, '42501'].includes(await outcome('desk', '', `select 1 from ${table}`))) seen.push(table)
    expect(seen).toEqual([])
  })

  it('S27 the loops read no ticket, no contact and nothing that people wrote', async () => {
    for (const table of closedToLoops)
      expect([table, await outcome('loops', '', `select 1 from ${table}`)]).toEqual([table, '42501'])
    for (const [table, open] of Object.entries(columnsForLoops)) {
      const may: string[] = []
      for (const { name } of await columnsOf(table))
        if ((await outcome('loops', '', `select "${name}" from ${table}`)) !== '42501') may.push(name)
      expect([table, may.toSorted()]).toEqual([table, open])
    }
  })

  it('S27 nobody but migrations owns anything: neither role is an owner, may log in or passes row security', async () => {
    const roles = await rig.sql(
      `select rolname, rolsuper, rolbypassrls, rolcanlogin, (select count(*)::int from pg_class c where c.relowner = r.oid) as owned
       from pg_roles r where rolname in ('inlet_desk', 'inlet_loops', 'inlet_agent') order by 1`,
    )
    const weak = { rolsuper: false, rolbypassrls: false, rolcanlogin: false, owned: 0 }
    expect(roles).toEqual([
      { rolname: 'inlet_agent', ...weak },
      { rolname: 'inlet_desk', ...weak },
      { rolname: 'inlet_loops', ...weak },
    ])
  })

  it('D54 the role of who sees a part writes nothing, and sees no ticket and nothing of one where nobody said which', async () => {
    const asPart = (table: string, text: string, says = '') =>
      outcome('desk', 'main', `set local role inlet_agent; ${says} ${text.replace('TABLE', table)}`)
    const ofTickets = [
      'ticket',
      'message',
      'reply',
      'ticket_event',
      'contact',
      'contact_key',
      'conversation',
      'feed',
      'parked',
    ]
    for (const table of ofTickets) {
      const seen = (says: string) =>
        asRole('desk', 'main', async (client) => {
          await client.query(`set local role inlet_agent; ${says}`)
          return (await client.query(`select 1 from ${table}`)).rowCount ?? 0
        })
      const all = `select set_config('inlet.brands', '*', true), set_config('inlet.channels', '*', true)`
      const shows = ['ticket', 'message', 'contact'].includes(table)
      expect([table, await seen(''), !shows || (await seen(all)) > 0]).toEqual([table, 0, true])
    }
    for (const table of ofWorkspaces())
      for (const text of [
        'delete from TABLE',
        'update TABLE set workspace = workspace',
        'insert into TABLE default values',
      ])
        expect([table, text, await asPart(table, text)]).toEqual([table, text, '42501'])
    for (const table of ['session', 'invitation', 'answer', 'outbox', 'account_route'])
      expect([table, await asPart(table, 'select 1 from TABLE')]).toEqual([table, '42501'])
    for (const column of ['api_key.hash', 'password.hash'].map((it) => it.split('.')))
      expect([column, await asPart(column[0] ?? '', `select ${column[1]} from TABLE`)]).toEqual([column, '42501'])
  })

  it('S28 the audit can only grow', async () => {
    for (const text of [`update audit set what = 'x'`, 'delete from audit'])
      expect(await outcome('desk', 'main', text)).toBe('42501')
  })

  async function sample(table: string): Promise<string> {
    const [row] = await rig.sql<{ row: string }>(
      `select to_jsonb(t)::text as row from inlet.${table} t where workspace = 'main' limit 1`,
    )
    return row?.row ?? '{}'
  }
})

/** People, who is there, what waits for them, and the settings they work by. */
function deskOf(): readonly Change[] {
  const scope = { brands: null, channels: null, accounts: null }
  const rule = {
    ...scope,
    id: 'r',
    name: 'r',
    weight: 0,
    isActive: true,
    on: 'created',
    fields: [],
    after: null,
  } as const
  const entry = { what: 'type', key: 't', name: 't', brands: null, group: null, agent: null, version: 1 } as const
  const calendar = { ...alwaysOpen, id: 'c' }
  const ticket = idFrom('tkt', 'waits') as TicketId
  const where = {
    channel: 'pigeon' as ChannelName,
    account: 'main',
    brand: null,
    language: null,
    isLive: true,
  } as const
  const waiting = {
    ...where,
    ticket,
    priority: 'low',
    group: null,
    isGroupByLanguage: false,
    because: null,
    agent: null,
    since: start,
  } as const
  const limits = { brands: null, channels: null, languages: [], capacity: {}, rate: null, version: 1 }
  const agent = { ...limits, id: 'ada', name: 'Ada', email: 'ada@shop.example', role: 'agent', isActive: true } as const
  const group = { id: 'g', name: 'g', description: null, channels: [], isDefault: false, version: 1 }
  return [
    { do: 'put-group', group, create: true },
    { do: 'put-agent', agent: { ...agent, groups: [] }, create: true },
    { do: 'put-agent', agent: { ...agent, groups: ['g'] }, create: false },
    { do: 'put-calendar', calendar, create: true },
    { do: 'put-sla-policy', policy: policyRow(), create: true },
    { do: 'put-clock', clock: { ...clockRow, ticket } },
    { do: 'put-folder', folder: { id: 'f', name: 'f', version: 1 }, create: true },
    { do: 'put-entry', entry, create: true },
    { do: 'put-status', status: { key: 's', name: 's', category: 'waiting', labels: {}, version: 1 }, create: true },
    { do: 'put-rule', rule: { ...rule, when: null, then: { tags: ['x'] }, version: 1 }, create: true },
    { do: 'queue-ticket', waiting },
    ...saidByItself(ticket),
    { do: 'note-assignment', agent: 'ada', ticket, at: start },
    { do: 'note-hour', ticket, rule: 'r', clock: start },
    { do: 'set-presence', agent: 'ada', presence: 'online', at: start },
  ]
}

/** A row of workspace `main` in every table. */
async function fill({ store, queues, sql }: StoreRig): Promise<void> {
  const event = received('walk')
  const account = { channel: 'pigeon' as ChannelName, account: 'main' }
  const message = messageRow('walk', 'hello', {
    externalId: 'walk-1',
    attachments: [
      {
        id: idFrom('att', 'walk'),
        name: 'a.jpg',
        type: 'image/jpeg',
        size: null,
        sha256: null,
        state: 'pending',
        source: { atVendor: 'media-1' },
      },
    ],
  })
  await applyIn(store, main, [
    ...openThread('walk'),
    { do: 'add-message', message },
    ...queueReply('walk', 'answer'),
    { do: 'tell-seen', ...account, externalId: 'walk-1', message: message.id },
    { do: 'wake-me', kind: 'close_ticket', subject: 'tkt', dueAt: start, basis: null },
    { do: 'publish', event },
    {
      do: 'put-brand',
      brand: { id: 'shop', name: 'Shop', language: 'tr', timezone: null, calendar: null, version: 1 },
    },
    { do: 'put-account', account: accountRow(), routes: ['9053'], create: true },
    ...deskOf(),
    {
      do: 'put-key',
      key: 'key_1',
      name: 'k',
      prefix: 'ink_',
      hash: 'h',
      scopes: ['admin'],
      expiresAt: null,
      at: start,
    },
    {
      do: 'audit',
      what: 'key.made',
      subject: 'key_1',
      by: { kind: 'agent', id: null },
      from: null,
      about: {},
      at: start,
    },
    {
      do: 'set-template',
      template: {
        ...account,
        template: '1',
        name: 'hi',
        language: 'tr',
        state: 'approved',
        quality: null,
        category: null,
        why: null,
        at: start,
      },
    },
  ])
  await store.transaction(async (enter) => {
    const tx = await enter(main)
    await tx.keepAnswer('k', 'h', { status: 200, body: {} })
    await tx.park({ worker: 'w', event, why: 'why', attempts: 1 })
    await tx.emit([{ ...event, type: 'ticket.note_added', data: { ticket: 'tkt', message: 'msg', text: '' } }])
  })
  await queues.deliveries.hold(main, account.channel, 'main', null, 'down')
  await sql(`insert into inlet.bucket (workspace, name, tokens, at) values ('main', 'b', 1, now());
    insert into inlet.reply_attempt (workspace, reply, n, outcome) values ('main', 'r', 1, 'sent');
    insert into inlet.keep (workspace, channel, account, receiver, name, value) values ('main', 'pigeon', 'main', 'poll', 'cursor', '1');
    insert into inlet.data_key (workspace, id, wrapped, master_key_id) values ('main', 1, '', 'm');
    insert into inlet.blob (workspace, ref, size, type) values ('main', 'sha256:' || repeat('0', 64), 0, 't');
    insert into inlet.blob_chunk (workspace, ref, n, bytes) values ('main', 'sha256:' || repeat('0', 64), 0, '')`)
  await sql(`insert into inlet.agent (workspace, id, name, email, role) values ('main', 'mia', 'Mia', 'mia@shop.example', 'agent');
    insert into inlet.password (workspace, agent, hash, set_at) values ('main', 'mia', 'h', now());
    insert into inlet.invitation (workspace, hash, agent, made_at, ends_at) values ('main', 'h', 'mia', now(), now());
    insert into inlet.session (workspace, hash, agent, made_at, used_at, idle_until, ends_at) values ('main', 'h', 'mia', now(), now(), now(), now());
    insert into inlet.held (workspace, agent, channel, kind, n) values ('main', 'mia', 'pigeon', 'dm', 1);
    insert into inlet.held_change (workspace, agent, channel, kind, n) values ('main', 'mia', 'pigeon', 'dm', 1)`)
  await applyIn(store, other, openThread('walk'))
}
