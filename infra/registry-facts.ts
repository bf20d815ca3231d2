// What decisions may know of the installed channels, answered from memory: abilities, addresses, whether settings fit.
import { Compile, type Validator } from 'typebox/compile'
import { whyInvalid } from '../api/why-invalid.ts'
import type { AnyChannel } from '../core/ports/channel.ts'
import { nearest } from './settings-values.ts'
import type { RegistryFacts } from './store/index.ts'

export function registryFacts(channels: ReadonlyMap<string, AnyChannel>): RegistryFacts {
  const checks = new Map<string, Validator>()
  return {
    capabilities: (channel, kind) => channels.get(channel)?.can[kind] ?? null,
    kinds: () => kindsOf(channels.values()),
    address(account, typed) {
      const channel = channels.get(account.channel)
      const kind = Object.keys(channel?.can ?? {})[0]
      if (channel?.address === undefined || kind === undefined)
        return { refuse: `On ${account.channel} a conversation cannot be opened from our side.` }
      const found = channel.address(typed, { id: account.id, settings: account.settings })
      return 'refuse' in found ? found : { kind, ...found }
    },
    keysOfReply: (account, message) =>
      channels.get(account.channel)?.keysOfReply?.(message, { id: account.id, settings: account.settings }) ?? [],
    whyNotAnAccount(name, settings, secretNames) {
      const channel = channels.get(name)
      if (channel === undefined)
        return {
          field: 'channel',
          why: `There is no channel "${name}" here. Installed: ${[...channels.keys()].join(', ')}.${meant(name, [...channels.keys()])}`,
        }
      return whyNotSettings(channel, settings, checks) ?? whyNotSecrets(channel, secretNames)
    },
    routesOf: (name, settings) => channels.get(name)?.routesOf(settings) ?? [],
  }
}

/** Of conversations, each once. */
export const kindsOf = (channels: Iterable<AnyChannel>): readonly string[] => [
  ...new Set([...channels].flatMap(({ can }) => Object.keys(can))),
]

function whyNotSettings(channel: AnyChannel, settings: unknown, checks: Map<string, Validator>) {
  const known = Object.keys(
    (channel.settings.schema as { readonly properties?: Record<string, unknown> }).properties ?? {},
  )
  const given = typeof settings === 'object' && settings !== null ? Object.keys(settings) : []
  const unknown = given.find((name) => !known.includes(name))
  if (unknown !== undefined)
    return {
      field: `settings.${unknown}`,
      why: `"${unknown}" is no setting of ${channel.name}.${meant(unknown, known)}`,
    }
  let check = checks.get(channel.name)
  if (check === undefined) checks.set(channel.name, (check = Compile(channel.settings.schema) as unknown as Validator))
  if (check.Check(settings)) return null
  const error = { validation: [...check.Errors(settings)], validationContext: 'settings' }
  const { field, detail } = whyInvalid(error as never, { settings: channel.settings.schema } as never, settings)
  return field === undefined
    ? { field: 'settings', why: 'The settings must be an object of names and values.' }
    : { field: `settings.${field}`, why: detail }
}

/** A secret, and while it rotates its previous value and the moment that one ends (S3). */
function whyNotSecrets(channel: AnyChannel, names: readonly string[]) {
  const known = Object.keys(channel.secrets).flatMap((name) => [name, `${name}Previous`, `${name}PreviousUntil`])
  const unknown = names.find((name) => !known.includes(name))
  return unknown === undefined
    ? null
    : { field: `secrets.${unknown}`, why: `"${unknown}" is no secret of ${channel.name}.${meant(unknown, known)}` }
}

const meant = (found: string, known: readonly string[]): string => {
  const near = nearest(found, known)
  return near === null ? '' : ` Did you mean "${near}"?`
}
