// In which forms batches in Kafka may be packed, by other programs or by a broker: the client reads gzip, and is given the others here.
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import { unlz4, unsnappy } from './unpack.ts'

const unzstd = promisify(zstdDecompress)
/** A batch has a megabyte, and could be made to unpack to the whole memory. */
const mostBytes = 256 * 1024 * 1024

const reading = (unpack: (packed: Buffer) => Buffer | Promise<Buffer>) => () => ({
  compress: () => Promise.reject(new Error('Inlet packs no batches.')),
  decompress: async (packed: Buffer) => unpack(packed),
})

/** For every client of this process: it keeps them for all. */
export function readEveryForm(): void {
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs
  codecs[types.ZSTD] = reading((packed) => unzstd(packed, { maxOutputLength: mostBytes }))
  codecs[types.Snappy] = reading(unsnappy)
  codecs[types.LZ4] = reading(unlz4)
}
