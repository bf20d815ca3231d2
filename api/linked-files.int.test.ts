// Links to files: opened by whoever has the address, until it ends or the file goes; by nobody who made it up.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant, WorkspaceId } from '../schemas/ids.ts'
import type { FileLinks } from '../core/ports/edges.ts'
import type { DataKey } from '../infra/drivers/data-key-ring.ts'
import { makeDiskBlobs } from '../infra/drivers/blobs-disk.ts'
import { makeFileLinks } from '../infra/drivers/file-links.ts'
import { adminKey, apiBench, type Bench } from '../test/support/api-bench.ts'
import { handClock } from '../test/support/hand-clock.ts'

const main = 'main' as WorkspaceId
const other = 'other' as WorkspaceId
const keys = new Map<string, DataKey[]>([
  [main, [{ id: 1, bytes: Buffer.alloc(32, 1) }]],
  [other, [{ id: 1, bytes: Buffer.alloc(32, 2) }]],
])
const ring = {
  newest: (workspace: WorkspaceId) => Promise.resolve(keys.get(workspace)!.at(-1)!),
  named: (workspace: WorkspaceId, id: number) =>
    Promise.resolve(keys.get(workspace)?.find((it) => it.id === id) ?? null),
}

const clock = handClock()
let bench: Bench
let url: string
let folder: string
let links: FileLinks
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  // Its own address is not known yet: only the path of a link is used here.
  links = makeFileLinks({ ring, publicUrl: 'https://gate.example/base/' })
  bench = await apiBench({ clock, api: { blobs: makeDiskBlobs({ data: folder }), links } })
  url = await bench.server.listen()
})
afterAll(async () => {
  await bench.close()
  await rm(folder, { recursive: true, force: true })
})

async function upload(name: string, type: string, bytes: string): Promise<string> {
  const form = new FormData()
  form.append('file', new Blob([bytes], { type }), name)
  const headers = { authorization: `Bearer ${adminKey}` }
  const answer = await fetch(`${url}/v1/attachments`, { method: 'POST', body: form, headers })
  return ((await answer.json()) as { id: string }).id
}
const inHours = (hours: number): Instant =>
  new Date(Date.parse(clock.now()) + hours * 3_600_000).toISOString() as Instant
const pathTo = async (file: string, hours = 24, workspace = main): Promise<string> =>
  (await links.to(workspace, file, inHours(hours)))!.replace('https://gate.example/base', '')
const open = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers })

describe('D25 S13 a file that went as a link', () => {
  it('is downloaded without a key, by its content, and runs in no browser', async () => {
    const file = await upload('fatura "1".html', 'text/html', '<script>alert(1)</script>')
    const answer = await open(await pathTo(file))
    expect([answer.status, await answer.text()]).toEqual([200, '<script>alert(1)</script>'])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': expect.stringMatching(/^(?:text\/plain|application\/octet-stream)/),
      'content-disposition': expect.stringMatching(/^attachment; filename="fatura [^"\n]*\.html"; filename\*=UTF-8''/),
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-length': '25',
    })
  })
  it('opens for nobody who changed a letter of it: file, end, workspace or signature', async () => {
    const [file, beside] = [await upload('a.txt', 'text/plain', 'a'), await upload('b.txt', 'text/plain', 'b')]
    const path = await pathTo(file, 1)
    const [, , , , , until = '', signature = ''] = path.split('/')
    const flipped = `${signature.slice(0, -2)}${signature.endsWith('A') ? 'B' : 'A'}A`
    for (const made of [
      path.replace(file, beside),
      path.replace(until, String(Number(until) + 86_400)),
      path.replace('/main/', '/other/'),
      path.replace(signature, flipped),
      path.replace(signature, signature.replace('1.', '2.')),
      path.replace(signature, 'x'),
    ]) {
      const answer = await open(made)
      expect([made, answer.status]).toEqual([made, 404])
      expect(await answer.text()).toContain('Bu adres eksik')
    }
    expect((await open(path)).status).toBe(200)
    // A workspace that signs for another one's file gets nothing of it (S27).
    expect((await open(await pathTo(file, 1, other))).status).toBe(410)
  })
  it('ends at its moment, in words for whoever reads them, and not before', async () => {
    const path = await pathTo(await upload('c.txt', 'text/plain', 'c'), 1)
    clock.advance(3_599_000)
    expect((await open(path)).status).toBe(200)
    clock.advance(2_000)
    const ended = await open(path)
    expect([ended.status, ended.headers.get('content-type')]).toEqual([410, 'text/plain; charset=utf-8'])
    expect(await ended.text()).toMatch(/link has ended.*\n.*süresi doldu/)
  })
  it('goes with its file, and outlives a new key of its workspace', async () => {
    const file = await upload('d.txt', 'text/plain', 'd')
    const path = await pathTo(file)
    keys.get(main)!.push({ id: 2, bytes: Buffer.alloc(32, 3) })
    expect((await open(path)).status).toBe(200)
    await bench.sql(`update attachment set state = 'gone', blob = null where id = $1`, [file])
    expect((await open(path)).status).toBe(410)
    await bench.sql('delete from attachment where id = $1', [file])
    expect((await open(path)).status).toBe(410)
    keys.get(main)!.splice(0, 2, { id: 3, bytes: Buffer.alloc(32, 4) })
    expect((await open(path)).status).toBe(404)
  })
  it('is made only where the world reaches this gateway', async () => {
    expect(await makeFileLinks({ ring, publicUrl: null }).to(main, 'att_1', inHours(1))).toBeNull()
  })
})
