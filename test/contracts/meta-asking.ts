// What a channel of private messages at Meta asks by itself: who somebody is, and the bytes of a file; of a vendor that is well, slow or away.
import { expect, it } from 'vitest'
import type { Channel, InboundEvent } from '../../core/ports/channel.ts'
import type { RunningDm } from '../../connectors/_shared/stand-in/meta-dm/running.ts'
import { madeAccount, madeEdges } from '../support/made-account.ts'
import type { Catcher } from '../support/webhook-catcher.ts'

export interface MetaAsking<S, Name extends string> {
  readonly channel: Channel<S, Name>
  readonly account: { readonly id: string; readonly settings: S }
  /** Receipts are off, and customer 0 has written. */
  vendor(): RunningDm
  catcher(): Catcher
}
const soonOver = (how: string): AbortSignal => AbortSignal.timeout(how === 'hang' ? 300 : 5_000)

export function metaAsking<S, Name extends string>({ channel, account, vendor, catcher }: MetaAsking<S, Name>): void {
  const made = () => madeAccount(vendor().account()).account
  const user = (): string => vendor().customer(0).id
  const profileOf = (id: string, signal = soonOver('')) =>
    channel.profile!({ id, name: null, address: id, keys: [] }, made(), madeEdges().edges, signal)
  const eventsOf = async (raw: Parameters<typeof channel.normalize>[0]): Promise<readonly InboundEvent[]> =>
    channel.normalize(raw, account)

  it('who writes privately has a name that only asking tells; whoever has not written has none', async () => {
    const found = await profileOf(user())
    expect(found).toMatchObject({ is: 'raw', raw: { meta: { profile: user() } } })
    const [event] = found.is === 'raw' ? await eventsOf(found.raw) : []
    expect(event).toMatchObject({ type: 'contact.linked', data: { to: { name: vendor().customer(0).name } } })
    expect(await profileOf(vendor().customer(77).id)).toMatchObject({ is: 'none' })
    for (const id of ['ref:abc', 'author of 1_2', '', '../me'])
      expect(await profileOf(id)).toMatchObject({ is: 'none' })
  })

  it.each(['reset', 'half-answer', 'hang'] as const)(
    'F13 a profile that is answered by %s is asked for later',
    async (how) => {
      vendor().fail(1, { how }, 'other')
      expect(await profileOf(user(), soonOver(how))).toMatchObject({ is: 'try-later' })
    },
  )

  it('P8 F13 a dead token, and a vendor that is away, are no answer about a person', async () => {
    vendor().expireToken()
    expect(await profileOf(user())).toMatchObject({ is: 'try-later' })
    vendor().renewToken()
    vendor().fail(1, { how: 'status', status: 503, body: 'Service Unavailable' }, 'other')
    expect(await profileOf(user())).toMatchObject({ is: 'try-later' })
  })

  it.each([
    ['cut-bytes', 'broken off'],
    ['hang', 'try-later'],
    ['gone', 'gone'],
    ['slow', 64],
  ] as const)('F13 a file that comes by %s is whole or is not there', async (how, became) => {
    const file = { name: 'a.png', type: 'image/png', bytes: new Uint8Array(64) }
    await vendor().write({ customer: 0, kind: 'image', file })
    const { body: bytes } = catcher().caught.at(-1)!
    const route = channel.routesOf(account.settings)[0]!
    const receivedAt = '2026-11-21T10:00:00.000Z' as never
    const [event] = await eventsOf({ route, bytes, contentType: 'application/json', receivedAt })
    const source = event?.type === 'message.received' ? event.data.attachments[0]!.source : { live: '' }
    vendor().fail(1, how === 'slow' ? { how, ms: 50 } : { how }, 'download')
    const at = 'atVendor' in source ? source.atVendor : ''
    const fetched = await channel.fetchFile!(at, made(), madeEdges().edges, soonOver(how))
    const read = async () => {
      if (fetched.is !== 'file') return fetched.is
      let size = 0
      for await (const chunk of fetched.bytes) size += chunk.byteLength
      return size
    }
    expect(await read().catch(() => 'broken off')).toBe(became)
  })
}
