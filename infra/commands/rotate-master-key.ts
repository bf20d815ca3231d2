// Puts another master key in the place of the present one: what is sealed stays as it is, only the keys it is sealed by are wrapped anew (S16).
import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { systemClock } from '../drivers/clock.ts'
import { openDatabase, type Database } from '../drivers/database.ts'
import { makeOrReadKeyFile, readKeyFile, syncFolder } from '../drivers/key-file.ts'
import { makeLogger } from '../drivers/logger.ts'
import { loadMasterKey, masterKeyFault, masterKeyFrom, type MasterKey } from '../drivers/master-key.ts'
import { keepSecret } from '../drivers/secret-values.ts'
import { makeSecrets } from '../drivers/secrets.ts'
import { dataKeysIn } from '../store/data-keys.ts'
import { main, tool, ToolRefusal, type Surroundings } from './tool.ts'

interface Flags {
  readonly data?: string
  readonly newKeyFile?: string
}
interface Place {
  readonly data: string
  readonly databaseUrl: string | null
  readonly masterKey: string | null
  readonly masterKeyFile: string | null
}

export const rotateMasterKeyTool = (around: Surroundings): Command =>
  tool(
    'rotate-master-key',
    'Wraps every data key by another master key. Stop all processes of the gateway first; afterwards they start with the new key only.',
  )
    .option('--data <folder>', 'the data directory (INLET_DATA, ./data)')
    .option(
      '--new-key-file <path>',
      'holds the new key; needed where the present one is not master.key of the data directory',
    )
    .action(async (flags: Flags) => {
      const place = placeOf(flags, around)
      const isOurs = place.masterKey === null && place.masterKeyFile === null
      if (!isOurs && flags.newKeyFile === undefined)
        throw new ToolRefusal('Say with --new-key-file where the new key is: `openssl rand -base64 32` makes one.')
      const database = await openDatabase({
        databaseUrl: place.databaseUrl ?? undefined,
        dataDir: place.data,
        log: makeLogger({ level: 'error' }),
      })
      try {
        if (!database.embedded) await refuseWhileUsed(database)
        const changed =
          isOurs && flags.newKeyFile === undefined
            ? await turnOurs(place, database)
            : await turn(place, flags, database)
        around.out(
          `${changed} data keys are wrapped by the new master key. Keep a copy of it; the old one opens nothing any more.\n`,
        )
      } finally {
        await database.close()
      }
    })

function placeOf(flags: Flags, { env }: Surroundings): Place {
  const given = (name: string): string | null => env[name]?.trim() || null
  return {
    data: resolve(flags.data ?? given('INLET_DATA') ?? './data'),
    databaseUrl: given('DATABASE_URL'),
    masterKey: given('INLET_MASTER_KEY'),
    masterKeyFile: given('INLET_MASTER_KEY_FILE'),
  }
}

const lookAgainMs = 1_000

/**
 * The data directory of an embedded database is locked by its one process; of several on a database of their own one may be forgotten. It would
 * go on wrapping new keys by the old one, which nothing that starts with the new one can open.
 */
async function refuseWhileUsed({ presence }: Database): Promise<void> {
  await presence.show()
  let alive = await presence.alive()
  // A server that began just now hears of them by and by.
  for (; alive === null; alive = await presence.alive()) await pause(lookAgainMs)
  const others = alive.difference(new Set([presence.mark])).size
  if (others === 0) return
  const [who, them] = others === 1 ? ['1 process', 'it'] : [`${others} processes`, 'them']
  throw new ToolRefusal(
    `${who} of this gateway still ${others === 1 ? 'runs' : 'run'} on this database. Stop ${them} first: what ${others === 1 ? 'it seals' : 'they seal'} meanwhile nobody could open.`,
  )
}

async function turn(place: Place, { newKeyFile = '' }: Flags, database: Database): Promise<number> {
  const text = await readKeyFile(newKeyFile)
  const fault = masterKeyFault(text)
  if (fault !== null) throw new ToolRefusal(`The new key in ${newKeyFile} cannot be used: ${fault}.`)
  keepSecret(text)
  return rewrap(await loadMasterKey(place), masterKeyFrom(text), { database, place })
}

/**
 * The new key is durable beside the old one before anything is wrapped by it, and takes the old one's name afterwards: a crash at any
 * moment leaves a state from which a second run goes on.
 */
async function turnOurs(place: Place, database: Database): Promise<number> {
  const path = join(place.data, 'master.key')
  const old = masterKeyFrom(await readKeyFile(path))
  const fresh = await makeOrReadKeyFile(`${path}.new`, () => randomBytes(32).toString('base64url'))
  keepSecret(fresh.text)
  const changed = await rewrap(old, masterKeyFrom(fresh.text), { database, place })
  await rename(`${path}.new`, path)
  await syncFolder(dirname(path))
  return changed
}

async function rewrap(
  from: MasterKey,
  to: MasterKey,
  { database, place }: { readonly database: Database; readonly place: Place },
): Promise<number> {
  const dataKeys = dataKeysIn(database)
  const secrets = makeSecrets({ masterKey: from, dataKeys, clock: systemClock, data: place.data })
  const changed = await secrets.rewrap(to)
  await secrets.check()
  return changed
}

if (import.meta.main) await main(rotateMasterKeyTool)
