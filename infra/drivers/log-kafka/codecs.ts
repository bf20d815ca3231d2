// In which forms batches in Kafka may be packed, by other programs or by a broker: the client reads gzip, and is given the others here.
//
// A batch that cannot be unpacked would stop every group at its place for good, also where all its records are strangers.
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'

/** As the client takes them; it has no type of its own for it. */
export type Codec = () => {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(packed: Buffer): Promise<Buffer>
}

const unzstd = promisify(zstdDecompress)
/** A batch has a megabyte, and could be made to unpack to the whole memory. */
const mostBytes = 256 * 1024 * 1024

const reading =
  (unpack: (packed: Buffer) => Promise<Buffer>): Codec =>
  () => ({
    compress: () => Promise.reject(new Error('Inlet packs no batches.')),
    decompress: unpack,
  })

/** The client's own companion, in the frame of Java's clients and without it; read with the first such batch, as most see none. */
const snappy: Codec = () => (createRequire(import.meta.url)('kafkajs-snappy') as Codec)()
const lz4 = reading(async (packed) => (await import('lz4-napi')).decompressFrame(packed))

/** For every client of this process: it keeps them for all. */
export function readEveryForm(): void {
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs
  codecs[types.ZSTD] = reading((packed) => unzstd(packed, { maxOutputLength: mostBytes }))
  codecs[types.Snappy] = snappy
  codecs[types.LZ4] = lz4
}
