// What a failed statement or a lost connection means to us: one of our faults, each with its one treatment.
import { DatabaseError } from 'pg'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'

/** The whole SQLSTATE first, then its class (the first two characters). https://www.postgresql.org/docs/18/errcodes-appendix.html (2026-11) */
const bySqlState: Readonly<Record<string, ErrorCode>> = {
  '23505': 'store.conflict', // unique_violation: somebody was faster
  '23P01': 'store.conflict', // exclusion_violation
  '55P03': 'store.conflict', // lock_not_available
  '40003': 'store.unavailable', // statement_completion_unknown
  '40': 'store.conflict', // serialization_failure, deadlock_detected
  '22': 'event.invalid', // data that no column takes
  '23': 'event.invalid', // data that a constraint refuses
  '54': 'event.invalid', // data beyond a limit of the server
  '08': 'store.unavailable', // connection
  '25006': 'store.unavailable', // read-only: we are connected to a standby
  '25P03': 'store.unavailable', // idle-in-transaction timeout
  '25P04': 'store.unavailable', // transaction timeout
  '26': 'store.unavailable', // a prepared statement is gone: another connection will have it
  '28': 'store.unavailable', // log-in refused: perhaps a password is being rotated
  '3D': 'store.unavailable', // the database is not there (being restored)
  '53': 'store.unavailable', // disk, memory or connections exhausted
  '57': 'store.unavailable', // shut down, crashed, statement cancelled
  '58': 'store.unavailable', // input/output error
  XX: 'store.unavailable', // the server's own trouble
}
const meanings = {
  'store.conflict': 'The database refused a change that met another one; it is decided again.',
  'store.unavailable': 'The database does not answer; it is tried again.',
  'event.invalid': 'The database takes no such data; this will never work.',
  'worker.fault': 'The database refused a statement of ours: a mistake in the program.',
} as const
type Fault = keyof typeof meanings

/** What Node and `pg` say when the connection, not the statement, is the trouble; `pg` has words only. */
const connectionCode = /^(?:E(?:CONN|HOST|NET|ADDR|PIPE|TIMEDOUT|AI_)|ENOENT$|ENOTFOUND$|EACCES$|EMFILE$|ENFILE$)/
const connectionWords =
  /connection terminated|timeout exceeded when trying to connect|connection error|not queryable|after calling end on the pool|client was closed|query read timeout|connection ended/i

/** Pure. A GatewayError stays what it is. Values of rows never get into the words: only codes and names of ours. */
export function storeFault(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const sqlState = error instanceof DatabaseError ? (error.code ?? '') : ''
  const code = sqlState === '' ? withoutState(error) : withState(sqlState, messageOf(error))
  return new GatewayError(code, `${meanings[code]} (${wordsOf(error, sqlState)})`, {
    about: aboutOf(error),
    cause: error,
  })
}

function withState(sqlState: string, words: string): Fault {
  // After a migration an old connection's prepared statement fails until that connection ends.
  if (sqlState === '0A000' && words.includes('cached plan')) return 'store.unavailable'
  return (bySqlState[sqlState] ?? bySqlState[sqlState.slice(0, 2)] ?? 'worker.fault') as Fault
}

function withoutState(error: unknown): Fault {
  const code = (error as { readonly code?: unknown } | null)?.code
  if (typeof code === 'string' && connectionCode.test(code)) return 'store.unavailable'
  // Several addresses of one host were tried: Node joins the refusals, with an empty message.
  if (error instanceof AggregateError) return error.errors.map(withoutState)[0] ?? 'store.unavailable'
  return connectionWords.test(messageOf(error)) ? 'store.unavailable' : 'worker.fault'
}

/** PostgreSQL quotes the offending value after a colon: `invalid input syntax for type uuid: "…"`. */
const wordsOf = (error: unknown, sqlState: string): string => {
  const words = messageOf(error) || String((error as { readonly code?: unknown }).code ?? 'no words')
  return sqlState === '' ? words : `${sqlState} ${words.replace(/: ".*$/s, '')}`
}

function aboutOf(error: unknown): Record<string, string> {
  if (!(error instanceof DatabaseError)) return {}
  const { code, table, constraint, column } = error
  return Object.fromEntries(
    Object.entries({ sqlState: code, table, constraint, column }).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}
