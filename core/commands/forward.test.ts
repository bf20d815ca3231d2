// Answers with others beside the customer, and tickets that are sent on, over a record in memory.
import { describe, expect, it } from 'vitest'
import type { Attachment } from '../../schemas/message.ts'
import { accountRow, after, dm, received } from '../../test/support/given.ts'
import { call, emptyWorld, keyOf, onlyTicket, take, type Done, type World } from '../../test/support/world.ts'
import threading from '../../workers/threading/index.ts'
import { forward, type ForwardInput } from './forward.ts'
import { reply, type ReplyInput } from './reply.ts'

const file = (n: number): Attachment => ({
  id: `att_${n}`,
  name: `${n}.pdf`,
  type: 'image/jpeg',
  size: 10,
  sha256: `${n}`,
  state: 'stored',
  source: { blob: `sha256:${n}` },
})
async function given(): Promise<World> {
  const world: World = { ...emptyWorld(), kinds: { dm: { ...dm, copies: true, threads: 'message' } } }
  world.accounts.set(keyOf('pigeon', 'main'), accountRow())
  await take(
    world,
    threading,
    received('m1', {
      subject: 'Fatura',
      attachments: [file(1), file(2)],
      vendor: { address: 'us', messageId: '<1@a>' },
    }),
  )
  await take(
    world,
    threading,
    received('m2', { attachments: [file(2)], vendor: { address: 'us', messageId: '<2@a>' } }),
  )
  return world
}
const now = after({ hours: 1 })
const answer = (world: World, more: Partial<ReplyInput>) =>
  call(world, reply, { ticket: onlyTicket(world).id, text: 'Yola çıktı.', ...more }, { now })
const sendOn = (world: World, more: Partial<ForwardInput>) =>
  call(
    world,
    forward,
    { ticket: onlyTicket(world).id, to: ['+905329998877'], text: 'Bakar mısınız?', ...more },
    { now },
  )
const last = (world: World) => [...world.replies.values()].at(-1)!.outbound

describe('an answer to several', () => {
  it('D21 D22 names others beside the customer once, and the next one goes to the customer alone', async () => {
    const world = await given()
    await answer(world, { to: ['+905321112233', '+905329998877'], cc: ['+905327776655'] })
    expect([last(world).to.id, last(world).also?.[0]?.id, last(world).cc?.[0]?.id]).toEqual([
      '905321112233',
      '905329998877',
      '905327776655',
    ])
    expect([...world.messages.values()].at(-1)).toMatchObject({
      to: [{ id: '905321112233' }, { id: '905329998877' }],
      cc: [{ id: '905327776655' }],
    })
    await answer(world, {})
    expect([last(world).to.id, last(world).also, last(world).cc]).toEqual(['905321112233', undefined, undefined])
  })
  it('D21 without the customer it is refused, with where to write instead', async () => {
    const world = await given()
    expect(await answer(world, { to: '+905329998877' })).toMatchObject({
      refuse: 'invalid',
      code: 'main_recipient',
      field: 'to',
    })
    expect(world.replies.size).toBe(0)
  })
})

describe('a ticket that is sent on', () => {
  it('D23 goes to whom was named, under the ticket’s subject, without files and without the customer’s thread', async () => {
    const world = await given()
    await sendOn(world, { to: ['+905329998877', '+905327776655'] })
    expect(last(world)).toMatchObject({
      to: { id: '905329998877' },
      also: [{ id: '905327776655' }],
      subject: 'Fatura',
      attachments: [],
      vendor: { address: 'us' },
    })
    expect(last(world).vendor).toEqual({ address: 'us' })
    await sendOn(world, { subject: 'Rica' })
    expect(last(world).subject).toBe('Rica')
  })
  it('D23 takes every file along, each once, where asked', async () => {
    const world = await given()
    await sendOn(world, { allFiles: true })
    expect(last(world).attachments.map((it) => it.name)).toEqual(['1.pdf', '2.pdf'])
  })
  it('D24 leaves the status as it is and says that it was forwarded', async () => {
    const world = await given()
    const { raised } = (await sendOn(world, {})) as Done
    expect(onlyTicket(world).status).toBe('new')
    expect(raised.map((it) => it.type)).toEqual(['ticket.message_added', 'reply.requested', 'message.forwarded'])
    expect(raised.at(-1)?.data).toMatchObject({ to: ['+905329998877'], subject: 'Fatura', files: 0 })
  })
  it('D23 where a channel reaches the customer only, it is refused', async () => {
    const world = await given()
    Object.assign(world.kinds, { dm })
    expect(await sendOn(world, {})).toMatchObject({ refuse: 'invalid', code: 'forward_not_supported' })
  })
})

describe('D26 an answer given as HTML alone', () => {
  const html = '<p>It is <b>there</b>.</p><ol><li>Open it</li></ol><script>alert(1)</script>'
  const asHtml = (world: World): World => ({
    ...world,
    kinds: { dm: { ...world.kinds['dm']!, text: { max: 40, unit: 'codePoints', format: 'html' } } },
  })
  it('D26 has its words as text too: what is sent, what the ticket shows', async () => {
    const world = asHtml(await given())
    await call(world, reply, { ticket: onlyTicket(world).id, html }, { now })
    expect(last(world)).toMatchObject({ html, text: 'It is there.\n\nOpen it' })
    expect([...world.messages.values()].at(-1)?.text).toBe('It is there.\n\nOpen it')
    await call(world, forward, { ticket: onlyTicket(world).id, to: ['+905329998877'], html }, { now })
    expect(last(world)).toMatchObject({ html, text: 'It is there.\n\nOpen it' })
  })
  it('D26 the text that was given counts where there is one', async () => {
    const world = asHtml(await given())
    await answer(world, { html })
    expect(last(world)).toMatchObject({ html, text: 'Yola çıktı.' })
  })
  it('D26 without a word in it there is nothing to send', async () => {
    const world = asHtml(await given())
    const empty = await call(world, reply, { ticket: onlyTicket(world).id, html: '<p> &nbsp;</p>' }, { now })
    expect(empty).toMatchObject({ refuse: 'invalid', code: 'empty' })
  })
})
