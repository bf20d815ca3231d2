// One read-only transaction inside one workspace, for the queries of the API: fixed statements, and composed ones through kysely.
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { askedTogether } from '../../../core/ports/asked-together.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Sees } from '../../../core/ports/queries.ts'
import type { Instant, WorkspaceId } from '../../../schemas/ids.ts'
import { storeFault } from '../../drivers/store-fault.ts'
import { here, rowsOf, statement, type Here } from '../statement.ts'

export interface Reading extends Here {
  /** Who reads sees a part alone. */
  readonly isPart: boolean
  /** A statement put together from parts, its values always as parameters (S15). */
  ask<Row>(query: RawBuilder<unknown>): Promise<readonly Row[]>
}

/** Only to turn parts into text and parameters: what runs them is the desk's own connection. */
const composer = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})
const enter = statement('enter-reading', `select set_config('inlet.workspace', $1, true), now() as now`)
/** From here on the database shows no others: row security of another role, until the transaction ends (D54). */
const asPart = 'set local role inlet_agent'
const part = statement(
  'enter-reading-sees',
  `select set_config('inlet.brands', coalesce(($1::text[])::text, '*'), true), set_config('inlet.channels', coalesce(($2::text[])::text, '*'), true)`,
)
const isPart = (sees: Sees): boolean => sees.brands !== null || sees.channels !== null

export interface View {
  readonly workspace: WorkspaceId
  /** Left out: everything. */
  readonly sees?: Sees
}

/** The database itself refuses a change in here; row security shows this workspace and nothing else (S27). */
export async function readingIn<T>(
  pool: Pool,
  { workspace, sees = { brands: null, channels: null } }: View,
  work: (reading: Reading) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => Promise.reject(storeFault(error)))
  const result = await readBy(client, { workspace, sees }, work).catch(async (error: unknown) => {
    client.release(await brokenBy(client, storeFault(error)))
    throw storeFault(error)
  })
  // Nothing was changed, so nobody waits for the end of it.
  client.query('commit').then(
    () => client.release(),
    (error: unknown) => client.release(storeFault(error)),
  )
  return result
}

async function readBy<T>(
  client: PoolClient,
  { workspace, sees }: Required<View>,
  work: (reading: Reading) => Promise<T>,
): Promise<T> {
  const [, [entered]] = await askedTogether([
    client.query('begin read only'),
    rowsOf<{ now: Instant }>(client, enter, [workspace]),
    ...(isPart(sees) ? [rowsOf(client, part, [sees.brands, sees.channels]), client.query(asPart)] : []),
  ] as const)
  if (entered === undefined) throw new GatewayError('store.unavailable', `could not enter workspace ${workspace}`)
  return work({
    ...here(client, workspace, entered.now),
    isPart: isPart(sees),
    ask: async <Row>(query: RawBuilder<unknown>) => {
      const { sql, parameters } = query.compile(composer)
      return (await client.query(sql, [...parameters])).rows as Row[]
    },
  })
}

/** The connection after a fault: as it was, or what makes it be thrown away. */
async function brokenBy(client: PoolClient, fault: GatewayError): Promise<Error | undefined> {
  if (fault.code === 'store.unavailable') return fault
  return client.query('rollback').then(
    () => undefined,
    (lost: unknown) => storeFault(lost),
  )
}
