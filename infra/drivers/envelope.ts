// Authenticated encryption bound to a place: what was sealed for one place opens in no other (S16).
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16

/** `place` is bound, not stored: JSON keeps `['a','b']` and `['ab']` apart. */
export type Place = readonly (string | number)[]
const bound = (place: Place): Buffer => Buffer.from(JSON.stringify(['inlet', ...place]))

/** nonce, ciphertext, tag. The nonce is random: a key may seal 2^32 times (NIST SP 800-38D, 8.3), and every workspace has its own. */
export function encrypt(key: Uint8Array, plain: Uint8Array, place: Place): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(bound(place))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Null when a byte, the key or the place differs. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, place: Place): Buffer | null {
  if (sealed.length < nonceBytes + tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(bound(place))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch {
    return null // Node says only that it could not authenticate, and so do we.
  }
}
