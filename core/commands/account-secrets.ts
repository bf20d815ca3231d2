// Which secrets of an account somebody may set: a value always, a place on the gateway's own machine only who runs the installation.
import type { Asker, Refusal } from '../ports/command.ts'

/** As the door names who comes with the installation's own key; every other key belongs to one workspace. */
const isInstallation = ({ actor }: Asker): boolean => actor.kind === 'agent' && actor.id === 'admin'

/**
 * `env:` and `file:` name what lies beside the gateway: other workspaces' secrets, and every file it may read. With an `apiBase` of its
 * own a workspace would be sent them (S16, S27). Those that are set already stay.
 */
export function whyNotReferred(
  secrets: Readonly<Record<string, string | null>> | undefined,
  by: Asker,
): Refusal | null {
  if (isInstallation(by)) return null
  const [name] = Object.entries(secrets ?? {}).find(([, value]) => /^(?:env|file):/.test(value ?? '')) ?? []
  return name === undefined
    ? null
    : {
        refuse: 'forbidden',
        code: 'reference_not_allowed',
        field: `secrets.${name}`,
        why: 'Only the administrator of the installation may name env: and file: of its machine. Give the value itself; it is stored encrypted and never given back.',
      }
}
