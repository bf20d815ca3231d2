// Mail addresses: how two are compared, and how an agent's typed one becomes somebody to write to (D2, W2).
import { domainToASCII } from 'node:url'
import type { Party } from '../../schemas/message.ts'

type Addressed = { readonly to: Party; readonly lane: string; readonly threadKeys: readonly string[] }

/** One form for comparing: the domain as DNS has it, the whole in small letters. Dots and tags are kept: only one provider ignores them. */
export function lowerAddress(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 0) return address.toLowerCase()
  return `${address.slice(0, at).toLowerCase()}@${asInDns(address.slice(at + 1))}`
}
/** A domain in the one form for comparing, however it is typed. */
export const asInDns = (domain: string): string => domainToASCII(domain) || domain.toLowerCase()
/** Of an address, in that form; empty where there is none. */
export const domainOf = (address: string | null | undefined): string =>
  lowerAddress(address ?? '')
    .split('@')
    .at(-1)!

/** The address without the tag after a plus sign. */
export const withoutTag = (address: string): string => address.replace(/\+[^@]*(?=@)/, '')

/**
 * The forms an address of ours may have been written in, the nearest first: as it is; without the tag of a reply or report; without any tag.
 * An account's own address may have a tag too.
 */
export const formsOf = (address: string): readonly string[] => [
  address,
  address.replace(/\+[rb]\.[0-9a-z.-]{8,60}(?=@)/i, ''),
  withoutTag(address),
]

/** Who identifies a person across conversations. */
export const contactKey = (address: string): string => `email:${lowerAddress(address)}`

const named = /^\s*(?:"?([^"<>]*?)"?\s*)<([^<>\s]+)>\s*$/
/** A domain with an empty name in it is none: the library that sends leaves out who is written so, without a word. */
const plausible = /^[^\s<>@"(),:;\\[\]]{1,64}@(?!\.)(?!.*\.\.)[^\s<>@"(),:;\\[\]]{1,253}(?<!\.)$/u

/** Whether a mail can be addressed so, as it stands. */
export const isAddress = (text: string): boolean => plausible.test(text) && text.length <= 254

export function address(typed: string): Addressed | { readonly refuse: string } {
  const [, name = '', inner] = named.exec(typed) ?? []
  const bare = (inner ?? typed).trim()
  if (!isAddress(bare))
    return { refuse: `This is no mail address: write it as ana@example.com or Ana Kaya <ana@example.com>.` }
  const key = contactKey(bare)
  const to: Party = {
    id: lowerAddress(bare),
    name: name.trim() === '' ? null : name.trim(),
    address: bare,
    keys: [key],
  }
  return { to, lane: key, threadKeys: [key] }
}
