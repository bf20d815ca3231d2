// What a PostgreSQL that is not there, or will not have us, means at a start: in words that tell what to set.
import { DatabaseError, type Pool } from 'pg'
import { GatewayError } from '../../core/errors.ts'
import { storeFault } from './store-fault.ts'

const notLetIn =
  'It does not let this user in. Set the user name and password in DATABASE_URL as PostgreSQL knows them.'
const bySqlState: Readonly<Record<string, string>> = {
  '28000': notLetIn,
  '28P01': notLetIn,
  '3D000': 'It has no database of that name. Make it (createdb), or name another one in DATABASE_URL.',
  '53300': 'It has no connection left for this process. Raise its max_connections.',
}
const otherwise =
  'Check that DATABASE_URL is right and that PostgreSQL runs and can be reached from here, then start again.'

/** Throws `settings.invalid`: whatever goes wrong with a first connection is a matter of where it leads. */
export async function firstConnection(pool: Pool, where: string): Promise<void> {
  try {
    await pool.query('select')
  } catch (error) {
    const sqlState = error instanceof DatabaseError ? (error.code ?? '') : ''
    const [, found = 'no words'] = /\((.*)\)$/s.exec(storeFault(error).message) ?? []
    throw new GatewayError(
      'settings.invalid',
      `${where} cannot be used. ${bySqlState[sqlState] ?? otherwise} (${found})`,
      { about: { setting: 'DATABASE_URL' }, cause: error },
    )
  }
}
