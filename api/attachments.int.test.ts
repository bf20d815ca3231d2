// Uploads: by their content, within their limits, used once by a reply; all or nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeDiskBlobs } from '../infra/drivers/blobs-disk.ts'
import { adminKey, apiBench, type Bench } from '../test/support/api-bench.ts'

let bench: Bench
let url: string
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  bench = await apiBench({ api: { blobs: makeDiskBlobs({ data: folder }) } })
  url = await bench.server.listen()
})
afterAll(async () => {
  await bench.close()
  await rm(folder, { recursive: true, force: true })
})

const megabyte = 1024 ** 2
async function upload(
  files: readonly { name: string; type: string; bytes: Uint8Array }[],
  headers: Record<string, string> = {},
) {
  const form = new FormData()
  for (const { name, type, bytes } of files)
    form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>], { type }), name)
  const answer = await fetch(`${url}/v1/attachments`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
  })
  return {
    status: answer.status,
    body: (await answer.json()) as { id: string; items: { id: string }[]; code?: string; field?: string },
  }
}
const text = (name: string, bytes = 'hello') => ({ name, type: 'text/plain', bytes: new TextEncoder().encode(bytes) })
const kept = async () => Number((await bench.sql('select count(*) as n from attachment'))[0]?.['n'])

describe('an upload', () => {
  it('S10 S13 is kept by its content and under a clean name, and comes back byte for byte', async () => {
    const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(300_000, 7)])
    const { status, body } = await upload([{ name: '../../etc/fa\u202etura.html', type: 'text/html', bytes }])
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({
        id: expect.stringMatching(/^att_/),
        name: 'fatura.html',
        type: 'application/pdf',
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        state: 'stored',
      }),
    ])
    const back = await fetch(`${url}/v1/attachments/${body.id}`, { headers: { authorization: `Bearer ${adminKey}` } })
    expect(Buffer.from(await back.arrayBuffer()).equals(bytes)).toBe(true)
    expect(back.headers.get('content-disposition')).toContain('attachment')
  })
  it('D25 20 MB exactly pass, a byte more is 422 and names the file', async () => {
    const exactly = { name: 'full.bin', type: 'application/octet-stream', bytes: new Uint8Array(20 * megabyte) }
    expect((await upload([exactly])).status).toBe(201)
    const more = { ...exactly, name: 'over.bin', bytes: new Uint8Array(20 * megabyte + 1) }
    const before = await kept()
    expect(await upload([text('first.txt'), more])).toMatchObject({
      status: 422,
      body: { code: 'file_too_large', field: 'over.bin' },
    })
    expect(await kept()).toBe(before)
  })
  it('D25 five files pass, the sixth is 422 and names the file', async () => {
    const five = [1, 2, 3, 4, 5].map((n) => text(`f${n}.txt`))
    const { status, body } = await upload(five)
    expect([status, body.items.length, body.id]).toEqual([201, 5, body.items[0]?.id])
    const before = await kept()
    expect(await upload([...five, text('f6.txt')])).toMatchObject({
      status: 422,
      body: { code: 'too_many_files', field: 'f6.txt' },
    })
    expect(await kept()).toBe(before)
  })
  it('with an Idempotency-Key is kept once, and another file under it is 409', async () => {
    const key = { 'idempotency-key': 'up-1' }
    const [first, again] = [await upload([text('a.txt')], key), await upload([text('a.txt')], key)]
    expect(again.body.id).toBe(first.body.id)
    expect((await upload([text('b.txt', 'other')], key)).status).toBe(409)
  })
  it('of nothing, of an empty file, or in another form is refused', async () => {
    expect(await upload([])).toMatchObject({ status: 400 })
    expect(await upload([text('void.txt', '')])).toMatchObject({
      status: 422,
      body: { code: 'file_empty', field: 'void.txt' },
    })
    const json = await bench.call({ method: 'POST', url: '/v1/attachments', payload: { file: 'x' } })
    expect(json.body).toMatchObject({ status: 415, code: 'media_type' })
  })
})
