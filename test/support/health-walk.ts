// What an account's health says through the API when its token dies, its vendor falls silent, or a permission is gone: nothing is left to be guessed.
import { expect } from 'vitest'
import type { RunningDm } from '../../connectors/_shared/stand-in/meta-dm/running.ts'
import { until } from './desk.ts'
import type { Journey } from './journey.ts'

interface Health {
  readonly state: string
  readonly why: string | null
}

/** An account that was changed is looked at again at once, and not only after its five minutes. */
export async function walkHealth({ vendor, desk, gateway }: Journey<RunningDm>, customer: number): Promise<void> {
  const { channel } = (await desk.list<{ readonly channel: string }>('/v1/accounts'))[0]!
  const path = `/v1/accounts/${channel}/main`
  const healthIs = (state: string, words: string) =>
    until(
      async () => (await gateway.call<Health>('GET', `${path}/health`)).body,
      (found) => found.state === state && (found.why ?? '').includes(words),
    )
  const change = async (what: object): Promise<void> => {
    const { version } = (await gateway.call<{ version: number }>('GET', path)).body
    expect((await gateway.call('PATCH', path, { body: { version, ...what } })).status).toBe(200)
  }
  await vendor.write({ customer })
  const { id } = await desk.ticketOf(customer)
  vendor.expireToken()
  const waits = await desk.reply(id, { text: 'It waits' })
  expect(waits.status, waits.text).toBe(202)
  await healthIs('auth_failed', 'Set a new accessToken')

  vendor.renewToken()
  vendor.subscribe(0, [])
  await change({ secrets: { accessToken: vendor.account().secrets['accessToken'] } })
  await desk.replyIn(waits.body.id, 'read')
  await healthIs('degraded', 'No app is subscribed')
  vendor.subscribe(0, null)
  await change({ settings: vendor.account().settings })
  await healthIs('connected', '')

  vendor.fail(1, { how: 'error', code: 200 })
  await desk.replied(id, { text: 'Not allowed' }, 'failed')
  await healthIs('degraded', 'Give it the permissions that the channel’s README names')
  expect((await gateway.call<{ ok: boolean }>('POST', `${path}/test`)).body.ok).toBe(true)
  await healthIs('connected', '')
  expect(vendor.ledger.of('accepted').filter(({ to }) => to === vendor.customer(customer).id)).toHaveLength(1)
}
