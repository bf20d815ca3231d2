// The made-up customers as this vendor names them: a phone and a business-scoped user id.
import type { Customer } from '../../../core/ports/stand-in.ts'
import { isTurkish, nameOf } from '../../_shared/stand-in/people.ts'
import type { Seeded } from '../../_shared/stand-in/seeded.ts'

export interface Person extends Customer {
  /** Digits without `+`. */
  readonly phone: string
  readonly userId: string
}
export function personOf(n: number, chance: Seeded): Person {
  // The customer's number goes in, so that no two people share a phone or a user id.
  const rest = String(n).padStart(6, '0')
  const phone = isTurkish(n)
    ? `905${chance.digits(3, 'phone', n)}${rest}`
    : `1650${chance.digits(1, 'phone', n)}${rest}`
  const userId = `${isTurkish(n) ? 'TR' : 'US'}.${chance.digits(14, 'user', n)}${rest}`
  return { name: nameOf(n, chance), phone, userId, address: `+${phone}`, id: userId }
}
