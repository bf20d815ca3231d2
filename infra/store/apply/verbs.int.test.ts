// Each verb does to the record what its contract says, and the readers give it back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idFrom, type ChannelName, type ContactId } from '../../../schemas/ids.ts'
import type { MessageRow } from '../../../core/ports/rows.ts'
import type { StoreTx } from '../../../core/ports/store.ts'
import type { Change } from '../../../core/ports/worker.ts'
import { after, ayse, edited, start } from '../../../test/support/given.ts'
import { applyIn, messageRow, openThread, queueReply, replyNamed, threadNamed } from '../../../test/support/record.ts'
import { main, openStoreRig, type StoreRig } from '../../../test/support/store-rig.ts'

const pigeon = 'pigeon' as ChannelName
const home = { channel: pigeon, account: 'main' } as const

describe('verbs', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
  })
  afterAll(() => rig.close())

  const apply = (...changes: readonly Change[]) => applyIn(rig.store, main, changes)
  const read = <T>(work: (read: StoreTx['read']) => Promise<T>): Promise<T> =>
    rig.store.transaction(async (enter) => work((await enter(main)).read))
  const conflict = { code: 'store.conflict' }
  const ask = (name: string, target: string | null = null) =>
    read(
      async ({ threads }) =>
        (await threads.of([{ ...home, threadKeys: [`phone:${name}`], contactKeys: [`phone:${name}`], target }]))[0]!,
    )

  it('make-contact and set-contact: keys are added once, and a key of somebody else is a conflict', async () => {
    const [a, b] = [idFrom('con', 'va') as ContactId, idFrom('con', 'vb') as ContactId]
    await apply({ do: 'make-contact', contact: a, name: 'A', address: null, keys: ['k:1', 'k:1', 'k:2'] })
    await apply({ do: 'make-contact', contact: b, name: 'B', address: '+90', keys: ['k:3'] })
    await apply({ do: 'set-contact', contact: a, address: '+91', addKeys: ['k:2', 'k:4'] })
    await apply({ do: 'set-contact', contact: b, name: null })
    const rows = await read(({ contacts }) => contacts.byId([a, b]))
    expect(rows.get(a)).toMatchObject({ name: 'A', address: '+91', keys: ['k:1', 'k:2', 'k:4'] })
    expect(rows.get(b)).toMatchObject({ name: null, address: '+90', keys: ['k:3'] })
    await expect(apply({ do: 'set-contact', contact: b, addKeys: ['k:1'] })).rejects.toMatchObject(conflict)
    await expect(
      apply({
        do: 'make-contact',
        contact: idFrom('con', 'vc') as ContactId,
        name: null,
        address: null,
        keys: ['k:9', 'k:4'],
      }),
    ).rejects.toMatchObject(conflict)
    await expect(
      apply({ do: 'set-contact', contact: idFrom('con', 'nobody') as ContactId, name: 'x' }),
    ).rejects.toMatchObject(conflict)
  })

  it('set-contact: a name that is learned late is on every ticket that was opened without one, and on no other', async () => {
    const nameless = openThread('late').map((it) =>
      it.do === 'open-ticket' ? { ...it, ticket: { ...it.ticket, requesterName: null } } : it,
    )
    await apply(...nameless, ...openThread('other'))
    const [late, other] = [threadNamed('late'), threadNamed('other')]
    const before = await read(({ tickets }) => tickets.byId([late.ticket, other.ticket]))
    await apply({ do: 'set-contact', contact: late.contact, name: 'Ayşe' }, { do: 'set-contact', contact: other.contact, name: 'Bora' }) // prettier-ignore
    await apply({ do: 'set-contact', contact: late.contact, name: 'Ada' })
    const after = await read(({ tickets }) => tickets.byId([late.ticket, other.ticket]))
    expect(before.get(late.ticket)?.requesterName).toBeNull()
    expect(after.get(late.ticket)).toEqual({ ...before.get(late.ticket), requesterName: 'Ayşe' })
    expect(after.get(other.ticket)).toEqual(before.get(other.ticket))
  })

  it('merge-contacts: everything of the one that goes belongs to the one that stays, and its id leads there, twice too', async () => {
    await apply(...openThread('m1'), ...openThread('m2'), ...openThread('m3'))
    const [c1, c2, c3] = ['m1', 'm2', 'm3'].map((name) => threadNamed(name).contact) as [
      ContactId,
      ContactId,
      ContactId,
    ]
    await apply({ do: 'merge-contacts', stays: c2, gone: c1 })
    await apply({ do: 'merge-contacts', stays: c3, gone: c2 })
    const rows = await read(({ contacts }) => contacts.byId([c1, c2]))
    expect([...rows.values()].map((row) => row.id)).toEqual([c3, c3])
    expect(rows.get(c1)?.keys).toEqual(['phone:m1', 'phone:m2', 'phone:m3'])
    const facts = await ask('m1')
    expect([facts.conversation?.contact, facts.ticket?.contact, facts.contacts.map((it) => it.id)]).toEqual([
      c3,
      c3,
      [c3],
    ])
    await expect(apply({ do: 'merge-contacts', stays: c3, gone: c1 })).rejects.toMatchObject(conflict)
  })

  it('set-conversation: a key believed unknown that leads elsewhere is a conflict, a moved one follows', async () => {
    await apply(...openThread('v1'), ...openThread('v2'))
    const [one, two] = [threadNamed('v1').conversation, threadNamed('v2').conversation]
    await expect(apply({ do: 'set-conversation', conversation: one, addKeys: ['phone:v2'] })).rejects.toMatchObject(
      conflict,
    )
    await apply({
      do: 'set-conversation',
      conversation: one,
      addKeys: ['user:v1', 'phone:v1'],
      moveKeys: ['phone:v2'],
      party: { ...ayse, id: 'new' },
      vendor: { a: 'b' },
    })
    expect((await ask('v2')).conversation).toMatchObject({ id: one, party: { id: 'new' }, vendor: { a: 'b' } })
    expect((await read(({ conversations }) => conversations.byId([two]))).get(two)?.party).toEqual(ayse)
  })

  it('set-ticket: only what is said changes, null is said too, and the category follows the status', async () => {
    await apply(...openThread('t1'))
    const { ticket } = threadNamed('t1')
    await apply({
      do: 'set-ticket',
      ticket,
      set: { assignee: 'agent-1', type: 'complaint', tags: ['b', 'a'] },
      at: start,
    })
    await apply({
      do: 'set-ticket',
      ticket,
      set: { status: 'resolved', resolvedAt: after({ hours: 1 }), assignee: null },
      at: after({ hours: 1 }),
    })
    const row = (await read(({ tickets }) => tickets.byId([ticket]))).get(ticket)
    expect(row).toMatchObject({
      status: 'resolved',
      category: 'done',
      assignee: null,
      type: 'complaint',
      tags: ['b', 'a'],
      resolvedAt: after({ hours: 1 }),
      version: 3,
      subject: 'Merhaba',
    })
    await apply({ do: 'set-ticket', ticket, set: { status: 'reopened', resolvedAt: null }, at: start })
    expect((await read(({ tickets }) => tickets.byId([ticket]))).get(ticket)).toMatchObject({
      category: 'open',
      resolvedAt: null,
      updatedAt: after({ hours: 1 }),
    })
  })

  it('add-message: counted on its ticket once, found by its external id, newest first without notes', async () => {
    await apply(...openThread('a1'))
    const { ticket } = threadNamed('a1')
    const rows = ['x', 'y', 'z'].map((word, n) =>
      messageRow('a1', word, {
        externalId: `a1-${word}`,
        sentAt: after({ minutes: n }),
        receivedAt: after({ hours: 1 }),
      }),
    )
    await apply(...rows.map((message) => ({ do: 'add-message', message }) as const))
    await apply({
      do: 'add-message',
      message: messageRow('a1', 'note', { kind: 'note', direction: 'internal', sentAt: after({ hours: 2 }) }),
    })
    expect(
      await rig.sql('select message_count, last_message_at::text as last from inlet.ticket where id = $1', [ticket]),
    ).toEqual([{ message_count: 4, last: '2026-11-20 12:00:00+00' }])
    expect((await read(({ messages }) => messages.lastOf(ticket, 2))).map((row) => row.text)).toEqual([
      'z of a1',
      'y of a1',
    ])
    expect((await read(({ messages }) => messages.byId([rows[0]!.id]))).get(rows[0]!.id)).toEqual(rows[0])
    expect((await ask('a1', 'a1-y')).target).toMatchObject({
      message: rows[1]!.id,
      ticket,
      textRevision: '',
      waiting: [],
    })
    await expect(apply({ do: 'add-message', message: rows[0]! })).rejects.toMatchObject(conflict)
    const ours = messageRow('a1', 'echo', { direction: 'out', externalId: 'a1-x' })
    await expect(apply({ do: 'add-message', message: ours })).rejects.toMatchObject(conflict)
  })

  it('D34 P19 change-message: which answer took its place is kept, and what was said in a conversation is told without what never went out', async () => {
    await apply(...openThread('ov1'))
    const said = (name: string, minutes: number, more: Partial<MessageRow> = {}) =>
      messageRow('ov1', name, {
        direction: 'out',
        externalId: `ov1-${name}`,
        receivedAt: after({ minutes }),
        state: 'sent',
        ...more,
      })
    const rows = [
      said('asked', 0, { direction: 'in', state: null }),
      said('first', 1),
      said('failed', 2, { state: 'failed' }),
      said('second', 3, { state: null }),
      said('gone', 4),
      said('note', 5, { direction: 'internal', kind: 'note', state: null }),
    ]
    const [asked, first, , second, gone] = rows as [MessageRow, MessageRow, MessageRow, MessageRow, MessageRow]
    await apply(...rows.map((message) => ({ do: 'add-message', message }) as const))
    const change = { do: 'change-message' } as const
    await apply(
      { ...change, message: first.id, replacedBy: second.id },
      { ...change, message: gone.id, deletedRevision: '1' },
    )
    const told = async () =>
      (await read(({ messages }) => messages.saidIn(first.conversation!))).map((it) => [it.id, it.at, it.replacedBy])
    expect(await told()).toEqual([
      [asked.id, after({ minutes: 0 }), null],
      [first.id, after({ minutes: 1 }), second.id],
      [second.id, after({ minutes: 3 }), null],
    ])
    await apply({ ...change, message: first.id, react: { by: 'x', emoji: '👍', revision: '1' } })
    expect((await told())[1]?.[2]).toBe(second.id)
    await apply({ ...change, message: first.id, replacedBy: null })
    expect((await told())[1]?.[2]).toBeNull()
  })

  it('change-message: a newer edit stands, a correction of the same revision too, a deletion ends it', async () => {
    await apply(...openThread('e1'))
    const message = messageRow('e1', 'hello', { externalId: 'e1-1' })
    await apply({ do: 'add-message', message })
    const edit = (revision: string, text: string) =>
      apply({
        do: 'change-message',
        message: message.id,
        edit: { revision, text, fullText: null, html: null, parts: [] },
      })
    const text = async () => (await read(({ messages }) => messages.byId([message.id]))).get(message.id)?.text
    const seen: unknown[] = []
    for (const [revision, words] of [
      ['9', 'nine'],
      ['10', 'ten'],
      ['9', 'nine again'],
      ['10', 'ten, mended'],
    ] as const) {
      await edit(revision, words)
      seen.push(await text())
    }
    expect(seen).toEqual(['nine', 'ten', 'ten', 'ten, mended'])
    await apply({ do: 'change-message', message: message.id, deletedRevision: '11' })
    await edit('12', 'too late')
    expect([await text(), (await ask('e1', 'e1-1')).target?.deleted]).toEqual(['', true])
  })

  it('D42 change-message: files that an edit brings join the message once, whatever edit comes first', async () => {
    await apply(...openThread('f1'))
    const message = messageRow('f1', 'history', { externalId: 'f1-1' })
    await apply({ do: 'add-message', message })
    const file = (name: string) => ({
      id: idFrom('att', name),
      name,
      type: 'image/png',
      size: null,
      sha256: null,
      state: 'pending' as const,
      source: { atVendor: name },
    })
    const add = (...names: readonly string[]) =>
      apply({ do: 'change-message', message: message.id, addFiles: names.map(file) })
    await add('b.png')
    await add('a.png', 'b.png')
    const row = (await read(({ messages }) => messages.byId([message.id]))).get(message.id)
    expect(row?.attachments.map((it) => [it.name, it.state])).toEqual([
      ['b.png', 'pending'],
      ['a.png', 'pending'],
    ])
  })

  it('G19 set-reply: what a person decided on another state than there is now is a conflict', async () => {
    await apply(...openThread('i1'), ...queueReply('i1', 'one'))
    const reply = replyNamed('i1', 'one')
    const at = after({ hours: 1 })
    await apply({ do: 'set-reply', reply, state: 'sending', at })
    await expect(apply({ do: 'set-reply', reply, ifState: 'queued', state: 'cancelled', at })).rejects.toMatchObject(
      conflict,
    )
    await apply({ do: 'set-reply', reply, ifState: 'sending', state: 'unsure', at })
    expect((await read(({ replies }) => replies.byId([reply]))).get(reply)?.state).toBe('unsure')
  })

  it('await-target: facts wait in order, each once, until they are forgotten; a target that came meanwhile is a conflict', async () => {
    await apply(...openThread('w1'))
    const key = { ...home, externalId: 'w1-1' }
    const facts = [edited('w1-1', '1', 'one'), edited('w1-1', '2', 'two')]
    await apply(...[...facts, facts[0]!].map((fact) => ({ do: 'await-target', ...key, fact }) as const))
    expect((await ask('w1', 'w1-1')).target).toMatchObject({ message: null, waiting: [facts[1], facts[0]] })
    const message = messageRow('w1', 'hello', { externalId: 'w1-1' })
    await apply({ do: 'add-message', message }, { do: 'forget-waiting', ...key })
    expect((await ask('w1', 'w1-1')).target).toMatchObject({ message: message.id, waiting: [] })
    await expect(apply({ do: 'await-target', ...key, fact: facts[0]! })).rejects.toMatchObject(conflict)
  })

  it('queue-reply and set-reply: read by id, by the vendor’s id, up to a moment, and the last of a conversation', async () => {
    await apply(...openThread('r1'), ...queueReply('r1', 'one'), ...queueReply('r1', 'two'))
    const { conversation } = threadNamed('r1')
    const [one, two] = [replyNamed('r1', 'one'), replyNamed('r1', 'two')]
    const at = after({ hours: 3 })
    await apply(
      { do: 'set-reply', reply: one, state: 'sent', externalId: 'r1-x', at },
      { do: 'set-reply', reply: two, state: 'cancelled', why: 'changed my mind', at },
    )
    await apply({ do: 'set-reply', reply: one, state: 'queued', at })
    const seen = await read(async ({ replies }) => ({
      byId: (await replies.byId([one, two])).get(two),
      byVendor: (
        await replies.byExternalId([
          { ...home, externalId: 'nothing' },
          { ...home, externalId: 'r1-x' },
        ])
      ).map((row) => row?.id ?? null),
      before: (await replies.upTo(conversation, after({ days: -1 }))).length,
      upTo: (await replies.upTo(conversation, at)).map((row) => [row.id, row.state]),
      last: (await replies.last(conversation))?.id,
    }))
    expect(seen).toMatchObject({
      byId: { state: 'cancelled', why: 'changed my mind', author: 'person', text: 'two of r1' },
      byVendor: [null, one],
      before: 0,
      upTo: [[one, 'sent']],
      last: one,
    })
    const echoed = (await ask('r1', 'r1-x')).target
    expect(echoed?.message).toBe(messageRow('r1', 'one').id)
    const message = (await read(({ messages }) => messages.byId([messageRow('r1', 'one').id]))).get(
      messageRow('r1', 'one').id,
    )
    expect(message).toMatchObject({ state: 'sent', externalId: 'r1-x' })
  })
})
