// Every file that is written from a description in the code: `describe` writes them, `check` compares them.
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fastify } from 'fastify'
import type { AnyChannel } from '../../core/ports/channel.ts'
import type { Logger } from '../../core/ports/edges.ts'
import { readRegistry } from '../../core/registry.ts'
import type { ApiDeps } from '../../api/deps.ts'
import { asyncApi } from '../../api/async-api.ts'
import { EventSchema, plain, publishedSchema, schemaNames } from '../../api/published-schemas.ts'
import { apiPlugin } from '../../api/server.ts'
import { dataSchemas, EnvelopeSchema, eventTypes, schemaVersion } from '../../schemas/events.ts'
import { openDatabase } from '../drivers/database.ts'
import { foldersOf } from '../drivers/folders.ts'
import { migrate } from '../drivers/migrate.ts'
import { schemaDump } from '../drivers/schema-dump.ts'
import { settingTable } from '../settings-table.ts'
import { settingsTable } from '../settings.ts'
import { channelTable } from './channel-table.ts'
import { languageTable } from './language-table.ts'
import { licenceList } from './licences.ts'
import { breaksOf, type Shape } from './schema-breaks.ts'
import { ToolRefusal } from './tool.ts'

/** `path`: from the root of the checkout. */
export interface Emitted {
  readonly path: string
  readonly text: string
}
const house = resolve(import.meta.dirname, '../..')
/** Where the documents say the gateway is: at its defaults. */
const defaultHost = '127.0.0.1:8080'

/** All of them, in the order of their paths. Starts a database for a moment. */
export async function emittedFiles(root: string, log: Logger): Promise<readonly Emitted[]> {
  const tables = await settingsTables(root)
  const made = [
    await publishedFile(root),
    await openApiFile(),
    await databaseFile(log),
    await licenceFile(root),
    await languageFile(),
  ]
  const files = [...schemaFiles(), ...tables, ...made]
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function licenceFile(root: string): Promise<Emitted> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Parameters<typeof licenceList>[0]
  return { path: 'LICENCES.md', text: licenceList(lock) }
}

async function languageFile(): Promise<Emitted> {
  return { path: 'core/rules/language/table.json', text: await languageTable() }
}

/** Those whose file is missing or says something else. */
export async function staleFiles(files: readonly Emitted[], root = house): Promise<readonly Emitted[]> {
  const present = await Promise.all(files.map(({ path }) => readFile(join(root, path), 'utf8').catch(() => null)))
  return files.filter(({ text }, at) => present[at] !== text)
}

/** Files in the folder of schemas that nothing writes any more. */
export async function leftOver(files: readonly Emitted[], root = house): Promise<readonly string[]> {
  const written = new Set(files.map(({ path }) => path))
  const present = await readdir(join(root, 'schemas/json')).catch(() => [])
  return present
    .filter((name) => name.endsWith('.json'))
    .map((name) => `schemas/json/${name}`)
    .filter((path) => !written.has(path))
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** One an event type, the house's own among them; the envelope; the file of desk settings; the topics. */
function schemaFiles(): readonly Emitted[] {
  const inner = eventTypes.filter((type) => publishedSchema(type) === null)
  return [
    ...schemaNames.map((name) => ({ path: `schemas/json/${name}.json`, text: json(publishedSchema(name)) })),
    ...inner.map((type) => ({ path: `schemas/json/${type}.json`, text: json(plain(dataSchemas[type])) })),
    { path: 'schemas/json/asyncapi.json', text: json(asyncApi(defaultHost, settingTable.kafkaPrefix.fallback)) },
  ]
}

/**
 * All that is written under the present version. It grows with what is added, and refuses what would break a reader (G18). Files of
 * earlier versions stay as they are.
 */
async function publishedFile(root: string): Promise<Emitted> {
  const path = `schemas/json/versions/v${schemaVersion}.json`
  const inner = eventTypes.map((type) => [type, plain(dataSchemas[type])] as const)
  const now: Readonly<Record<string, Shape>> = {
    envelope: plain(EnvelopeSchema),
    event: plain(EventSchema),
    ...Object.fromEntries(inner),
  }
  const text = await readFile(join(root, path), 'utf8').catch(() => '{}')
  const before = Object.entries(JSON.parse(text) as Readonly<Record<string, Shape>>)
  const breaks = before.flatMap(([name, shape]) =>
    now[name] === undefined ? [`${name}: it is gone`] : breaksOf(shape, now[name], name),
  )
  if (breaks.length === 0) return { path, text: json(now) }
  throw new ToolRefusal(
    `What reads version ${schemaVersion} of the events would break:\n${breaks.join('\n')}\nKeep the field and add one that may be absent, or raise schemaVersion in schemas/events.ts and read both.`,
  )
}

/** The routes are added and described; none is called, so they are given nothing to work with. */
async function openApiFile(): Promise<Emitted> {
  const app = fastify()
  const stopping = new AbortController().signal
  const deps = { publicUrl: () => `http://${defaultHost}`, stopping } as Partial<ApiDeps> as ApiDeps
  const nobody = { identify: () => Promise.reject(new ToolRefusal('These routes are only described.')) }
  await app.register(apiPlugin(deps, nobody))
  const answer = await app.inject('/v1/openapi.json')
  await app.close()
  return { path: 'schemas/json/openapi.json', text: json(answer.json()) }
}

async function databaseFile(log: Logger): Promise<Emitted> {
  const parent = await mkdtemp(join(tmpdir(), 'inlet-describe-'))
  await chmod(parent, 0o755) // as root the server runs as another account, which must pass this folder
  try {
    const database = await openDatabase({ dataDir: join(parent, 'data'), log })
    try {
      await migrate(database.pool('owner'), { log })
      return { path: 'infra/migrations/schema.sql', text: await schemaDump(database.pool('owner')) }
    } finally {
      await database.close()
    }
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

/** The tables of settings, each between its two marks; the prose around them is people's. */
async function settingsTables(root: string): Promise<readonly Emitted[]> {
  const registry = await readRegistry(foldersOf(root), { template: true })
  const ofChannels = [...registry.channels.values()].map((channel: AnyChannel) =>
    withTable(root, `connectors/${channel.name}/README.md`, channelTable(channel)),
  )
  return Promise.all([withTable(root, 'README.md', settingsTable()), ...ofChannels])
}

const between = /(<!-- settings:start -->\n)[\s\S]*?(<!-- settings:end -->)/
async function withTable(root: string, path: string, table: string): Promise<Emitted> {
  const text = await readFile(join(root, path), 'utf8').catch(() => '')
  if (!between.test(text))
    throw new ToolRefusal(
      `${path} has no place for its table of settings. Write the two lines <!-- settings:start --> and <!-- settings:end --> under its heading "Settings".`,
    )
  return { path, text: text.replace(between, (_all, start: string, end: string) => `${start}${table}${end}`) }
}
