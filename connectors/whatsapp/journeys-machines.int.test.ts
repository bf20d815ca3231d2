// Machines that share a PostgreSQL and a Kafka and no folder: what one keeps, the others give out, also when the first is gone with its disk.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MessageAnswer } from '../../schemas/answers.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { deskOf, until, type Desk } from '../../test/support/desk.ts'
import { endGateways, masterKey, newFolder, startGateway, type Gateway } from '../../test/support/gateway-process.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let broker: KafkaBroker
let database: FreshDatabase
let vendor: RunningWhatsApp
let desk: Desk
let hears: Gateway
let answers: Gateway
/** Each with a disk of its own. */
const machine = (only: string, more: Readonly<Record<string, string>> = {}): Promise<Gateway> =>
  startGateway({
    args: ['--only', only],
    data: join(newFolder(), 'data'),
    env: {
      DATABASE_URL: database.url,
      INLET_MASTER_KEY: masterKey,
      KAFKA_BROKERS: broker.address,
      INLET_KAFKA_PREFIX: 'machines.',
      INLET_KAFKA_PARTITIONS: '4',
      INLET_BLOBS: 'postgres',
      ...more,
    },
  })

beforeAll(async () => {
  broker = await startKafkaBroker()
  database = await freshDatabase()
  vendor = await standIn.start({ seed: 191 })
  hears = await machine('connectors')
  answers = await machine('api', { INLET_PUBLIC_URL: hears.address })
  await machine('workers,deliver')
  desk = deskOf({ ...answers, address: hears.address }, 'whatsapp', vendor)
  await desk.account()
}, 120_000)
afterAll(async () => {
  await vendor.stop()
  await endGateways()
  await database.close()
  await broker.close()
}, 60_000)

const bytesOf = async (path: string): Promise<Buffer> => {
  const answer = await fetch(`${answers.address}${path}`, { headers: { authorization: `Bearer ${answers.adminKey}` } })
  expect([path, answer.status]).toEqual([path, 200])
  return Buffer.from(await answer.arrayBuffer())
}
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const firstMessage = (customer: number, is: (it: MessageAnswer) => boolean): Promise<MessageAnswer> =>
  until(
    async () => (await desk.messages((await desk.ticketOf(customer)).id)).find(is),
    (found) => found !== undefined,
    30_000,
  ) as Promise<MessageAnswer>

const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(2_500_000, 'fatura ')])
/** Too long for its event, and its call too large for the log: both texts lie among the files. */
const long = `Uzun hikâye ${'ş'.repeat(40_000)} son`

it('G1 what one machine took in is read on another that has none of its folders, also when the first is lost with its disk', async () => {
  await vendor.write({
    customer: 0,
    kind: 'document',
    file: { name: 'fatura.pdf', type: 'application/pdf', bytes: pdf },
  })
  await vendor.write({ customer: 1, text: long })
  const withFile = await firstMessage(0, (it) => it.attachments[0]?.state === 'stored')
  const written = await firstMessage(1, (it) => it.text.startsWith('Uzun hikâye'))
  // As when a machine burns: no orderly stop, and nothing left of its disk.
  hears.kill('SIGKILL')
  await hears.ended
  rmSync(hears.data, { recursive: true })
  const [file] = withFile.attachments
  expect(sha256(await bytesOf(`/v1/attachments/${file?.id}`))).toBe(sha256(pdf))
  expect(long.startsWith(written.text)).toBe(true)
  const raw = (await bytesOf(`/v1/raws/${written.raw}`)).toString()
  expect(JSON.stringify(JSON.parse(raw))).toContain(long)
  expect(raw.length).toBeGreaterThan(64 * 1024)
  expect(existsSync(join(answers.data, 'blobs'))).toBe(false)
}, 60_000)

it('a file uploaded on one machine goes out from another', async () => {
  const form = new FormData()
  const picture = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(300_000, 'kapı ')])
  form.append('file', new Blob([picture], { type: 'image/png' }), 'kapı.png')
  const uploaded = await answers.call<{ id: string }>('POST', '/v1/attachments', { body: form })
  expect(uploaded.status, uploaded.text).toBe(201)
  hears = await machine('connectors')
  vendor.knocksAt(`${hears.address}/in/whatsapp/main`)
  const asked = await desk.reply((await desk.ticketOf(0)).id, { text: 'Bu mu?', attachments: [uploaded.body.id] })
  expect(asked.status, asked.text).toBe(202)
  await until(
    async () => (await answers.call<{ state: string }>('GET', `/v1/replies/${asked.body.id}`)).body.state,
    (state) => state === 'read',
    30_000,
  )
  for (const one of [hears, answers])
    expect([one.data, readdirSync(one.data).filter((it) => it === 'blobs')]).toEqual([one.data, []])
}, 60_000)
