// A database whose `now()` is what the test says: what waits for an hour, and what is due, go by it; what the log itself stamps does not.
import type { Instant } from '../../schemas/ids.ts'
import type { Role } from '../../infra/drivers/database.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'

export type HandDatabase = FreshDatabase & {
  /** What every statement calls now, from the next one on. */
  moveTo(at: Instant): Promise<void>
}

/** A function of the same name, found before the server's own: functions that name their search path, as those of the log do, keep the true one. */
export async function handDatabase(start: Instant): Promise<HandDatabase> {
  const database = await freshDatabase()
  const changed = new Set<Role>()
  const pool = (role: Role) => {
    const made = database.pool(role)
    if (changed.has(role)) return made
    changed.add(role)
    const options = (made as unknown as { readonly options: { onConnect(client: Client): Promise<void> } }).options
    const before = options.onConnect
    options.onConnect = async (client) => {
      await before(client)
      await client.query('set search_path = hand, pg_catalog, inlet, public')
    }
    return made
  }
  const owner = () => database.pool('owner')
  await owner().query(`create schema hand; grant usage on schema hand to public;
    create table hand.clock (at timestamptz not null);
    create function hand.now() returns timestamptz language sql stable security definer as 'select at from hand.clock'`)
  await owner().query('insert into hand.clock values ($1)', [start])
  return { ...database, pool, moveTo: async (at) => void (await owner().query('update hand.clock set at = $1', [at])) }
}
interface Client {
  query(text: string): Promise<unknown>
}
