// Promises of the whole house, seen from outside while messages of a real channel go through it: counts, one id, replays, swapped secrets.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quiet, until } from '../../test/support/desk.ts'
import { percentile } from '../../test/bench/stats.ts'
import { untilAnswering } from '../../infra/commands/simulated-account.ts'
import { journey, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'
import { signedHeaders } from '../_shared/stand-in/meta-signing.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 121, env: { INLET_LOG: 'debug' } })
}, 60_000)
afterAll(() => at.end(), 30_000)

const bytesOf = (id: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(at.vendor.ledger.of('knocked').find((it) => it.ids.includes(id))?.bytes ?? [])
const signed = (bytes: Uint8Array, secret = at.vendor.account().secrets['appSecret'] ?? '') =>
  signedHeaders(bytes, secret, 'right')

/** Sums of a counter by one of its labels. */
async function counted(name: string, label: string): Promise<Readonly<Record<string, number>>> {
  const { text } = await at.gateway.call('GET', '/metrics')
  const sums: Record<string, number> = {}
  for (const [, labels = '', value = ''] of text.matchAll(new RegExp(`^inlet_${name}_total\\{(.*)\\} (\\S+)$`, 'gm'))) {
    const key = new RegExp(`${label}="([^"]*)"`).exec(labels)?.[1] ?? ''
    sums[key] = (sums[key] ?? 0) + Number(value)
  }
  return sums
}
const total = (sums: Readonly<Record<string, number>>): number => Object.values(sums).reduce((a, b) => a + b, 0)

describe('what is counted', () => {
  it('M1 received = accepted + refused, and once drained accepted = handled + duplicate + parked', async () => {
    const { vendor, desk, gateway } = at
    const refusedBefore = total(await counted('refused', 'reason'))
    const knock = await vendor.write({ customer: 1 })
    await vendor.write({ customer: 2 }, { times: 9, concurrently: true })
    await vendor.writeMany([3, 4, 5].map((customer) => ({ customer })))
    await vendor.post('signed and no JSON')
    for (const signature of ['missing', 'wrong'] as const)
      await vendor.write({ customer: 6 }, { signature, retry: false })
    await fetch(`${gateway.address}/in/whatsapp/nobody`, { method: 'POST', body: '{}' })
    await desk.ticketOf(5)
    await quiet(desk)

    const accepted = await counted('accepted', 'type')
    const refused = await counted('refused', 'reason')
    expect(accepted['message.received']).toBe(1 + 9 + 3)
    expect(accepted['ingest.quarantined']).toBe(1)
    expect(total(refused) - refusedBefore).toBe(3)
    expect(total(await counted('received', 'channel'))).toBe(total(accepted) + total(refused))
    const of = async (worker: string) => {
      const each = await Promise.all(['handled', 'duplicate', 'parked'].map((name) => counted(name, 'worker')))
      return each.map((sums) => sums[worker] ?? 0)
    }
    expect(await of('threading')).toEqual([5, 8, 0])
    expect(await of('quarantine')).toEqual([1, 0, 0])
    expect(knock.status).toBe(200)
  })

  it('M4 one id goes from the vendor’s call through every event it causes to the reply and what becomes of it', async () => {
    const { vendor, desk, gateway } = at
    const first = await vendor.write({ customer: 10 })
    const ticket = await desk.ticketOf(10)
    // The vendor's bytes with another message id in them, called with an id of ours.
    const body = new TextEncoder().encode(
      new TextDecoder().decode(bytesOf(first.id)).replaceAll(first.id, 'wamid.correlated'),
    )
    const headers: [string, string][] = [...signed(body), ['inlet-correlation-id', 'walk-4711']]
    const answer = await fetch(`${gateway.address}/in/whatsapp/main`, { method: 'POST', headers, body })
    expect([answer.status, answer.headers.get('inlet-correlation-id')]).toEqual([200, 'walk-4711'])
    const [, message] = await desk.messages(ticket.id, 2)
    await quiet(desk)
    const caused = (await desk.events()).filter((it) => JSON.stringify(it.data).includes(message?.id ?? 'none'))
    expect(caused.map((it) => it.type)).toContain('ticket.message_added')
    expect(new Set(caused.map((it) => it.correlationid))).toEqual(new Set(['walk-4711']))

    const asked = await desk.reply(ticket.id, { text: 'evet', replyTo: message?.id })
    await desk.replyIn(asked.body.id, 'read')
    await quiet(desk)
    const ours = (await desk.events()).filter((it) => it.correlationid === 'walk-4711').map((it) => it.type)
    expect(ours).toEqual(expect.arrayContaining(['reply.requested', 'message.sent']))
  })
})

describe('a call sent again by somebody who recorded it', () => {
  it('S4 is the same message, days of desk work later: nothing is added, no resolved ticket comes back', async () => {
    const { vendor, desk, gateway } = at
    const knock = await vendor.write({ customer: 20 })
    const { id } = await desk.ticketOf(20)
    expect((await desk.patch(id, { status: 'resolved' })).status).toBe(200)
    await quiet(desk)
    const before = await desk.ticket(id)
    const told = async () =>
      (await desk.events()).filter((it) => it.data['externalId'] === knock.id).map((it) => it.type)
    expect(await told()).toEqual(['message.received'])
    const body = bytesOf(knock.id)
    for (let n = 0; n < 5; n++) {
      const answer = await fetch(`${gateway.address}/in/whatsapp/main`, { method: 'POST', headers: signed(body), body })
      expect(answer.status).toBe(200)
    }
    await quiet(desk)
    expect(await desk.ticket(id)).toEqual(before)
    expect(await desk.ticketsOf(20)).toHaveLength(1)
    // Not even as an event: whoever follows the feed sees it once.
    expect(await told()).toEqual(['message.received'])
  })
})

describe('a slow database', () => {
  it('G27 while every reader of tickets hangs for three seconds, vendors are answered and the process turns', async () => {
    const { vendor, desk, gateway, database } = at
    await desk.ticketOf(1)
    const owner = await database!.pool('owner').connect()
    await owner.query('begin; lock table inlet.ticket in access exclusive mode')
    const hanging = Array.from({ length: 40 }, () => gateway.call('GET', '/v1/tickets'))
    await pause(200)
    const took: number[] = []
    const began = performance.now()
    for (let n = 0; performance.now() - began < 3_000; n++) {
      const from = performance.now()
      const knock = await vendor.write({ customer: 100 + (n % 50) }, { retry: false })
      took.push(performance.now() - from)
      expect(knock.status).toBe(200)
      expect((await fetch(`${gateway.address}/healthz`)).status).toBe(200)
    }
    await owner.query('rollback')
    owner.release()
    // All of them were answered while the table was locked. Nearly all quickly: one may fall into a pause of the machine.
    expect(took.length).toBeGreaterThan(10)
    expect(percentile(took, 0.8)).toBeLessThan(1_000)
    for (const answer of await Promise.all(hanging)) expect([200, 503]).toContain(answer.status)
    await desk.ticketOf(100)
    expect((await gateway.call('GET', '/v1/tickets')).status).toBe(200)
  })
})

describe('who looks at the database', () => {
  it('S16 finds no usable secret in any table, and a sealed one moved to another account opens nothing', async () => {
    const { vendor, gateway, database } = at
    const owner = database!.pool('owner')
    const own = {
      ...vendor.account(2),
      secrets: { appSecret: 'canary-9f8e7d6c5b4a', verifyToken: 'canary-v', accessToken: 'canary-t' },
    }
    for (const [id, workspace] of [
      ['second', 'main'],
      ['third', 'rival'],
    ] as const) {
      await gateway.call('POST', '/v1/workspaces', { body: { id: 'rival', name: 'Rival' } })
      const headers = { 'inlet-workspace': workspace }
      const made = await gateway.call('POST', '/v1/accounts', { headers, body: { channel: 'whatsapp', id, ...own } })
      expect(made.status, made.text).toBe(201)
      await untilAnswering(`${gateway.address}/in/whatsapp/${id}`)
    }
    const tables = await owner.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'inlet'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
    )
    let rows = 0
    for (const { name } of tables.rows) {
      const dumped = await owner.query<{ row: string }>(`select t::text as row from ${name} t`)
      rows += dumped.rows.length
      const secrets = [...Object.values(own.secrets), ...Object.values(vendor.account().secrets)]
      const texts = secrets.flatMap((it) => [
        it,
        Buffer.from(it).toString('base64').replace(/=+$/, ''),
        Buffer.from(it).toString('hex'),
      ])
      for (const { row } of dumped.rows)
        for (const text of texts) expect(row.includes(text), `${name}: ${text}`).toBe(false)
    }
    expect(rows).toBeGreaterThan(100)

    const knock = async (id: string, secret: string) => {
      const body = new TextEncoder().encode('{"entry":[]}')
      const url = `${gateway.address}/in/whatsapp/${id}`
      return (await fetch(url, { method: 'POST', headers: signed(body, secret), body })).status
    }
    for (const id of ['second', 'third']) expect(await knock(id, 'canary-9f8e7d6c5b4a')).toBe(200)
    // Somebody who may write to the database copies the main account's sealed secret, which they know, into others.
    await owner.query(
      `update inlet.account a set secrets = jsonb_set(a.secrets::jsonb, '{appSecret}', m.secrets::jsonb -> 'appSecret'), version = a.version + 1
       from inlet.account m where m.id = 'main' and a.id in ('second', 'third')`,
    )
    for (const id of ['second', 'third']) {
      await until(
        () => knock(id, 'canary-9f8e7d6c5b4a'),
        (status) => status !== 200,
      )
      expect(await knock(id, vendor.account().secrets['appSecret'] ?? '')).not.toBe(200)
    }
  })
})
