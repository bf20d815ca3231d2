// Fuzzes what reads the vendors' bytes, of every channel that is there: spoilt fixtures, JSON nobody thought of, and no JSON at all.
import fc from 'fast-check'
import { channelFolders } from '../contracts/channel-folder.ts'
import { readGarbage } from '../contracts/reading.ts'
import { mutated, seeded } from '../support/mutate.ts'
import { bytesOf, latin1, type Target } from './target.ts'

export interface Bytes {
  readonly channel: string
  /** One character a byte. */
  readonly bytes: string
}

export async function normalizerTarget(): Promise<Target<Bytes>> {
  const folders = await channelFolders()
  const spoilt = fc.constantFrom(...folders).chain((folder) =>
    fc
      .tuple(fc.constantFrom(...folder.fixtures), fc.array(fc.nat(), { minLength: 1, maxLength: 4 }))
      .map(([fixture, seeds]) => seeds.reduce((bytes, seed) => mutated(bytes, seeded(seed)), fixture.bytes))
      .map((bytes) => ({ channel: folder.name, bytes: latin1(bytes) })),
  )
  const names = fc.constantFrom(...folders.map((it) => it.name))
  const json = fc.record({ channel: names, bytes: fc.json({ maxDepth: 5 }).map((it) => latin1(Buffer.from(it))) })
  const noise = fc.record({ channel: names, bytes: fc.uint8Array({ maxLength: 200 }).map(latin1) })
  return {
    name: 'normalizer',
    inputs: fc.oneof({ weight: 8, arbitrary: spoilt }, { weight: 1, arbitrary: json }, { weight: 1, arbitrary: noise }),
    async check({ channel, bytes }) {
      const folder = folders.find((it) => it.name === channel)
      return folder === undefined ? null : (await readGarbage(bytesOf(bytes), folder)).wrong
    },
    close: async () => undefined,
  }
}
