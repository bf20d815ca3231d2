// A whole gateway whose files lie in a bucket of S3: what a customer sends goes there and comes back, and a bucket that is not there stops the start.
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../test/support/desk.ts'
import { masterKey, runGateway } from '../../test/support/gateway-process.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { startS3, type S3Server } from '../../test/support/s3-server.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let s3: S3Server
let at: Journey<RunningWhatsApp>
const inS3 = () => ({
  INLET_BLOBS: 's3',
  INLET_S3_ENDPOINT: s3.endpoint,
  INLET_S3_BUCKET: s3.bucket,
  INLET_S3_ACCESS_KEY: s3.keys.id,
  INLET_S3_SECRET_KEY: s3.keys.secret,
})
beforeAll(async () => {
  s3 = await startS3()
  at = await journey('whatsapp', standIn, { seed: 192, env: inS3() })
}, 150_000)
afterAll(async () => {
  await at.end()
  await s3.close()
})

const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(2_500_000, 'fatura ')])
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

it('G1 S18 a file of a customer lies in the bucket and is read through the API', async () => {
  await at.vendor.write({
    customer: 0,
    kind: 'document',
    file: { name: 'fatura.pdf', type: 'application/pdf', bytes: pdf },
  })
  const stored = await until(
    async () => (await at.desk.messages((await at.desk.ticketOf(0)).id))[0]?.attachments[0],
    (file) => file?.state === 'stored',
  )
  const answer = await fetch(`${at.gateway.address}/v1/attachments/${stored?.id}`, {
    headers: { authorization: `Bearer ${at.gateway.adminKey}` },
  })
  expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(pdf))
  const objects = readdirSync(s3.objects, { recursive: true }).map(String)
  expect(objects.filter((name) => name.startsWith('inlet/main/') && name.includes(sha256(pdf)))).not.toEqual([])
  expect(at.gateway.stdout()).toContain(`files in the bucket ${s3.bucket}`)
  expect(leaks(at.vendor, [at.gateway], { customers: [0] })).toEqual([])
  expect(at.gateway.stdout() + at.gateway.stderr()).not.toContain(s3.keys.secret)
}, 60_000)

it('a bucket that is not there stops the start with what to set', async () => {
  const env = {
    ...inS3(),
    INLET_S3_BUCKET: 'nobodys',
    DATABASE_URL: at.database?.url ?? '',
    INLET_MASTER_KEY: masterKey,
  }
  const it = runGateway({ env })
  expect(await it.ended).toEqual({ code: 1, signal: null })
  expect(it.stderr()).toMatch(/^Inlet cannot start\. The bucket nobodys at .*INLET_S3_BUCKET/m)
}, 60_000)
