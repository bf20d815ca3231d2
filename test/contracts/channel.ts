// What every channel promises about hearing: its rooms, its fixtures, its purity, its ids, its signature and its patience with garbage.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { whyNoChannel } from '../../core/registry.ts'
import type { InboundEvent } from '../../core/ports/channel.ts'
import { partKinds, type Part } from '../../schemas/message.ts'
import { whyNotAnEvent } from '../../schemas/check.ts'
import { mutated, seeded } from '../support/mutate.ts'
import { withoutWorld } from '../support/no-world.ts'
import {
  callWith,
  endpointOf,
  rawOf,
  receivedAt,
  webhooksOf,
  type ChannelFolder,
  type Fixture,
} from './channel-folder.ts'
import { eventsIn, eventsOrUnreadable, finished, readGarbage } from './reading.ts'
import { seed } from '../support/seed.ts'

const rooms = ['channel.ts', 'settings.ts', 'normalize.ts', 'README.md', 'stand-in/index.ts'] as const
const mandatory = ['text', 'batch', 'file', 'status', 'unknown', 'unreadable-item'] as const
/** What only a call of several items can be: a channel that fetches its items one by one has no such thing. */
const ofManyItems: readonly string[] = ['batch', 'unreadable-item']
const fetchesOneByOne = (folder: ChannelFolder): boolean => webhooksOf(folder.channel).length === 0
const takesFiles = ({ channel }: ChannelFolder): boolean =>
  channel.fetchFile !== undefined || Object.values(channel.can).some((it) => it.attachments !== 'none')
const wanted = (folder: ChannelFolder): readonly string[] =>
  mandatory
    .filter((name) => !(fetchesOneByOne(folder) && ofManyItems.includes(name)))
    .filter((name) => name !== 'file' || takesFiles(folder))
/** A poll may fetch many at once. */
const hasMany = ({ fixtures }: ChannelFolder): boolean =>
  ofManyItems.every((name) => fixtures.some((fixture) => fixture.name === name))
const mutations = 1_000

export function channelContract(folder: ChannelFolder): void {
  describe(`the channel ${folder.name}`, () => {
    roomsContract(folder)
    for (const fixture of folder.fixtures) describe(`${fixture.name}`, () => void fixtureContract(fixture, folder))
    factsContract(folder)
    signatureContract(folder)
    garbageContract(folder)
  })
}

function roomsContract(folder: ChannelFolder): void {
  it('has the rooms every channel has', () => {
    const missing = [...rooms, `${folder.name}.test.ts`].filter((room) => !existsSync(join(folder.path, room)))
    expect(missing).toEqual([])
    expect(whyNoChannel(folder.channel, folder.name)).toBeNull()
  })
  it('has the fixtures every channel has', () => {
    const names = folder.fixtures.map((fixture) => fixture.name)
    expect(wanted(folder).filter((name) => !names.includes(name))).toEqual([])
  })
  if (fetchesOneByOne(folder) && !hasMany(folder)) return
  it('G6 gives the events of a batch in the order of the bytes, all of them', () => {
    const { bytes, expected } = named(folder, 'batch')
    const text = Buffer.from(bytes).toString('latin1')
    const places = eventsIn(expected).map((event) => text.indexOf(externalIdOf(event)))
    expect(places.length).toBeGreaterThan(1)
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((one, other) => one - other))
  })
  it('G6 puts an unreadable item aside and reads its neighbours', () => {
    const types = eventsIn(named(folder, 'unreadable-item').expected).map((event) => event.type)
    expect(types.filter((type) => type === 'ingest.quarantined').length).toBeGreaterThan(0)
    expect(types.filter((type) => type !== 'ingest.quarantined').length).toBeGreaterThan(1)
  })
}

function fixtureContract(fixture: Fixture, folder: ChannelFolder): void {
  it('becomes what is expected, twice, from frozen input and without a world', async () => {
    const raw = deepFrozen(rawOf(fixture.bytes.slice(), folder))
    const account = deepFrozen(structuredClone({ id: 'main', settings: folder.account.settings }))
    const read = () => withoutWorld(() => eventsOrUnreadable(() => folder.channel.normalize(raw, account)))
    expect(await read()).toEqual(fixture.expected)
    expect(await read()).toEqual(fixture.expected)
    // Bytes cannot be frozen: they are compared instead.
    expect(Buffer.compare(raw.bytes, fixture.bytes)).toBe(0)
  })
  it('gives events that fit their schemas, each with an id of its own, the same ids again', async () => {
    const first = await finished(eventsIn(fixture.expected), rawOf(fixture.bytes, folder), folder)
    const again = await finished(eventsIn(fixture.expected), rawOf(fixture.bytes, folder), folder)
    expect(first.map(whyNotAnEvent)).toEqual(first.map(() => null))
    expect(new Set(first.map((event) => event.id)).size).toBe(first.length)
    expect(again.map((event) => event.id)).toEqual(first.map((event) => event.id))
  })
}

function factsContract(folder: ChannelFolder): void {
  it('G4 gives two facts two ids: states, edits and reactions of one message differ', () => {
    const events = folder.fixtures.flatMap((fixture) => eventsIn(fixture.expected))
    const factOfId = new Map<string, string>()
    for (const event of events) {
      const id = JSON.stringify([event.type, event.dedupe])
      const fact = factOf(event)
      expect({ id, fact: factOfId.get(id) ?? fact }).toEqual({ id, fact })
      factOfId.set(id, fact)
    }
    expect(factOfId.size).toBeGreaterThan(0)
  })
  it('D15 has no part that conditions cannot ask for: a new kind is added to partKinds (schemas/message.ts)', () => {
    const events = folder.fixtures.flatMap((fixture) => eventsIn(fixture.expected))
    const heard = events.flatMap(({ data }) => (data as { readonly parts?: readonly Part[] }).parts ?? [])
    const said = Object.values(folder.channel.can).flatMap((it) => it.parts)
    const kinds = new Set([...heard.map((it) => it.kind), ...said])
    expect([...kinds].filter((it) => !(partKinds as readonly string[]).includes(it))).toEqual([])
  })
}

function signatureContract(folder: ChannelFolder): void {
  const signed = webhooksOf(folder.channel).filter((webhook) => webhook.proof === 'signature')
  if (signed.length === 0) return
  const bytesOf = (file: string) => named(folder, file.replace(/\.[^.]+$/, '')).bytes
  const open = (bytes: Uint8Array, headers: readonly (readonly [string, string])[]) =>
    signed[0]!.open(callWith(bytes, headers), endpointOf(folder), receivedAt)

  it('S1 takes every signed fixture, and none with one byte flipped', async () => {
    const chance = seeded(7)
    const wrong: string[] = []
    for (const { file, header, signature } of folder.signed) {
      const bytes = bytesOf(file)
      const flipped = bytes.slice()
      flipped[chance(bytes.length)]! ^= 1 << chance(8)
      const [right, forged] = [await open(bytes, [[header, signature]]), await open(flipped, [[header, signature]])]
      if (!('raws' in right) || right.reply.status !== 200) wrong.push(`${file} was refused`)
      if ('raws' in forged) wrong.push(`${file} was taken with a flipped byte`)
    }
    expect(wrong).toEqual([])
    expect(folder.signed.length).toBeGreaterThanOrEqual(mandatory.length)
  })
  it('S2 refuses a missing, empty, doubled, cut and oversized signature header', async () => {
    const { file, header, signature } = folder.signed[0]!
    const tries: Readonly<Record<string, readonly string[]>> = {
      missing: [],
      empty: [''],
      doubled: [signature, signature],
      cut: [signature.slice(0, -1)],
      oversized: [signature + '0'.repeat(10_000)],
      joined: [`${signature},${signature}`],
      shouted: [signature.toUpperCase()],
    }
    const taken: string[] = []
    for (const [how, values] of Object.entries(tries)) {
      const opened = await open(
        bytesOf(file),
        values.map((value) => [header, value] as const),
      )
      if ('raws' in opened) taken.push(how)
    }
    expect(taken).toEqual([])
  })
  it('keeps every event of a call in the raws it is cut into', async () => {
    for (const { file, header, signature } of folder.signed) {
      const fixture = named(folder, file.replace(/\.[^.]+$/, ''))
      const opened = await open(fixture.bytes, [[header, signature]])
      if ('unreadable' in fixture.expected || !('raws' in opened)) continue
      const events = (await Promise.all(opened.raws.map((raw) => folder.channel.normalize(raw, folder.account)))).flat()
      expect({ file, facts: events.map(factOf).toSorted() }).toEqual({
        file,
        facts: eventsIn(fixture.expected).map(factOf).toSorted(),
      })
    }
  })
}

function garbageContract(folder: ChannelFolder): void {
  it(`S7 F14 S34 reads ${mutations} spoilt payloads without hanging and throws only "unreadable"`, async () => {
    const chance = seeded(seed)
    const wrong: unknown[] = []
    let readable = 0
    for (let n = 0; n < mutations; n += 1) {
      const bytes = mutated(folder.fixtures[n % folder.fixtures.length]!.bytes, chance)
      const read = await readGarbage(bytes, folder)
      if (read.wrong !== null) wrong.push({ seed, n, why: read.wrong, bytes: Buffer.from(bytes).toString('latin1') })
      if (read.events > 0) readable += 1
    }
    expect(wrong).toEqual([])
    // Else the spoiling left nothing to read, or spoilt nothing.
    expect(readable).toBeGreaterThan(mutations / 20)
    expect(readable).toBeLessThan(mutations)
    expect(Object.prototype).not.toHaveProperty('polluted')
  }, 60_000)
}

function named(folder: ChannelFolder, name: string): Fixture {
  const fixture = folder.fixtures.find((it) => it.name === name)
  if (fixture === undefined) throw new Error(`connectors/${folder.name}/fixtures has no ${name} with its expectation`)
  return fixture
}

/** The fields that make a fact what it is; what a repeat may tell more or less of (a name) is left out. */
function factOf({ type, data }: InboundEvent): string {
  const { externalId, target, revision, state, participant, emoji, template, quality, category, why, facts } =
    data as Readonly<Record<string, unknown>>
  const aboutTemplate = type === 'template.state_changed' ? { template, quality, category } : {}
  const quarantine = type === 'ingest.quarantined' ? why : undefined
  return JSON.stringify({
    type,
    externalId,
    target,
    revision,
    state,
    participant,
    emoji,
    facts,
    quarantine,
    ...aboutTemplate,
  })
}
const externalIdOf = ({ data }: InboundEvent): string => {
  const { externalId, target } = data as Readonly<Record<string, unknown>>
  return String(externalId ?? target)
}

/** All but the bytes, which cannot be frozen; they are compared afterwards. */
function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const inner of Object.values(value)) deepFrozen(inner)
  return Object.freeze(value)
}
