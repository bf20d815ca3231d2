// What every BlobStore keeps: run over each driver.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BlobStore } from '../../core/ports/edges.ts'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'
import { madeBytes } from '../support/seed.ts'

export interface BlobStoreUnderTest {
  readonly store: BlobStore
  /** Makes a blob look as if it was last put that long ago. */
  age(workspace: WorkspaceId, ref: BlobRef, hours: number): Promise<void>
  /** How many blobs, whole or half, lie in the whole store. */
  count(): Promise<number>
  /** How many there have to be for several portions; where each is a call over the network, fewer in smaller ones. */
  readonly many?: { readonly blobs: number; readonly atOnce: number }
  remove(): Promise<void>
}

const main = 'main' as WorkspaceId
const other = 'other' as WorkspaceId
const refFor = (bytes: Uint8Array): BlobRef => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const nobody = () => Promise.resolve(new Set<BlobRef>())

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

export function blobStoreContract(name: string, make: () => Promise<BlobStoreUnderTest>): void {
  describe(`the blob store ${name}`, () => {
    let tried: BlobStoreUnderTest
    const store = (): BlobStore => tried.store
    beforeAll(async () => {
      tried = await make()
    })
    afterAll(() => tried.remove())

    describe('bytes', () => {
      bytesCome(store, () => tried)
    })
    describe('faults', () => {
      faultsHarmNobody(store, () => tried)
    })
    describe('walls', () => {
      wallsStand(store)
    })
    describe('collecting', () => {
      collecting(store, () => tried)
      collectingBesideOthers(store, () => tried)
    })
  })
}

function bytesCome(store: () => BlobStore, tried: () => BlobStoreUnderTest): void {
  it.each([0, 1, 65_536, 1_048_575, 1_048_576, 1_048_577, 3_500_000])(
    'come back as they were: %i at once and in pieces',
    async (size) => {
      const bytes = madeBytes(size)
      const ref = await store().put(main, bytes, 'application/octet-stream')
      expect(ref).toBe(refFor(bytes))
      expect((await readAll(await store().get(main, ref))).equals(bytes)).toBe(true)
      const streamed = Buffer.concat([bytes, Buffer.from('s')])
      const second = await store().put(main, inPieces(streamed, 100_003), 'image/png')
      expect(second).toBe(refFor(streamed))
      expect((await readAll(await store().get(main, second))).equals(streamed)).toBe(true)
    },
  )

  it('a stream of 20 MB comes and goes in pieces', async () => {
    const piece = madeBytes(100_000)
    const hash = createHash('sha256')
    async function* source(): AsyncIterable<Uint8Array> {
      for (let n = 0; n < 200; n++) {
        hash.update(piece)
        yield piece
      }
    }
    let most = 0
    const ref = await store().put(main, source(), 'video/mp4')
    expect(ref).toBe(`sha256:${hash.digest('hex')}`)
    const back = createHash('sha256')
    for await (const chunk of await store().get(main, ref)) {
      back.update(chunk)
      most = Math.max(most, chunk.length)
    }
    expect(`sha256:${back.digest('hex')}`).toBe(ref)
    expect(most).toBeLessThanOrEqual(1_048_576)
  })

  it('put twice, one after the other or at once, are one blob', async () => {
    const bytes = madeBytes(2_000_000)
    const before = await tried().count()
    const refs = await Promise.all(
      Array.from({ length: 8 }, (_, n) => store().put(main, n % 2 ? bytes : inPieces(bytes, 64_000), `text/${n}`)),
    )
    refs.push(await store().put(main, bytes, 'text/plain'))
    expect(new Set(refs)).toEqual(new Set([refFor(bytes)]))
    expect((await tried().count()) - before).toBe(1)
    expect((await readAll(await store().get(main, refFor(bytes)))).equals(bytes)).toBe(true)
  })
}

function faultsHarmNobody(store: () => BlobStore, tried: () => BlobStoreUnderTest): void {
  it('F13 a source that breaks leaves nothing, and its error comes as it was', async () => {
    const before = await tried().count()
    const broken = new Error('the vendor hung up')
    async function* source(): AsyncIterable<Uint8Array> {
      yield madeBytes(1_500_000)
      throw broken
    }
    await expect(store().put(main, source(), 'image/png')).rejects.toBe(broken)
    expect(await tried().count()).toBe(before)
  })

  it('a reader that leaves early harms nobody', async () => {
    const bytes = madeBytes(3_000_000)
    const ref = await store().put(main, bytes, 'x/y')
    await (await store().get(main, ref)).cancel()
    const reader = (await store().get(main, ref)).getReader()
    await reader.read()
    await reader.cancel()
    expect((await readAll(await store().get(main, ref))).equals(bytes)).toBe(true)
  })
}

function wallsStand(store: () => BlobStore): void {
  it('S27 a blob of another workspace is not there, in the same words as one that never was', async () => {
    const ref = await store().put(main, Buffer.from('only of main'), 'text/plain')
    const never = refFor(madeBytes(8))
    const wordsOf = (workspace: WorkspaceId, one: BlobRef) =>
      store()
        .get(workspace, one)
        .then(
          () => 'found',
          (error: { code: string; message: string }) => `${error.code} ${error.message.replaceAll(one, 'REF')}`,
        )
    expect(await wordsOf(other, ref)).toMatch(/^event\.invalid .*there is no REF/)
    expect(await wordsOf(other, ref)).toBe(await wordsOf(other, never))
    await store().put(other, Buffer.from('only of main'), 'text/plain')
    expect(await wordsOf(other, ref)).toBe('found')
  })

  it.each([
    'sha256:../../../etc/passwd',
    `sha256:${'A'.repeat(64)}`,
    'sha256:',
    `md5:${'0'.repeat(64)}`,
    `sha256:${'0'.repeat(64)}/../x`,
    '',
  ])('S13 the ref %j names nothing', async (ref) => {
    await expect(store().get(main, ref as BlobRef)).rejects.toMatchObject({ code: 'event.invalid' })
  })

  it.each(
    ['../main', '..', '.', '.incoming', 'a/../main', 'MAIN', '', 'main\0', `${'w'.repeat(300)}`, '~x'].map((one) =>
      one.replaceAll('\0', '%00'),
    ),
  )('S27 the workspace name %j is a place of its own', async (name) => {
    const ref = await store().put(main, Buffer.from(`of main beside ${name}`), 'text/plain')
    await expect(store().get(name as WorkspaceId, ref)).rejects.toMatchObject({ code: 'event.invalid' })
    const own = await store().put(name as WorkspaceId, Buffer.from(`of ${name}`), 'text/plain')
    expect((await readAll(await store().get(name as WorkspaceId, own))).toString()).toBe(`of ${name}`)
    await expect(store().get(main, own)).rejects.toMatchObject({ code: 'event.invalid' })
  })
}

const space = 'collected' as WorkspaceId

/** Puts a text that looks as if it was put so long ago, and asks whether it is there. */
function placing(store: () => BlobStore, tried: () => BlobStoreUnderTest) {
  const put = (text: string, hours: number, workspace = space) =>
    store()
      .put(workspace, Buffer.from(text), 'text/plain')
      .then(async (ref) => {
        await tried().age(workspace, ref, hours)
        return ref
      })
  const isThere = (ref: BlobRef, workspace = space) =>
    store()
      .get(workspace, ref)
      .then(
        (stream) => stream.cancel().then(() => true),
        () => false,
      )
  return { put, isThere }
}

function collecting(store: () => BlobStore, tried: () => BlobStoreUnderTest): void {
  const { put, isThere } = placing(store, tried)
  it('S20 removes what is old and unused, and keeps what is young, used or of another workspace', async () => {
    const [used, young, gone, elsewhere] = [
      await put('used', 999),
      await put('young', 23),
      await put('gone', 25),
      await put('gone', 25, other),
    ]
    const asked: BlobRef[] = []
    const removed = await store().collect(space, (refs) => {
      asked.push(...refs)
      return Promise.resolve(new Set([used]))
    })
    expect(removed).toBe(1)
    expect(new Set(asked)).toEqual(new Set([used, gone]))
    expect([await isThere(used), await isThere(young), await isThere(gone), await isThere(elsewhere, other)]).toEqual([
      true,
      true,
      false,
      true,
    ])
    expect(await store().collect('nobody-lives-here' as WorkspaceId, nobody)).toBe(0)
  })

  it('putting again makes it young', async () => {
    const ref = await put('put again', 48)
    await store().put(space, Buffer.from('put again'), 'text/plain')
    await store().collect(space, nobody)
    expect(await isThere(ref)).toBe(true)
  })
}

function collectingBesideOthers(store: () => BlobStore, tried: () => BlobStoreUnderTest): void {
  const { put, isThere } = placing(store, tried)
  it('G1 a put while the collector thinks wins', async () => {
    const ref = await put('in the middle', 48)
    const removed = await store().collect(space, async (refs) => {
      for (const one of refs) if (one === ref) await store().put(space, Buffer.from('in the middle'), 'text/plain')
      return new Set(refs.filter((one) => one !== ref))
    })
    expect(removed).toBe(0)
    expect(await isThere(ref)).toBe(true)
  })

  it('asks about many in portions, and passes on the error of who is asked', async () => {
    const { blobs, atOnce } = tried().many ?? { blobs: 620, atOnce: 500 }
    const many = await Promise.all(
      Array.from({ length: blobs }, (_, n) => put(`one of many ${n}`, 30, 'many' as WorkspaceId)),
    )
    const broken = new Error('the store is away')
    await expect(store().collect('many' as WorkspaceId, () => Promise.reject(broken))).rejects.toBe(broken)
    let largest = 0
    const removed = await store().collect('many' as WorkspaceId, (refs) => {
      largest = Math.max(largest, refs.length)
      return nobody()
    })
    expect([removed, largest <= atOnce]).toEqual([many.length, true])
  })
}
