// How an agent's typed number becomes somebody to write to (D2, W2).
import { phoneKeys } from '../../core/rules/phone-keys.ts'
import type { Party } from '../../schemas/message.ts'
import type { Settings } from './settings.ts'

type Addressed = { readonly to: Party; readonly lane: string; readonly threadKeys: readonly string[] }

/** What people put between digits. Letters, a second `+` or an extension are no number we could guess right. */
const punctuation = /[\s().\-/\u00a0\u2010-\u2015]/g

export function address(
  typed: string,
  account: { readonly settings: Settings },
): Addressed | { readonly refuse: string } {
  const bare = typed.trim().replace(punctuation, '').replace(/^00/, '+')
  if (!bare.startsWith('+'))
    return {
      refuse: 'Write the number with + and its country code, as +905321234567; without it nobody can tell the country.',
    }
  const digits = bare.slice(1)
  const threadKeys = phoneKeys(digits)
  if (threadKeys.length === 0)
    return {
      refuse: `This is no phone number: after the + come 7 to 15 digits, the first of them not 0; here are ${digits.length} characters.`,
    }
  const to: Party = { id: digits, name: null, address: `+${digits}`, keys: [...threadKeys] }
  return { to, lane: `${account.settings.phoneNumberId}/${threadKeys[0]}`, threadKeys }
}
