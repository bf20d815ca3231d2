// A reply window from its opening to its end through whole processes: time passes by what was written lying further back, so nobody waits.
import { expect } from 'vitest'
import type { RunningDm } from '../../connectors/_shared/stand-in/meta-dm/running.ts'
import { quiet, until } from './desk.ts'
import type { Journey } from './journey.ts'

const hourMs = 3_600_000
type At = Journey<RunningDm>

/** For the vendor, for the record and for what waits for its time alike. Wake-ups are asked for within a second by themselves. */
async function silentFor(hours: number, ticket: string, { vendor, database }: At): Promise<void> {
  vendor.silentFor(hours * hourMs)
  const sql = (text: string) => database!.pool('owner').query(text, [hours, ticket])
  const where = `(select conversation from inlet.ticket where id = $2)`
  await sql(`update inlet.conversation set customer_at = customer_at - make_interval(hours => $1) where id = ${where}`)
  await sql(`update inlet.wakeup set due_at = due_at - make_interval(hours => $1),
      basis = to_char((basis::timestamptz - make_interval(hours => $1)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    where kind = 'close_window' and subject = ${where}`)
}

/** D48, D46, B16, B17, P17: free for a day, a person's until the seventh, then closed; each change is told once and on time. */
export async function walkWindow(at: At, customer: number): Promise<void> {
  const { vendor, desk } = at
  await vendor.write({ customer, text: 'Pencere' })
  const { id } = await desk.ticketOf(customer)
  const told = async () =>
    (await desk.events('?types=conversation.window_opened,conversation.window_closed'))
      .filter(({ subject }) => subject === id)
      .map(({ type, data }) => `${type.split('_')[1]} ${String(data['kind'])}`)
  const tells = (...words: readonly string[]) =>
    until(told, (found) => found.length >= words.length).then((found) => expect(found).toEqual(words))
  await tells('opened free')
  expect((await desk.ticket(id)).window).toMatchObject({ canReply: true, kind: 'free' })

  await silentFor(24, id, at)
  await tells('opened free', 'closed free', 'opened tagged')
  const { window } = await desk.ticket(id)
  expect(window).toMatchObject({ canReply: true, kind: 'tagged' })
  const accepted = () => vendor.ledger.of('accepted').filter(({ to }) => to === vendor.customer(customer).id)
  const bot = await desk.reply(id, { text: 'Bir makine', author: 'bot' })
  expect([bot.status, bot.body.code, accepted().length]).toEqual([422, 'window_closed', 0])
  await desk.replied(id, { text: 'Bir insan' }, 'read')
  expect(accepted().map(({ body }) => [body['messaging_type'], body['tag']])).toEqual([['MESSAGE_TAG', 'HUMAN_AGENT']])

  await silentFor(6 * 24, id, at)
  const all = ['opened free', 'closed free', 'opened tagged', 'closed tagged']
  await tells(...all)
  const ticket = await desk.ticket(id)
  expect(ticket).toMatchObject({ status: 'pending', window: { canReply: false, kind: null } })
  const late = await desk.reply(id, { text: 'Geç' })
  expect([late.status, late.body.code, accepted().length]).toEqual([422, 'window_closed', 1])
  expect(late.body.detail).toContain('it opens when they write again')

  await vendor.write({ customer, text: 'Buradayım' })
  await tells(...all, 'opened free')
  await quiet(desk)
  await tells(...all, 'opened free')
}
