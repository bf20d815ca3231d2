// Files right after their messages: fetched once, measured and typed by their bytes, given up only where the vendor or time says so.
import { createHash } from 'node:crypto'
import { fileTypeFromBuffer } from 'file-type'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AnyChannel } from '../ports/channel.ts'
import type { Fault } from '../ports/stand-in.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { House } from '../../infra/house.ts'
import { until } from '../../test/support/deliver-rig.ts'
import { main, runLoops, walkHouse, type WalkHouse } from '../../test/support/walk-house.ts'
import { lifeOf } from '../../test/support/walk-life.ts'
import { fetchFiles } from './fetch-files.ts'
import { fileReader } from './file-reader.ts'

let mode: 'works' | 'throws' | 'hangs' = 'works'
let hung = 0
const changeable = (it: AnyChannel): AnyChannel => ({
  ...it,
  async fetchFile(atVendor, account, edges, signal) {
    if (mode === 'throws' || it.fetchFile === undefined) throw new TypeError('a fault of ours')
    if (mode === 'works') return it.fetchFile(atVendor, account, edges, signal)
    hung += 1
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('no answer'))))
  },
})

let on: WalkHouse
let end: () => Promise<void>
beforeAll(async () => {
  on = await walkHouse({ seed: 70, channel: changeable })
  end = runLoops(on.house, {})
})
afterAll(async () => {
  await end()
  await on.close()
})
afterEach(() => void (mode = 'works'))

const typeOf = async (head: Uint8Array) => (await fileTypeFromBuffer(head))?.mime ?? null
function fetching(house: House = on.house): () => Promise<void> {
  const stop = new AbortController()
  const running = fetchFiles({ ...house, jobs: house.queues.fileJobs, typeOf, atOnce: 4 }, stop.signal)
  return async () => {
    stop.abort()
    await running
  }
}
interface File {
  readonly id: string
  readonly state: string
  readonly type: string
  readonly size: number | null
  readonly sha256: string | null
  readonly blob: string | null
  readonly why: string | null
  readonly attempt: number
}
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
let written = 0
/** A message with a file; gives the vendor's id. The vendor says it is a text, whatever it is. */
async function write(bytes: Uint8Array = png): Promise<string> {
  const file = { name: 'photo.bin', type: 'text/plain', bytes }
  const { id } = await on.vendor.write({ customer: (written += 1), file })
  await until(async () => (await find(id)) !== undefined)
  return id
}
const find = async (id: string): Promise<File | undefined> =>
  (await on.sql<File>(`select a.* from inlet.attachment a where a.at_vendor = $1`, `f-${id}`))[0]
const settled = (id: string) => until(async () => !['pending'].includes((await find(id))!.state))
const told = async (id: string): Promise<readonly AnyEvent[]> => {
  const file = (await find(id))!
  const rows = await on.sql<{ event: AnyEvent }>(
    `select event from inlet.log_event where event -> 'data' ->> 'attachment' = $1`,
    file.id,
  )
  return rows.map(({ event }) => event).filter((event) => event.type.startsWith('attachment.'))
}

describe('files', () => {
  it('W4 S10 the message is there at once; its file follows with size, type and hash as its bytes say', async () => {
    const id = await write()
    expect((await find(id))!.state).toBe('pending')
    const stop = fetching()
    await settled(id)
    await stop()
    const sha256 = createHash('sha256').update(png).digest('hex')
    const wanted = { size: png.byteLength, sha256, type: 'image/png' }
    const file = (await find(id))!
    expect(file).toMatchObject({ ...wanted, state: 'stored' })
    expect(await told(id)).toMatchObject([{ type: 'attachment.stored', data: { ...wanted, blob: file.blob } }])
    const bytes = await fileReader(on.house.blobs, main)(file.blob as never)
    expect(Buffer.compare(bytes, png)).toBe(0)
  })

  it.each<[string, Fault, string]>([
    ['gone at the vendor', { how: 'gone' }, 'gone'],
    [
      'led to an address that came with data (S8)',
      { how: 'status', status: 302, headers: { location: 'http://127.0.0.2:9/x' } },
      'blocked',
    ],
  ])('W4 one that is %s is given up, and told', async (_name, fault, state) => {
    on.vendor.fail(1, fault, 'download')
    const id = await write()
    const stop = fetching()
    await settled(id)
    await stop()
    expect(await find(id)).toMatchObject({ state })
    expect(await told(id)).toMatchObject([{ type: 'attachment.failed', data: { state } }])
  })

  it.each<[string, Fault]>([
    ['an error', { how: 'status', status: 500 }],
    ['a cut line', { how: 'reset' }],
  ])('W4 F13 after %s it is tried again later, and then stored', async (_name, fault) => {
    on.vendor.fail(1, fault, 'download')
    const id = await write()
    const stop = fetching()
    await until(async () => (await find(id))!.why !== null)
    const [later] = await on.sql<{ ms: number }>(
      `select extract(epoch from not_before - now()) * 1000 as ms from inlet.attachment where at_vendor = $1`,
      `f-${id}`,
    )
    expect(Number(later!.ms)).toBeGreaterThan(500)
    await on.sql(`update inlet.attachment set not_before = '-infinity' where at_vendor = $1`, `f-${id}`)
    await settled(id)
    await stop()
    expect(await find(id)).toMatchObject({ state: 'stored', attempt: 2 })
  })

  it('W4 what cannot be fetched in seven days is given up, also by a fault of ours', async () => {
    mode = 'throws'
    const id = await write()
    const stop = fetching()
    await until(async () => (await find(id))!.why !== null)
    expect(await find(id)).toMatchObject({ state: 'pending', why: 'a fault of ours' })
    await on.sql(
      `update inlet.attachment set not_before = '-infinity', created_at = now() - interval '8 days' where at_vendor = $1`,
      `f-${id}`,
    )
    await settled(id)
    await stop()
    expect(await find(id)).toMatchObject({ state: 'gone', why: expect.stringContaining('seven days') })
  })

  it('F2 W4 a process that dies at any moment of it: the file is stored once', async () => {
    const stops: string[] = []
    for (let n = 1; n < 60; n += 1) {
      const id = await write(Buffer.from(`bytes ${n}`))
      const life = lifeOf(on.house, n)
      const stop = fetching(life.house)
      await Promise.race([life.crashed, settled(id)])
      await stop()
      await on.sql(
        `update inlet.attachment set lease_until = '-infinity', not_before = '-infinity' where state = 'pending'`,
      )
      const next = fetching()
      await settled(id)
      await next()
      expect(await find(id)).toMatchObject({ state: 'stored' })
      expect((await told(id)).map((event) => event.type)).toEqual(['attachment.stored'])
      if (life.endedAt === null) break
      stops.push(life.endedAt)
    }
    expect(stops).toContain('after blobs.put')
    expect(stops).toContain('after fileJobs.stored')
  })

  it('G16 a stop does not wait for a vendor that says nothing; the file is free for the next process', async () => {
    mode = 'hangs'
    const id = await write()
    const stop = fetching()
    await until(() => hung > 0)
    const began = performance.now()
    await stop()
    expect(performance.now() - began).toBeLessThan(5_000)
    mode = 'works'
    const again = fetching()
    await until(async () => (await find(id))!.state === 'stored', 3_000)
    await again()
  })

  it('F18 two loops at once fetch each file once', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, (_, n) => write(Buffer.from(`both ${n}`))))
    const stops = [fetching(), fetching()]
    for (const id of ids) await settled(id)
    await Promise.all(stops.map((stop) => stop()))
    expect((await Promise.all(ids.map(find))).map((file) => file?.attempt)).toEqual(ids.map(() => 1))
  })
})
