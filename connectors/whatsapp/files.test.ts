// Proves fetching a customer's file through the real guard: fresh addresses, hashes, hosts, and what a bad moment gives.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { webhookCatcher } from '../../test/support/webhook-catcher.ts'
import { madeAccount, madeEdges, type MadeAccount } from '../../test/support/made-account.ts'
import { fetchFile } from './files.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let vendor: RunningWhatsApp
let made: MadeAccount
beforeAll(async () => {
  vendor = await standIn.start({ seed: 11 })
})
afterAll(() => vendor.stop())
beforeEach(() => {
  made = madeAccount(vendor.account())
})

const id = '1003383421387256'
const content = `stand-in media ${id}\n`
const base64 = createHash('sha256').update(content).digest('base64')
const hex = createHash('sha256').update(content).digest('hex')
const atVendor = (more: object = {}): string => JSON.stringify({ id, sha256: base64, type: 'image/jpeg', ...more })
const fetched = (wanted = atVendor(), account = made.account) =>
  fetchFile(wanted, account, madeEdges().edges, AbortSignal.timeout(10_000))
async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
const records = () => vendor.ledger.of('answered').filter((it) => it.call.endsWith(`/${id}`)).length

describe('W4 a customer’s file', () => {
  it.each([base64, hex, hex.toUpperCase()])('comes with its bytes, its type and its hash (%s)', async (sha256) => {
    const file = await fetched(atVendor({ sha256 }))
    expect(file).toMatchObject({ is: 'file', type: 'image/jpeg', sha256: hex })
    expect(file.is === 'file' ? await textOf(file.bytes) : file.why).toBe(content)
  })

  it('from the customer’s picture to its bytes, by what the webhook says alone', async () => {
    const catcher = await webhookCatcher()
    vendor.knocksAt(catcher.url)
    const bytes = new Uint8Array(50_000).map((_, at) => at % 251)
    await vendor.write({ customer: 0, kind: 'image', file: { name: 'a.jpg', type: 'image/jpeg', bytes } })
    await catcher.stop()
    const told = JSON.parse(Buffer.from(catcher.caught[0]!.body).toString()) as {
      entry: { changes: { value: { messages: { image: { id: string; sha256: string; mime_type: string } }[] } }[] }[]
    }
    const { image } = told.entry[0]!.changes[0]!.value.messages[0]!
    const file = await fetched(JSON.stringify({ id: image.id, sha256: image.sha256, type: image.mime_type }))
    expect(file).toMatchObject({ is: 'file', sha256: createHash('sha256').update(bytes).digest('hex') })
  })

  it('without a hash in the webhook the record’s counts', async () => {
    expect((await fetched(atVendor({ sha256: undefined }))).is).toBe('file')
    vendor.fail(1, { how: 'wrong-bytes' }, 'download')
    expect((await fetched(atVendor({ sha256: undefined }))).is).toBe('blocked')
  })

  it('S10 other bytes than announced are blocked', async () => {
    vendor.fail(1, { how: 'wrong-bytes' }, 'download')
    expect(await fetched()).toMatchObject({ is: 'blocked', why: expect.stringContaining('sha256') })
    expect((await fetched(atVendor({ sha256: Buffer.alloc(32).toString('base64') }))).is).toBe('blocked')
  })

  it('an address that is over is asked for once more', async () => {
    const before = records()
    vendor.fail(1, { how: 'gone' }, 'download')
    expect((await fetched()).is).toBe('file')
    expect(records() - before).toBe(2)
  })

  it('a file that is not there either time is gone, and it is not asked a third time', async () => {
    const before = records()
    vendor.fail(2, { how: 'gone' }, 'download')
    expect((await fetched()).is).toBe('gone')
    expect(records() - before).toBe(2)
  })

  it('an id the vendor does not know any more is gone', async () => {
    vendor.fail(1, { how: 'gone' }, 'media')
    expect((await fetched()).is).toBe('gone')
    expect((await fetched('not json')).is).toBe('gone')
  })

  it.each(['cut-bytes', 'hang'] as const)('F13 %s is tried later', async (how) => {
    vendor.fail(1, { how }, 'download')
    const signal = AbortSignal.timeout(500)
    expect((await fetchFile(atVendor(), made.account, madeEdges().edges, signal)).is).toBe('try-later')
  })

  it.each([{ how: 'status', status: 503 }, { how: 'reset' }, { how: 'error', code: 4 }] as const)(
    'F13 a vendor that answers the record with %j is asked later',
    async (fault) => {
      vendor.fail(1, fault, 'media')
      expect((await fetched()).is).toBe('try-later')
    },
  )

  it('a dead token is said once in the account’s health, and the file waits', async () => {
    vendor.fail(1, { how: 'error', code: 190 }, 'media')
    expect((await fetched()).is).toBe('try-later')
    expect(made.health).toMatchObject([{ state: 'auth_failed' }])
  })
})

describe('S8 S10 the token goes nowhere else', () => {
  const redirected = async (url: string) => {
    const record = JSON.stringify({ url, sha256: hex, mime_type: 'image/jpeg', id })
    vendor.fail(1, { how: 'status', status: 200, body: record }, 'media')
    return await fetched()
  }

  it('a host that is none of the vendor’s is blocked before anything is sent to it', async () => {
    const other = await webhookCatcher()
    expect((await redirected(other.url)).is).toBe('blocked')
    expect(other.caught).toEqual([])
    await other.stop()
  })

  it.each([
    'http://lookaside.fbsbx.com/a',
    'https://lookaside.fbsbx.com.evil.example/a',
    'https://lookaside.fbsbx.com@127.0.0.1/a',
    'https://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'nothing',
  ])('%s is blocked', async (url) => {
    expect((await redirected(url)).is).toBe('blocked')
  })

  it('the address in the webhook is never used, and the token is sent to apiBase', async () => {
    const before = vendor.ledger.of('answered').length
    expect((await fetched(atVendor({ url: 'https://evil.example/a' }))).is).toBe('file')
    expect(vendor.ledger.of('answered').length - before).toBe(2)
  })
})
