// One channel's folder as the contract suite sees it: its channel, its fixtures and what each should become.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRegistry } from '../../core/registry.ts'
import type { AnyChannel, Endpoint, InboundEvent, Raw, Webhook } from '../../core/ports/channel.ts'
import type { HttpRequest } from '../../core/ports/edges.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import type { Instant } from '../../schemas/ids.ts'

export interface Fixture {
  readonly name: string
  readonly bytes: Uint8Array
  /** Events; or, where nothing can be read, the words the fault must say. */
  readonly expected: readonly InboundEvent[] | { readonly unreadable: string }
}
/** A row of `fixtures/manifest.tsv`: the header the vendor sends with exactly these bytes. */
export interface SignedFixture {
  readonly file: string
  readonly header: string
  readonly signature: string
}
export interface ChannelFolder {
  readonly name: string
  readonly path: string
  readonly channel: AnyChannel
  readonly account: {
    readonly id: string
    readonly settings: unknown
    readonly secrets: Readonly<Record<string, string>>
  }
  readonly fixtures: readonly Fixture[]
  readonly signed: readonly SignedFixture[]
}

export const receivedAt = '2026-11-21T10:00:00.000Z' as Instant
const root = join(import.meta.dirname, '../..')
const expectedEnding = '.expected.json'

/** Every channel there is, the template among them. */
export async function channelFolders(): Promise<readonly ChannelFolder[]> {
  const registry = await readRegistry(foldersOf(root), { template: true })
  return [...registry.channels.values()].map(readFolder)
}

function readFolder(channel: AnyChannel): ChannelFolder {
  const path = join(root, 'connectors', channel.name)
  const account = JSON.parse(readFileSync(join(path, 'fixtures/account.json'), 'utf8')) as ChannelFolder['account']
  return {
    name: channel.name,
    path,
    channel,
    account: { ...account, id: 'main' },
    fixtures: readFixtures(join(path, 'fixtures')),
    signed: readManifest(join(path, 'fixtures/manifest.tsv')),
  }
}

/** A fixture is a file with a twin named `<stem>.expected.json`. */
function readFixtures(path: string): readonly Fixture[] {
  const files = readdirSync(path)
  return files
    .filter((file) => file.endsWith(expectedEnding))
    .map((file) => {
      const name = file.slice(0, -expectedEnding.length)
      const twin = files.find((it) => it !== file && it.replace(/\.[^.]+$/, '') === name)
      if (twin === undefined) throw new Error(`${path}/${file} expects something of a fixture that is not there`)
      const expected = JSON.parse(readFileSync(join(path, file), 'utf8'), withBytes) as Fixture['expected']
      return { name, bytes: new Uint8Array(readFileSync(join(path, twin))), expected }
    })
}
/** Bytes stand in JSON as `{"base64": "…"}`. */
const withBytes = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'base64' in value && typeof value.base64 === 'string'
    ? new Uint8Array(Buffer.from(value.base64, 'base64'))
    : value

function readManifest(path: string): readonly SignedFixture[] {
  if (!existsSync(path)) return []
  const rows = readFileSync(path, 'utf8').split('\n').slice(2)
  return rows
    .filter((row) => row !== '')
    .map((row) => row.split('\t'))
    .map(([file, , header, signature]) => ({ file: file!, header: header!, signature: signature! }))
}

export const rawOf = (bytes: Uint8Array, folder: ChannelFolder): Raw => ({
  route: folder.channel.routesOf(folder.account.settings)[0]!,
  bytes,
  contentType: 'application/json',
  receivedAt,
})

export const webhooksOf = (channel: AnyChannel): readonly Webhook<unknown, string>[] =>
  channel.receive.filter((it) => it.kind === 'webhook')

export const endpointOf = (folder: ChannelFolder): Endpoint => ({
  id: 'main',
  settings: folder.account.settings,
  secret: async (name) => [folder.account.secrets[name]].filter((it) => it !== undefined),
})

export const callWith = (body: Uint8Array, headers: readonly (readonly [string, string])[]): HttpRequest => ({
  method: 'POST',
  path: '/in/channel/main',
  query: new URLSearchParams(),
  headers: [['content-type', 'application/json'], ...headers],
  body,
})
