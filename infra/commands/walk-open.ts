// A fresh house for one walk: an embedded database of its own, the real parts, and one account of the fixture's channel.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve, sep } from 'node:path'
import { createAccount } from '../../core/commands/accounts.ts'
import type { AnyChannel } from '../../core/ports/channel.ts'
import { isRefusal } from '../../core/ports/command.ts'
import { readRegistry } from '../../core/registry.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { systemClock } from '../drivers/clock.ts'
import { openDatabase } from '../drivers/database.ts'
import { foldersOf } from '../drivers/folders.ts'
import { makeLogger } from '../drivers/logger.ts'
import { loadMasterKey } from '../drivers/master-key.ts'
import { makeMeter } from '../drivers/metrics.ts'
import { migrate } from '../drivers/migrate.ts'
import { buildHouse, type House, type HouseNeeds } from '../house.ts'
import { ToolRefusal } from './tool.ts'

const root = resolve(import.meta.dirname, '../..')
export const workspace = 'main' as WorkspaceId
export const accountId = 'main'

export interface Fixture {
  readonly path: string
  readonly channel: string
  readonly bytes: Uint8Array
  /** The header the vendor signed exactly these bytes with; null where the manifest names none. */
  readonly signed: readonly [name: string, value: string] | null
  readonly account: {
    readonly settings: Readonly<Record<string, unknown>>
    readonly secrets: Readonly<Record<string, string>>
  }
}

export async function readFixture(typed: string): Promise<Fixture> {
  const path = relative(root, resolve(typed))
  const [room, channel = '', fixtures, file = ''] = path.split(sep)
  const bytes = await readFile(join(root, path)).catch(() => null)
  if (room !== 'connectors' || fixtures !== 'fixtures' || file === '' || bytes === null)
    throw new ToolRefusal(
      `${typed} is no fixture of a channel. Name one such as connectors/<channel>/fixtures/text.json.`,
    )
  const folder = join(root, 'connectors', channel, 'fixtures')
  const manifest = await readFile(join(folder, 'manifest.tsv'), 'utf8').catch(() => '')
  const row = manifest.split('\n').find((line) => line.split('\t')[0] === basename(path))
  const [, , header, signature] = row?.split('\t') ?? []
  const account = JSON.parse(await readFile(join(folder, 'account.json'), 'utf8')) as Fixture['account']
  const signed = header === undefined || signature === undefined ? null : ([header, signature] as const)
  return { path: path.split(sep).join('/'), channel, bytes, signed, account }
}

export interface OpenWalk {
  readonly house: House
  readonly channel: AnyChannel
  close(): Promise<void>
}

export async function openWalk(fixture: Fixture, wrap: NonNullable<HouseNeeds['wrap']>): Promise<OpenWalk> {
  const data = await mkdtemp(join(tmpdir(), 'inlet-walk-'))
  await chmod(data, 0o755) // as root the database runs as another account, which must pass this folder
  const stop = new AbortController()
  const closing: (() => Promise<unknown>)[] = [() => rm(data, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    stop.abort()
    for (const one of closing.toReversed()) await one()
  }
  try {
    const logger = makeLogger({ level: 'silent' })
    const database = await openDatabase({ dataDir: data, log: logger })
    closing.push(() => database.close())
    await migrate(database.pool('owner'), { log: logger })
    const registry = await readRegistry(foldersOf(), { template: true })
    const channel = registry.channels.get(fixture.channel)
    if (channel === undefined) throw new ToolRefusal(`connectors/${fixture.channel} is no channel.`)
    const masterKey = await loadMasterKey({ masterKey: null, masterKeyFile: null, databaseUrl: null, data })
    const world = { database, registry, masterKey, meter: makeMeter(), clock: systemClock, logger, data }
    const house = await buildHouse({ ...world, blobs: 'disk', wrap })
    closing.push(() => house.close())
    await makeAccount(fixture, house)
    const following = await house.directory.follow(stop.signal)
    closing.push(() => following.ended)
    return { house, channel, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** As the API would: by the command, secrets sealed before. */
async function makeAccount({ channel, account }: Fixture, house: House): Promise<void> {
  const sealed = Object.entries(account.secrets).map(
    async ([name, plain]) =>
      [name, await house.secrets.seal(workspace, `${channel}/${accountId}/${name}`, plain)] as const,
  )
  const secrets = Object.fromEntries(await Promise.all(sealed))
  const input = { channel, id: accountId, settings: account.settings, secrets }
  const by = { actor: { kind: 'system', id: 'walk' }, scopes: ['admin'], from: null, correlation: 'walk' } as const
  const made = await house.commands.run(createAccount, input, { workspace, by, idempotencyKey: null })
  if (isRefusal(made)) throw new ToolRefusal(`Making the account of the fixture: ${made.why}`)
}
