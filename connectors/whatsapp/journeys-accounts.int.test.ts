// Accounts over their life: several numbers behind one address, numbers nobody claims, rotated secrets, dead tokens, health.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountAnswer, HealthAnswer, ParkedAnswer } from '../../schemas/answers.ts'
import { quiet, until, type Fields, type Problem } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'
import { signedHeaders, vendorBytes } from '../_shared/stand-in/meta-signing.ts'
import { managementCall } from './stand-in/webhooks.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 105 })
}, 60_000)
afterAll(() => at.end(), 30_000)

const path = (id: string) => `/v1/accounts/whatsapp/${id}`
const account = async (id = 'main') => (await at.gateway.call<AccountAnswer>('GET', path(id))).body
async function patch(id: string, set: Fields): Promise<AccountAnswer> {
  const { version } = await account(id)
  const answer = await at.gateway.call<AccountAnswer>('PATCH', path(id), { body: { version, ...set } })
  expect(answer.status, answer.text).toBe(200)
  return answer.body
}
const healthOf = async (id = 'main') => (await at.gateway.call<HealthAnswer>('GET', `${path(id)}/health`)).body
const inState = (state: string, id = 'main') =>
  until(
    () => healthOf(id),
    (it) => it.state === state,
  )
const test = async (id = 'main') =>
  (await at.gateway.call<{ ok: boolean; why: string }>('POST', `${path(id)}/test`)).body

describe('B19 health', () => {
  it('a test asks the vendor and says what it knows; the first genuine call connects the account', async () => {
    expect(await test()).toMatchObject({ ok: true })
    await at.vendor.write({ customer: 1 })
    expect((await inState('connected')).since).toMatch(/Z$/)
  })

  it('D64 what the vendor says of quality and limits is kept as facts, and is an event', async () => {
    const value = { display_phone_number: '15550783881', event: 'DOWNGRADE', current_limit: 'TIER_250' }
    const call = managementCall('102290129340398', Date.now(), { field: 'phone_number_quality_update', value })
    expect((await at.vendor.post(vendorBytes(call))).status).toBe(200)
    const health = await until(
      () => healthOf(),
      (it) => it.facts['current_limit'] === 'TIER_250',
    )
    expect(health.state).toBe('connected')
    await at.desk.told('?types=channel.health_changed', (it) => JSON.stringify(it.data).includes('TIER_250'))
  })

  it('D64 an account that the vendor restricts is degraded and says why', async () => {
    const value = { event: 'ACCOUNT_RESTRICTION', restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED' }] }
    await pause(1_100) // the vendor's clock has whole seconds, and older words than the present state change nothing
    const call = managementCall('102290129340398', Date.now(), { field: 'account_update', value })
    await at.vendor.post(vendorBytes(call))
    const health = await inState('degraded')
    expect(health.why).toContain('RESTRICTED_BIZ_INITIATED')
    await patch('main', { settings: (await account()).settings })
    await until(
      async () => {
        await at.vendor.write({ customer: 1 })
        return healthOf()
      },
      (it) => it.state === 'connected',
    )
  })

  it('D64 P8 one that the vendor bans sends nothing and says why, and hears that it is back', async () => {
    const said = async (state: string) => {
      await pause(1_100)
      const value = { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: state, waba_ban_date: '2026-11-10' } }
      const call = managementCall('102290129340398', Date.now(), { field: 'account_update', value })
      expect((await at.vendor.post(vendorBytes(call))).status).toBe(200)
    }
    await said('DISABLE')
    expect((await inState('auth_failed')).why).toContain('DISABLE')
    const { id } = await at.desk.ticketOf(1)
    expect((await at.desk.reply(id, { text: 'orada mısınız' })).body.code).toBe('account_down')
    await said('REINSTATE')
    await inState('connected')
  })
})

describe('several numbers behind one address', () => {
  it('a number nobody claims is answered 200, set aside and said in health; claimed and retried, its message is there', async () => {
    const { vendor, desk, gateway } = at
    const knock = await vendor.write({ customer: 10, account: 1, text: 'kimse yok mu' })
    expect(knock.statuses).toEqual([200])
    const [aside] = await until(
      () => desk.list<ParkedAnswer>('/v1/parked'),
      (all) => all.length === 1,
    )
    const number = String(vendor.account(1).settings['phoneNumberId'])
    expect(aside?.why).toContain(number)
    const health = await inState('degraded')
    expect(health.why).toContain(number)
    expect(health.facts['unclaimed']).toBe(number)
    const early = await gateway.call<Problem>('POST', `/v1/parked/${aside?.id}/retry`)
    expect([early.status, early.body.code]).toEqual([422, 'failed_again'])

    await desk.account({ id: 'sales', n: 1, more: { endpoint: 'main' } })
    const retried = await until(
      () => gateway.call('POST', `/v1/parked/${aside?.id}/retry`),
      (it) => it.status === 200,
    )
    expect(retried.status).toBe(200)
    const ticket = await desk.ticketOf(10)
    expect(ticket).toMatchObject({ account: 'sales', status: 'new', messageCount: 1 })
    expect((await desk.messages(ticket.id))[0]).toMatchObject({ text: 'kimse yok mu', externalId: knock.id })
    expect(await desk.list('/v1/parked')).toEqual([])
    // The vendor's own repeat of the call changes nothing more.
    await vendor.post(vendor.ledger.of('knocked').find((it) => it.ids.includes(knock.id))?.bytes ?? '')
    await quiet(desk)
    expect((await desk.ticket(ticket.id)).messageCount).toBe(1)
  })

  it('one customer at two numbers has two tickets, and each answer leaves from the number they wrote to', async () => {
    const { vendor, desk } = at
    await vendor.write({ customer: 11, account: 0 })
    await vendor.write({ customer: 11, account: 1 })
    const tickets = await desk.ticketsOf(11, 2)
    expect(tickets.map((it) => it.account).toSorted()).toEqual(['main', 'sales'])
    expect(new Set(tickets.map((it) => it.requester.contact)).size).toBe(1)
    for (const ticket of tickets) {
      await desk.replied(ticket.id, { text: 'buradan' })
      const number = String(vendor.account(ticket.account === 'main' ? 0 : 1).settings['phoneNumberId'])
      const call = vendor.ledger.of('answered').findLast((it) => it.call.endsWith('/messages'))
      expect(call?.call).toContain(number)
    }
  })

  it('a duplicate account is a conflict, and one without its number or of an unknown channel is refused with why', async () => {
    const { gateway, vendor } = at
    const body = { channel: 'whatsapp', id: 'main', ...vendor.account(0) }
    const again = await gateway.call<Problem>('POST', '/v1/accounts', { body })
    expect([again.status, again.body.code]).toEqual([409, 'exists'])
    const none = await gateway.call<Problem>('POST', '/v1/accounts', { body: { ...body, id: 'x', settings: {} } })
    expect([none.status, none.body.code]).toEqual([422, 'invalid_account'])
    expect(none.body.detail).toContain('phoneNumberId')
    const unknown = await gateway.call<Problem>('POST', '/v1/accounts', {
      body: { ...body, channel: 'telex', id: 'y' },
    })
    expect(unknown.status).toBe(422)
  })
})

describe('S3 rotation of the app secret', () => {
  const signedWith = async (secret: string, customer: number): Promise<number> => {
    // The stand-in's own bytes, signed by the secret of the test.
    const { bytes } = at.vendor.ledger.of('knocked').findLast((it) => it.what === 'message') ?? {
      bytes: new Uint8Array(),
    }
    const body = new Uint8Array(bytes)
    const headers = signedHeaders(body, secret, 'right')
    const url = `${at.gateway.address}/in/whatsapp/main?customer=${customer}`
    return (await fetch(url, { method: 'POST', headers, body })).status
  }
  const takes = (secret: string, status: number) =>
    until(
      () => signedWith(secret, 0),
      (found) => found === status,
    )

  it('both hold until the set time, then only the new one; nothing of either is given back', async () => {
    const old = at.vendor.account().secrets['appSecret'] ?? ''
    const next = 'f00dfeedcafe4242f00dfeedcafe4242'
    await at.vendor.write({ customer: 12 })
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
    const secrets = { appSecret: next, appSecretPrevious: old, appSecretPreviousUntil: inAnHour }
    const changed = await patch('main', { secrets })
    expect(JSON.stringify(changed)).not.toContain(next)
    await takes(next, 200)
    expect(await signedWith(old, 0)).toBe(200)
    expect([401, 403]).toContain(await signedWith('0'.repeat(32), 0))
    const soon = new Date(Date.now() + 1_500).toISOString()
    await patch('main', { secrets: { appSecretPreviousUntil: soon } })
    await pause(Math.max(0, Date.parse(soon) - Date.now()) + 50)
    await until(
      () => signedWith(old, 0),
      (status) => status === 401 || status === 403,
    )
    expect(await signedWith(next, 0)).toBe(200)
    const audit = JSON.stringify(await at.desk.list('/v1/audit'))
    expect(audit).toContain('secret.changed')
    expect(audit).not.toContain(next)
    await patch('main', { secrets: { appSecret: old, appSecretPrevious: null, appSecretPreviousUntil: null } })
    await takes(old, 200)
  })
})

describe('an access token that dies', () => {
  it('B19 the account is auth_failed, replies wait, new ones are refused with why; a new token sends what waited, once', async () => {
    const { vendor, desk, gateway } = at
    await vendor.write({ customer: 13 })
    const { id } = await desk.ticketOf(13)
    vendor.expireToken()
    const asked = await desk.reply(id, { text: 'bekleyen' })
    expect(asked.status, asked.text).toBe(202)
    const health = await inState('auth_failed')
    expect(health.why?.length).toBeGreaterThan(10)
    expect((await test()).ok).toBe(false)
    const refused = await desk.reply(id, { text: 'şimdi olmaz' })
    expect([refused.status, refused.body.code]).toEqual([422, 'account_down'])
    expect((await gateway.call<{ state: string }>('GET', `/v1/replies/${asked.body.id}`)).body.state).toBe('queued')
    // Receiving goes on.
    expect((await vendor.write({ customer: 13 })).statuses).toEqual([200])
    await desk.messages(id, 3)

    vendor.renewToken()
    await patch('main', { secrets: { accessToken: vendor.account().secrets['accessToken'] ?? '' } })
    await desk.replyIn(asked.body.id, 'read')
    expect(vendor.ledger.of('accepted').filter((it) => it.ours === asked.body.id)).toHaveLength(1)
    await inState('connected')
    expect((await desk.replied(id, { text: 'yine burada' })).state).toBe('read')
    await desk.told('?types=channel.health_changed', (it) => it.data['state'] === 'auth_failed')
  })
})

describe('switched off and dropped', () => {
  it('a disabled account hears and sends nothing, its neighbours go on; with the last the address is gone, and it comes back; a dropped one leaves its tickets', async () => {
    const { vendor, desk, gateway } = at
    const { id } = await desk.ticketOf(11)
    await patch('main', { enabled: false })
    const other = await desk.ticketOf(13)
    expect((await desk.reply(other.id, { text: 'kapalı' })).body.code).toBe('account_down')
    expect((await vendor.write({ customer: 15, account: 1 })).status).toBe(200)
    expect(await desk.ticketOf(15)).toMatchObject({ account: 'sales' })
    await patch('sales', { enabled: false })
    await until(
      () => vendor.write({ customer: 14 }, { retry: false }),
      (it) => it.status === 404,
    )
    await patch('sales', { enabled: true })
    await patch('main', { enabled: true })
    expect((await vendor.write({ customer: 14 })).status).toBe(200)
    expect((await gateway.call('DELETE', path('sales'))).status).toBe(204)
    expect((await gateway.call('GET', path('sales'))).status).toBe(404)
    expect((await gateway.call('GET', `/v1/tickets/${id}`)).status).toBe(200)
  })
})

it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
  const told = { customers: [1, 10, 11, 12, 13, 14, 15], texts: ['kimse yok mu', 'f00dfeedcafe4242f00dfeedcafe4242'] }
  expect(leaks(at.vendor, [at.gateway], told)).toEqual([])
})
