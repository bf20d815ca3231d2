// Finds the channels and workers of the house in their folders and checks what they export; no list of them exists anywhere.
import { GatewayError } from './errors.ts'
import type { AnyChannel } from './ports/channel.ts'
import type { StandIn } from './ports/stand-in.ts'
import type { AnyWorker } from './ports/worker.ts'

/** The house's own folders, read by `infra/drivers/folders.ts`. */
export interface Folders {
  /** Names in a folder of the house: `threading/` with a slash where it is a folder, `sla.ts` where it is a file. */
  list(folder: 'connectors' | 'workers'): Promise<readonly string[]>
  /** What a module exports. The path is from the root of the house: `connectors/x/channel.ts`. */
  load(path: string): Promise<Readonly<Record<string, unknown>>>
}
export interface Registry {
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly workers: readonly AnyWorker[]
  /** The vendor's side of a channel, loaded only when somebody asks. */
  standIn(channel: string): Promise<StandIn>
}

/** `template`: with the channel that new ones are copied from, which tests and tours use. */
export async function readRegistry(folders: Folders, options: { readonly template?: boolean } = {}): Promise<Registry> {
  const [rooms, files] = [await folders.list('connectors'), await folders.list('workers')]
  const names = rooms
    .filter((room) => room.endsWith('/'))
    .map((room) => room.slice(0, -1))
    .filter((name) => !name.startsWith('_') || (name === '_template' && options.template === true))
  const channels = await Promise.all(names.map((name) => loadChannel(name, folders)))
  const workers = await Promise.all(workerPaths(files).map((path) => loadWorker(path, folders)))
  refuseTwins(workers)
  return {
    channels: new Map(channels.map((channel) => [channel.name, channel])),
    workers,
    standIn: (channel) => loadStandIn(channel, folders),
  }
}

const workerPaths = (files: readonly string[]): readonly string[] =>
  files
    .filter((file) => file.endsWith('/') || (file.endsWith('.ts') && !file.endsWith('.test.ts')))
    .map((file) => `workers/${file.endsWith('/') ? `${file}index.ts` : file}`)
    .toSorted()

async function loadChannel(name: string, folders: Folders): Promise<AnyChannel> {
  const path = `connectors/${name}/channel.ts`
  const found = (await folders.load(path))['default']
  const problem = whyNoChannel(found, name)
  if (problem !== null) throw broken(path, problem, 'See connectors/_template/channel.ts.')
  return found as AnyChannel
}
async function loadWorker(path: string, folders: Folders): Promise<AnyWorker> {
  const found = (await folders.load(path))['default']
  const problem = whyNoWorker(found)
  if (problem !== null) throw broken(path, problem, 'Write `export default worker({ … })`; see core/ports/worker.ts.')
  return found as AnyWorker
}
/** For who plays one vendor and needs nothing else of the house. */
export async function loadStandIn(name: string, folders: Folders): Promise<StandIn> {
  const path = `connectors/${name}/stand-in/index.ts`
  const found = (await folders.load(path))['standIn']
  if (!isRecord(found) || typeof found['start'] !== 'function')
    throw broken(path, 'it exports no `standIn` with a `start`', 'See core/ports/stand-in.ts.')
  return found as unknown as StandIn
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** What a folder must say about itself, or why it cannot be used. The compiler has seen the types; this sees the folder as it lies there. */
export function whyNoChannel(found: unknown, folder: string): string | null {
  if (!isRecord(found)) return 'it has no default export made by `channel({ … })`'
  if (found['name'] !== folder) return `its channel is named ${String(found['name'])}, but its folder ${folder}`
  const settings = isRecord(found['settings']) ? found['settings']['schema'] : undefined
  const described = whyUndescribed(settings)
  if (described !== null) return described
  if (!isRecord(found['can']) || Object.keys(found['can']).length === 0) return '`can` names no kind of conversation'
  if (!Array.isArray(found['receive']) || found['receive'].length === 0) return '`receive` names no way to hear'
  if (!isRecord(found['secrets'])) return '`secrets` is missing'
  if (!Array.isArray(found['limits'])) return '`limits` is missing'
  const missing = ['normalize', 'routesOf'].find((name) => typeof found[name] !== 'function')
  return missing === undefined ? null : `\`${missing}\` is no function`
}
function whyUndescribed(schema: unknown): string | null {
  const properties = isRecord(schema) ? schema['properties'] : undefined
  if (!isRecord(properties)) return 'the schema of its settings has no properties'
  const silent = Object.entries(properties).find(([, it]) => !isRecord(it) || typeof it['description'] !== 'string')
  return silent === undefined ? null : `its setting ${silent[0]} has no description`
}

function whyNoWorker(found: unknown): string | null {
  if (!isRecord(found)) return 'it has no default export'
  if (typeof found['name'] !== 'string' || !/^[a-z][a-z-]*$/.test(found['name'])) return 'its worker has no plain name'
  if (!Array.isArray(found['on']) || found['on'].length === 0) return 'its worker listens to nothing'
  const missing = ['locks', 'facts', 'decide'].find((name) => typeof found[name] !== 'function')
  return missing === undefined ? null : `\`${missing}\` is no function`
}
/** A worker's name is its place in the log and in the inbox: two of one name would each see half. */
function refuseTwins(workers: readonly AnyWorker[]): void {
  const names = workers.map((worker) => worker.name)
  const twin = names.find((name, at) => names.indexOf(name) !== at)
  if (twin !== undefined) throw broken('workers/', `two workers are named ${twin}`, 'Rename one; names are for ever.')
}

const broken = (path: string, found: string, then: string): GatewayError =>
  new GatewayError('settings.invalid', `Loading ${path}: ${found}. ${then}`, { about: { path } })
