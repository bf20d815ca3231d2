// The rows about rules, from outside: what a customer writes comes in as its vendor brings it, and each ticket is read as a tool reads it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deskHouse, type DeskHouse } from '../support/desk-house.ts'
import { rulesIn, says } from '../support/desk-rules.ts'
import { quiet, until, type Fields } from '../support/desk.ts'

let at: DeskHouse
beforeAll(async () => {
  at = await deskHouse(811)
  for (const id of ['front', 'refunds', 'vip', 'mailroom']) await at.done('POST', '/v1/groups', { id, name: id })
}, 60_000)
afterAll(() => at.end(), 30_000)
const { rule, countOf } = rulesIn(() => at)

const patched = async (ticket: string, set: Fields): Promise<void> => {
  const answer = await at.desk.patch(ticket, set)
  expect(answer.status, answer.text).toBe(200)
}

it('3.8 without any rule: low, no type, no topic; mail in the pool, a chat with whoever is there, five at once', async () => {
  await at.agent('nil', {})
  await at.is('nil', 'online')
  const letter = await at.mail()
  expect(letter).toMatchObject({ priority: 'low', type: null, topic: null, tags: [], folders: [], group: null })
  await Promise.all(Array.from({ length: 6 }, (_, n) => at.chat(`soru ${n}`)))
  await until(
    () => at.desk.tickets('?assignee=nil'),
    (all) => all.length === 5,
  )
  await at.settled()
  expect(await at.desk.tickets('?assignee=nil')).toHaveLength(5)
  expect((await at.desk.ticket(letter.id)).assignee).toBe(null)
  await at.is('nil', 'offline')
  await at.change('/v1/agents/nil', { isActive: false })
})

describe('the order in which a ticket is thought over', () => {
  it('3.5 language, type, priority, folders, owner; each once and with its why, all on the ticket as it came', async () => {
    await at.done('POST', '/v1/types', { key: 'order', name: 'Order', group: 'refunds' })
    await at.done('POST', '/v1/folders', { id: 'parcels', name: 'Parcels' })
    const rules = [
      await rule('o-late', { when: says('kargom'), then: { folders: ['parcels'], priority: 'high' } }),
      await rule('o-type', { weight: 5, when: says('kargom'), then: { type: 'order' } }),
      // Would hold on what the others do, and is asked about the ticket as it came (P14).
      await rule('o-blind', {
        weight: 9,
        when: { field: 'ticket.type', op: 'is', value: 'order' },
        then: { tags: ['x'] },
      }),
    ]
    const ticket = await at.chat('Kargom nerede kaldı, üç gündür bekliyorum?')
    expect(ticket).toMatchObject({
      language: 'tr',
      type: 'order',
      priority: 'high',
      folders: ['parcels'],
      group: 'refunds',
      tags: [],
    })
    const steps = (await at.history(ticket.id)).map(({ event, because }) => [event, because?.rule ?? because?.by])
    const order = ['language_changed', 'type_changed', 'priority_changed', 'foldered', 'assigned'].map(
      (it) => `ticket.${it}`,
    )
    expect(steps.filter(([event]) => order.includes(event!)).toSorted(by(order))).toEqual([
      ['ticket.language_changed', 'detected'],
      ['ticket.type_changed', 'o-type'],
      ['ticket.priority_changed', 'o-late'],
      ['ticket.foldered', 'o-late'],
      ['ticket.assigned', 'type'],
    ])
    await at.drop(...rules, '/v1/types/order', '/v1/folders/parcels')
  })

  it('3.5 whose it is: a rule of its own, before its type, before language or channel, before the default group, before the pool', async () => {
    await at.done('POST', '/v1/types', { key: 'claim', name: 'Claim', group: 'refunds' })
    await at.change('/v1/groups/front', { isDefault: true, channels: ['email'] })
    const rules = [
      await rule('w-type', { when: says('hasar'), then: { type: 'claim' } }),
      await rule('w-own', { weight: 50, when: says('avukat'), then: { group: 'vip' } }),
      await rule('w-german', {
        weight: 1,
        when: { field: 'ticket.language', op: 'is', value: 'de' },
        then: { group: 'mailroom' },
      }),
    ]
    const way = async (text: string) => {
      const { id, group } = await at.mail({ text })
      return [group, (await at.because(id, 'ticket.assigned', 'group'))?.by]
    }
    const german = 'Ich möchte meine Bestellung zurückgeben, bitte helfen Sie mir.'
    expect(await way(`${german} hasar avukat`)).toEqual(['vip', 'rule'])
    expect(await way(`${german} hasar`)).toEqual(['refunds', 'type'])
    expect(await way(german)).toEqual(['mailroom', 'language'])
    expect(await way('Siparişimi ne zaman alabilirim acaba?')).toEqual(['front', 'default_group'])
    await at.change('/v1/groups/front', { isDefault: false, channels: [] })
    expect(await way('Siparişimi ne zaman alabilirim acaba?')).toEqual([null, undefined])
    await at.drop(...rules, '/v1/types/claim')
  })
})

describe('types and tags', () => {
  it('D7 an unknown type is 422; another type is an event, and its group gets the ticket', async () => {
    await at.done('POST', '/v1/types', { key: 'refund', name: 'Refund', group: 'refunds' })
    await at.done('POST', '/v1/types', { key: 'question', name: 'Question', brands: ['bank'] })
    const { id } = await at.mail()
    const odd = await at.desk.patch(id, { type: 'refnud' })
    expect([odd.status, odd.body.code, odd.body.detail]).toEqual([
      422,
      'unknown_type',
      expect.stringContaining('refund'),
    ])
    expect((await at.desk.patch(id, { type: 'question' })).status).toBe(422)
    await patched(id, { type: 'refund' })
    const moved = await at.until(id, ({ group }) => group === 'refunds')
    expect([moved.type, await countOf(id, 'ticket.type_changed')]).toEqual(['refund', 1])
    expect(await at.because(id, 'ticket.assigned', 'group')).toMatchObject({ by: 'type', name: 'Refund' })
    await at.drop('/v1/types/question', '/v1/types/refund')
  })

  it('D14 set later by an agent: to its group once; the same type again is no second time', async () => {
    await at.done('POST', '/v1/types', { key: 'damage', name: 'Damage', group: 'refunds' })
    const { id } = await at.mail()
    await patched(id, { type: 'damage' })
    await at.until(id, ({ group }) => group === 'refunds')
    await patched(id, { type: 'damage', priority: 'high' })
    await at.settled()
    await quiet(at.desk)
    expect(await countOf(id, 'ticket.assigned', 'group')).toBe(1)
    await at.drop('/v1/types/damage')
  })

  it('D14 whoever has it and is not of the group of its new type gives it back, and it is nobody’s from then on', async () => {
    await at.done('POST', '/v1/types', { key: 'return', name: 'Return', group: 'refunds' })
    await at.agent('d14-out')
    await at.agent('d14-in', { groups: ['refunds'] })
    const [out, stays] = [await at.mail(), await at.mail()]
    await patched(out.id, { assignee: 'd14-out' })
    await patched(stays.id, { assignee: 'd14-in' })
    for (const { id } of [out, stays]) await patched(id, { type: 'return' })
    const back = await at.until(out.id, ({ group }) => group === 'refunds')
    expect([back.assignee, back.assignedAt]).toEqual([null, null])
    expect(await at.because(out.id, 'ticket.unassigned', 'assignee')).toMatchObject({ by: 'type', name: 'Return' })
    const kept = await at.until(stays.id, ({ group }) => group === 'refunds')
    expect([kept.assignee, typeof kept.assignedAt]).toEqual(['d14-in', 'string'])
    for (const id of ['d14-out', 'd14-in']) await at.change(`/v1/agents/${id}`, { isActive: false })
    await at.drop('/v1/types/return')
  })

  it('D19 the same tag again is no second event, İ and ı are one letter; its tickets are found by each spelling', async () => {
    const made = await rule('tagger', { when: says('fatura'), then: { tags: ['İADE', 'kırık'] } })
    const { id, tags } = await at.chat('Fatura kesilmedi')
    expect(tags).toEqual(['İADE', 'kırık'])
    await patched(id, { tags: ['iade', 'KIRIK', 'İADE'] })
    await at.chat('Fatura hâlâ yok', { customer: 7 })
    expect(await countOf(id, 'ticket.tagged')).toBe(2)
    expect(await countOf(id, 'ticket.untagged')).toBe(0)
    for (const spelt of ['iade', 'İade', 'IADE', 'kirik'])
      expect((await at.desk.tickets(`?tag=${encodeURIComponent(spelt)}`)).map((it) => it.id)).toContain(id)
    await patched(id, { tags: ['kırık'] })
    expect(await countOf(id, 'ticket.untagged')).toBe(1)
    await at.drop(made)
  })
})

it('D8 where a topic is asked for nothing is resolved without, or under one that is not there; the system has one of its own', async () => {
  await at.done('POST', '/v1/topics', { key: 'late', name: 'Late' })
  const list = await at.desk.list<Fields>('/v1/topics')
  expect(list).toMatchObject([
    { key: 'Automatic Replies', isSystem: true },
    { key: 'late', isSystem: false },
  ])
  await at.change('/v1/workspaces/main', { requireTopic: true })
  const { id } = await at.mail()
  const tried = async (more: Fields) => (await at.desk.patch(id, { status: 'resolved', ...more })).body.code
  expect([await tried({}), await tried({ topic: 'latt' })]).toEqual(['topic_required', 'unknown_topic'])
  await patched(id, { status: 'resolved', topic: 'late' })
  await patched(id, { topic: 'Automatic Replies' })
  await at.change('/v1/workspaces/main', { requireTopic: false })
  await at.drop('/v1/topics/late')
})

describe('who gets mail', () => {
  it('D13 nobody, until a rule of its brand, language and channel says who; a rule that is switched off says nothing', async () => {
    await at.agent('ilse', { languages: ['de'], brands: ['shop'] })
    await at.agent('other', {})
    const german = 'Guten Tag, wo bleibt meine Bestellung vom letzten Montag?'
    const first = await at.mail({ text: german })
    expect([first.assignee, first.group]).toEqual([null, null])
    const made = await rule('german-mail', {
      brands: ['shop'],
      channels: ['email'],
      when: { field: 'ticket.language', op: 'is', value: 'de' },
      then: { agent: 'ilse' },
    })
    const second = await at.mail({ text: german })
    await at.owned(second.id, 'ilse')
    expect(await at.because(second.id, 'ticket.assigned', 'assignee')).toMatchObject({ rule: 'german-mail' })
    expect((await at.mail({ text: 'Siparişim gelmedi, ne zaman gelecek?' })).assignee).toBe(null)
    await at.change(made, { isActive: false })
    const third = await at.mail({ text: german })
    await at.settled()
    expect((await at.desk.ticket(third.id)).assignee).toBe(null)
    await at.drop(made)
    await at.change('/v1/agents/ilse', { isActive: false })
    await at.change('/v1/agents/other', { isActive: false })
  })
})

describe('how urgent', () => {
  const subscriptions = {
    all: [
      { field: 'message.subject', op: 'contains', value: 'subscriptions' },
      { field: 'contact.name', op: 'is', value: 'John Doe' },
    ],
  }
  it('D15 low without a rule; all of its conditions, any of them; another channel is another matter', async () => {
    const subject = 'About my subscriptions'
    const john = { name: 'John Doe', subject }
    expect((await at.mail(john)).priority).toBe('low')
    const rules = [
      await rule('subs', { channels: ['email'], brands: ['shop'], when: subscriptions, then: { priority: 'high' } }),
      await rule('either', {
        weight: 1,
        channels: ['email'],
        when: { any: [{ field: 'message.from', op: 'is', value: 'boss@people.test' }, says('mahkeme')] },
        then: { priority: 'urgent' },
      }),
    ]
    const written = await Promise.all([
      at.mail(john),
      at.mail({ ...john, name: 'Jane Doe' }),
      at.mail({ ...john, subject: 'About my order' }),
      at.mail({ from: 'boss@people.test' }),
      at.mail({ text: 'Sizi MAHKEMEYE veriyorum' }),
    ])
    expect(written.map(({ priority }) => priority)).toEqual(['high', 'low', 'low', 'urgent', 'urgent'])
    expect((await at.chat('mahkeme')).priority).toBe('low')
    const [found] = (await at.desk.tickets('?priority=high')).filter((it) => it.subject === subject)
    expect(await at.because(found!.id, 'ticket.priority_changed')).toMatchObject({
      rule: 'subs',
      tests: [
        { field: 'message.subject', op: 'contains', value: 'subscriptions', found: subject },
        { field: 'contact.name', op: 'is', value: 'John Doe', found: 'John Doe' },
      ],
    })
    await at.drop(...rules)
  })

  it('conflict 2: urgent is a priority, and a status that lists can be asked for', async () => {
    const made = await rule('fire', { when: says('yangın'), then: { priority: 'urgent' } })
    const [hot, done] = [await at.chat('yangın var'), await at.chat('yangın söndü')]
    await patched(done.id, { status: 'resolved' })
    const found = (await at.desk.tickets('?status=urgent')).map(({ id }) => id)
    expect([found.includes(hot.id), found.includes(done.id)]).toEqual([true, false])
    const both = (await at.desk.tickets('?status=urgent,resolved')).map(({ id }) => id)
    expect([both.includes(hot.id), both.includes(done.id)]).toEqual([true, true])
    expect((await at.desk.ticket(hot.id)).status).toBe('new')
    expect((await at.desk.patch(hot.id, { status: 'urgent' })).status).toBe(422)
    await at.drop(made)
  })
})

describe('folders', () => {
  it('D16 a ticket lies in every folder whose rule it meets, its priority is what it was; a folder lists what is in it', async () => {
    for (const id of ['lawyers', 'money']) await at.done('POST', '/v1/folders', { id, name: id })
    const rules = [
      await rule('f1', { channels: ['whatsapp'], when: says('avukat'), then: { folders: ['lawyers'] } }),
      await rule('f2', { channels: ['whatsapp'], when: says('para'), then: { folders: ['money'] } }),
    ]
    const both = await at.chat('Avukatım paramı istiyor')
    expect([both.folders.toSorted(), both.priority]).toEqual([['lawyers', 'money'], 'low'])
    const one = await at.chat('param nerede')
    expect(one.folders).toEqual(['money'])
    expect((await at.mail({ text: 'avukat para' })).folders).toEqual([])
    const list = async (id: string) => (await at.desk.tickets(`?folder=${id}`)).map((it) => it.id).toSorted()
    expect([await list('lawyers'), await list('money')]).toEqual([[both.id], [both.id, one.id].toSorted()])
    expect(await at.done('GET', '/v1/folders/money')).toMatchObject({ tickets: 2 })
    await at.drop(...rules)
  })
})

describe('the language', () => {
  it('D71 is read off the words, with how sure that is; where nothing can be told it is that of the brand', async () => {
    const told = async (id: string) =>
      (await at.events('ticket.triaged', id))[0]?.data['detected'] as { language: string; confidence: number } | null
    const english = await at.chat('Hello, could you please tell me where my parcel is?')
    expect(english.language).toBe('en')
    await until(
      () => told(english.id),
      (it) => it?.language === 'en' && it.confidence > 0 && it.confidence <= 1,
    )
    const [here, there] = [await at.chat('👍'), await at.chat('👍', { account: 1 })]
    expect([here.language, there.language]).toEqual(['tr', 'de'])
    expect(await told(here.id)).toBe(null)
    expect(await at.because(there.id, 'ticket.language_changed')).toMatchObject({ by: 'default', name: 'bank' })
  })
})

describe('what a mail server may say', () => {
  it('B3 any header gives priority, group, owner, status and tag to what it opens; to a follow-up the tag alone', async () => {
    await at.agent('b3', { groups: ['mailroom'] })
    const made = await rule('list', {
      when: { field: 'mail.header.x-campaign', op: 'contains', value: 'spring' },
      then: { priority: 'high', group: 'mailroom', agent: 'b3', status: 'on_hold', tags: ['spring'] },
    })
    const again = await rule('list-again', {
      on: 'message',
      when: { field: 'mail.header.x-campaign', op: 'is_set' },
      then: { priority: 'urgent', group: 'vip', agent: 'b3', tags: ['again'] },
    })
    const headers = { 'X-Campaign': 'Spring 2026' }
    const opened = await at.mail({ headers })
    expect(opened).toMatchObject({ priority: 'high', group: 'mailroom', status: 'on_hold', tags: ['spring'] })
    await at.owned(opened.id, 'b3')
    expect(await at.because(opened.id, 'ticket.assigned', 'assignee')).toMatchObject({ rule: 'list', by: 'rule' })
    const from = 'follower@people.test'
    const plain = await at.mail({ from, headers: { 'Message-ID': '<first@people.test>' } })
    expect(plain.tags).toEqual([])
    const about = { 'In-Reply-To': '<first@people.test>', References: '<first@people.test>' }
    await at.post({ from, headers: { ...about, ...headers } })
    const found = await at.until(plain.id, ({ tags }) => tags.length > 0)
    const untouched = { priority: 'low', group: null, assignee: null, status: 'new' }
    expect(found).toMatchObject({ ...untouched, tags: ['again'], messageCount: 2 })
    await at.settled()
    expect(await at.desk.ticket(plain.id)).toMatchObject(untouched)
    await at.drop(made, again)
    await at.change('/v1/agents/b3', { isActive: false })
  })
})

const by = (order: readonly string[]) => (a: readonly unknown[], b: readonly unknown[]) =>
  order.indexOf(String(a[0])) - order.indexOf(String(b[0]))
