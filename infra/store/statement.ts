// A named statement: prepared once a connection, given the workspace and one JSON value for a whole batch.
import type { Instant, WorkspaceId } from '../../schemas/ids.ts'

export interface Statement {
  readonly name: string
  readonly text: string
}
/** What a statement runs on: a connection of `pg`, of which this is the part we use. */
export interface Connection {
  query(query: {
    readonly name?: string
    readonly text: string
    readonly values?: unknown[]
  }): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null; readonly command: string }>
}

const names = new Set<string>()
/** Names are one a text: two statements of one name would fail on the connection that meets both. */
export function statement(name: string, text: string): Statement {
  if (names.has(name)) throw new RangeError(`two statements are called ${name}`)
  names.add(name)
  return { name, text }
}

export async function rowsOf<Row>(
  connection: Connection,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const { rows } = await connection.query({ name, text, values: [...values] })
  return rows as Row[]
}

/** One transaction inside one workspace, as the parts of the store see it. */
export interface Here {
  readonly workspace: WorkspaceId
  readonly now: Instant
  /** `$1` is the workspace, `$2` the rows as JSON. */
  run<Row = unknown>(statement: Statement, rows: unknown): Promise<readonly Row[]>
}

export const here = (connection: Connection, workspace: WorkspaceId, now: Instant): Here => ({
  workspace,
  now,
  run: (statement, rows) => rowsOf(connection, statement, [workspace, asJson(rows)]),
})

/**
 * PostgreSQL keeps neither NUL nor half a surrogate pair in a text, and customers send both: each becomes U+FFFD. JSON writes them as
 * escapes, so every escape is looked at and a backslash that a person typed is left alone.
 */
export function asJson(value: unknown): string {
  const json = JSON.stringify(value)
  return json.includes('\\u')
    ? json.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (it) =>
        it.startsWith('\\u0000') || it.startsWith('\\ud') ? '\ufffd' : it,
      )
    : json
}
