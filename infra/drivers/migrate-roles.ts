// The roles that the product works under: checked at every start, since they belong to the server and not to us alone.
import type { ClientBase } from 'pg'
import { GatewayError } from '../../core/errors.ts'

export const workingRoles = ['inlet_desk', 'inlet_loops', 'inlet_agent'] as const

/** The statements an administrator runs when our user may not. */
export async function whatADbaRuns(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ who: string; where: string }>(
    'select quote_ident(session_user) as who, quote_ident(current_database()) as where',
  )
  const { who, where } = rows[0] ?? { who: 'the_user', where: 'the_database' }
  const there = await client.query<{ name: string }>('select rolname as name from pg_roles where rolname = any ($1)', [
    workingRoles,
  ])
  const missing = workingRoles.filter((role) => there.rows.every((row) => row.name !== role))
  return [
    ...missing.map((role) => `create role ${role} nologin;`),
    `grant ${workingRoles.join(', ')} to ${who} with set true, inherit false;`,
    `grant create on database ${where} to ${who};`,
  ].join('\n')
}

interface RoleRow {
  readonly name: string
  /** What the first migration gave it is still given. */
  readonly hasRights: boolean
  readonly isTooStrong: boolean
  readonly maySet: boolean
}

/** A role that passes row security would show every workspace to everybody, without a sign: then we do not start. */
export async function checkRoles(client: ClientBase): Promise<void> {
  const { rows } = await client.query<RoleRow>(
    `select rolname as name, rolname = 'inlet_agent' or has_schema_privilege(oid, 'inlet', 'usage') as "hasRights", rolsuper or rolbypassrls as "isTooStrong", pg_has_role(session_user, oid, 'SET') as "maySet"
       from pg_roles where rolname = any ($1)`,
    [workingRoles],
  )
  for (const role of workingRoles) {
    const found = rows.find((row) => row.name === role)
    if (found?.isTooStrong === true) {
      throw new GatewayError(
        'data.unusable',
        `The role ${role} passes row security, so workspaces would not be apart. Run: alter role ${role} nosuperuser nobypassrls;`,
      )
    }
    if (found?.hasRights !== true) throw withoutRights(role, await whatADbaRuns(client))
    if (found.maySet) continue
    throw new GatewayError(
      'data.unusable',
      `The database's user may not become ${role}. An administrator of the database runs, once:\n${await whatADbaRuns(client)}`,
    )
  }
}

/** Rights and rules of rows that name a role are lost where it was not there when they were restored; to give them anew would be guessing. */
const withoutRights = (role: string, statements: string): GatewayError =>
  new GatewayError(
    'data.unusable',
    `The role ${role} has no rights in this database, as after a backup that was restored on a server without it: pg_dump keeps rights, and no roles. An administrator of the database runs what follows, and restores the backup once more, into an empty database:\n${statements}`,
  )
