// One person, one key: the ways a phone number is written in countries that changed their mobile prefix meet in one form (P20, B18).

const e164 = /^[1-9]\d{6,14}$/
/** Argentina's longest area codes have four digits; only Buenos Aires (11) has two, so `15` stands in one place only. */
const argentinaOldMobile = /^54(?:(11)15(\d{8})|(\d{3})15(\d{7})|(\d{4})15(\d{6}))$/

/**
 * The form that all spellings of one number share: Brazil with the ninth digit, Mexico without the `1`, Argentina with the `9` and
 * without `15`. (The three countries’ national plans; which spelling the vendor keeps differs by the account’s age.) Vendors keep the old spelling as an
 * id, so this is for finding people, never for sending.
 */
export function canonicalPhone(digits: string): string {
  const brazil = /^55([1-9]\d)([6-9]\d{7})$/.exec(digits)
  if (brazil !== null) return `55${brazil[1]}9${brazil[2]}`
  const mexico = /^521(\d{10})$/.exec(digits)
  if (mexico !== null) return `52${mexico[1]}`
  const argentina = argentinaOldMobile.exec(digits)
  if (argentina !== null) return `549${argentina.slice(1).join('')}`
  if (/^54[1-8]\d{9}$/.test(digits)) return `549${digits.slice(2)}`
  return digits
}

/** Contact and thread keys of a number: the shared form first, then the form it came in where that differs. Empty: not a phone number. */
export function phoneKeys(number: string): readonly string[] {
  const digits = number.replace(/^\+/, '')
  if (!e164.test(digits)) return []
  return [...new Set([`phone:${canonicalPhone(digits)}`, `phone:${digits}`])]
}
