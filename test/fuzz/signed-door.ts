// Fuzzes what lies behind the signature: calls that the vendor signed, with bodies no vendor ever sent. Each is kept and answered, and nothing behind breaks.
import { setTimeout as pause } from 'node:timers/promises'
import fc, { type Arbitrary } from 'fast-check'
import { depthOf, maxDepth } from '../../connectors/_shared/read-json.ts'
import { channelFolders, type ChannelFolder } from '../contracts/channel-folder.ts'
import { mutated, seeded } from '../support/mutate.ts'
import type { FuzzedGateway } from './gateway.ts'
import { hostileValue } from './hostile.ts'
import type { Bytes } from './normalizer.ts'
import { bytesOf, latin1, whatLeaks, type Target } from './target.ts'

/** So often it is asked whether a worker had to set something aside: by then it has met what was sent before. */
const asksEvery = 25

export async function signedDoorTarget(on: FuzzedGateway): Promise<Target<Bytes>> {
  const folders = (await channelFolders()).filter((it) => on.vendors.has(it.name))
  let calls = 0
  return {
    name: 'signed-door',
    inputs: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...folders).chain((folder) => planted(folder, on)) },
      { weight: 3, arbitrary: fc.constantFrom(...folders).chain((folder) => spoilt(folder, on)) },
      { weight: 1, arbitrary: made(folders) },
    ),
    async check({ channel, bytes }) {
      const answer = await on.vendors.get(channel)?.post(bytesOf(bytes), { retry: false })
      if (answer === undefined) return null
      // What cannot be read is kept as it came, so it is taken as well: a vendor that is refused sends it for days.
      // (What is nested deeper than any vendor nests is refused for good, S7.)
      const isTooDeep = answer.status === 400 && depthOf(bytesOf(bytes)) > maxDepth
      // A vendor that has words signed by a challenge has them signed for anybody: a bare word proves nothing, and may be refused.
      const isBareWord = answer.status === 401 && /^[\w.~+/=-]{1,500}$/.test(bytes)
      if (answer.status !== 200 && !isTooDeep && !isBareWord) {
        // What its log says of it comes a moment later, and is not the next call's fault.
        await pause(50)
        on.newFaults()
        return `what the vendor signed was answered ${answer.status}: ${answer.body.slice(0, 300)}`
      }
      calls += 1
      const asked = calls % asksEvery === 0 ? await setAside(on) : null
      return whatLeaks(answer.body, on.secrets) ?? asked ?? on.newFaults()[0] ?? null
    },
    close: async () => undefined,
  }
}

/** What normalize cannot read is rightly there; what a worker could not take is a fault of ours. */
async function setAside(on: FuzzedGateway): Promise<string | null> {
  type Parked = { readonly worker: string; readonly why: string }
  const { body } = await on.gateway.call<{ readonly items: readonly Parked[] }>('GET', '/v1/parked?limit=200')
  const wrong = body.items.find(({ worker }) => worker !== 'normalize')
  return wrong === undefined ? null : `${wrong.worker} could not take what became of it: ${wrong.why}`
}

/** A fixture as if it were for the account that is there: its routes in place of the fixture's. */
function texts(folder: ChannelFolder, on: FuzzedGateway): readonly string[] {
  const theirs = folder.channel.routesOf(folder.account.settings)
  const ours = folder.channel.routesOf(on.vendors.get(folder.name)?.account().settings)
  return folder.fixtures.map(({ bytes }) =>
    theirs.reduce((text, route, n) => text.replaceAll(route, ours[n] ?? ours[0] ?? route), latin1(bytes)),
  )
}

const spoilt = (folder: ChannelFolder, on: FuzzedGateway): Arbitrary<Bytes> =>
  fc
    .tuple(fc.constantFrom(...texts(folder, on)), fc.array(fc.nat(), { minLength: 1, maxLength: 3 }))
    .map(([text, seeds]) => seeds.reduce((it, seed) => latin1(mutated(bytesOf(it), seeded(seed))), text))
    .map((bytes) => ({ channel: folder.name, bytes }))

/** Sound JSON of the vendor's shape with one value that nobody thought of; new ids, so that nothing is dropped as a repeat. */
function planted(folder: ChannelFolder, on: FuzzedGateway): Arbitrary<Bytes> {
  const routes = new Set(folder.channel.routesOf(on.vendors.get(folder.name)?.account().settings))
  const sound = texts(folder, on).flatMap((text) => {
    const json = parsed(text)
    return typeof json === 'object' && json !== null ? [text] : []
  })
  return fc.tuple(fc.constantFrom(...sound), fc.nat(), hostileValue).map(([text, at, value]) => {
    const root = parsed(text) as object
    const places = leavesOf(root)
    for (const { holder, key } of places) {
      const held = holder[key]
      if (key === 'id' && typeof held === 'string' && !routes.has(held)) holder[key] = `${held}${at}`
    }
    const place = places[at % Math.max(1, places.length)]
    if (place !== undefined) place.holder[place.key] = value
    return { channel: folder.name, bytes: latin1(Buffer.from(JSON.stringify(root))) }
  })
}

const made = (folders: readonly ChannelFolder[]): Arbitrary<Bytes> =>
  fc.record({
    channel: fc.constantFrom(...folders.map(({ name }) => name)),
    bytes: fc.oneof(
      fc.json({ maxDepth: 5 }).map((it) => latin1(Buffer.from(it))),
      fc.uint8Array({ maxLength: 200 }).map(latin1),
    ),
  })

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytesOf(text)).toString())
  } catch {
    return null
  }
}

interface Place {
  readonly holder: Record<string, unknown>
  readonly key: string
}
function leavesOf(holder: object): readonly Place[] {
  return Object.entries(holder).flatMap(([key, value]: [string, unknown]) => [
    { holder: holder as Record<string, unknown>, key },
    ...(typeof value === 'object' && value !== null ? leavesOf(value) : []),
  ])
}
