// An account as it will stand after it was made or changed.
import type { ChannelName, Instant } from '../../schemas/ids.ts'
import type { AccountRow } from '../ports/rows.ts'
import type { CreateAccountInput, UpdateAccountInput } from './accounts.ts'

/** `connecting` until a receiver or a test says more. */
export const accountMade = (input: CreateAccountInput, at: Instant): AccountRow => ({
  channel: input.channel as ChannelName,
  id: input.id,
  endpoint: input.endpoint ?? null,
  brand: input.brand ?? null,
  settings: input.settings,
  secrets: input.secrets,
  state: 'connecting',
  since: at,
  why: null,
  facts: {},
  tokenHash: input.tokenHash ?? null,
  assignment: input.assignment ?? null,
  autoAfterMinutes: input.autoAfterMinutes ?? 10,
  lifecycle: input.lifecycle ?? null,
  version: 1,
})

/** New settings or secrets may mend what was broken, so it connects anew. */
export function accountChanged(known: AccountRow, input: UpdateAccountInput, at: Instant): AccountRow {
  const { endpoint, brand, settings, tokenHash, assignment, autoAfterMinutes, lifecycle } = input
  const given = Object.fromEntries(
    Object.entries({ endpoint, brand, settings, tokenHash, assignment, autoAfterMinutes, lifecycle }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  const state = stateAfter(known, input)
  const turned = state === known.state ? {} : { state, since: at, why: null }
  const secrets = input.secrets === undefined ? known.secrets : secretsAfter(known.secrets, input.secrets)
  return { ...known, ...given, secrets, ...turned, version: known.version + 1 }
}

function stateAfter(known: AccountRow, { enabled, settings, secrets }: UpdateAccountInput): AccountRow['state'] {
  if (enabled === false) return 'disabled'
  if (known.state === 'disabled') return enabled === true ? 'connecting' : 'disabled'
  return settings === undefined && secrets === undefined ? known.state : 'connecting'
}

/** null takes one away; what is not named stays. */
const secretsAfter = (
  known: AccountRow['secrets'],
  asked: Readonly<Record<string, string | null>>,
): AccountRow['secrets'] =>
  Object.fromEntries(
    Object.entries({ ...known, ...asked }).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
