// What is said where the first connection to PostgreSQL fails: where, why, what to set, and no password.
import { DatabaseError, type Pool } from 'pg'
import { expect, it } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import { firstConnection } from './database-refused.ts'

const where = 'PostgreSQL at inlet@db:5432/inlet'
async function saidOf(thrown: Error): Promise<string> {
  const pool = { query: () => Promise.reject(thrown) } as unknown as Pool
  const fault: unknown = await firstConnection(pool, where).catch((it: unknown) => it)
  expect(isGatewayError(fault, 'settings.invalid'), String(fault)).toBe(true)
  return (fault as Error).message
}
const ofServer = (code: string, words: string): Error =>
  Object.assign(new DatabaseError(words, words.length, 'error'), { code })

it.each([
  [
    ofServer('28P01', 'password authentication failed for user "inlet"'),
    /Set the user name and password in DATABASE_URL.*28P01/,
  ],
  [ofServer('3D000', 'database "inlet" does not exist'), /no database of that name/],
  [ofServer('53300', 'sorry, too many clients already'), /Raise its max_connections/],
  [ofServer('57P03', 'the database system is starting up'), /Check that DATABASE_URL.*then start again.*starting up/],
  [new Error('The server does not support SSL connections'), /Check that DATABASE_URL is right.*does not support SSL/],
  [Object.assign(new Error('getaddrinfo ENOTFOUND db'), { code: 'ENOTFOUND' }), /ENOTFOUND db/],
])('S18 %s: in one sentence, with where and what to set', async (error, says) => {
  const said = await saidOf(error)
  expect(said).toMatch(says)
  expect(said.startsWith(`${where} cannot be used. `)).toBe(true)
})
