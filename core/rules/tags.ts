// When two tags are the same tag, and what a new list of them changes.
import { folded, isSeen } from './fold.ts'

/** By what two tags are one; what is shown is how the tag was first written. */
export const tagKey = folded

export interface TagsChange {
  readonly tags: readonly string[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
}
export function tagsChange(before: readonly string[], asked: readonly string[]): TagsChange {
  const known = new Map(before.map((tag) => [tagKey(tag), tag]))
  const wanted = new Map<string, string>()
  for (const tag of asked) {
    const key = tagKey(tag)
    if (isSeen(tag) && !wanted.has(key)) wanted.set(key, known.get(key) ?? tag.trim().replace(/\s+/g, ' '))
  }
  return {
    tags: [...wanted.values()],
    added: [...wanted].filter(([key]) => !known.has(key)).map(([, tag]) => tag),
    removed: [...known].filter(([key]) => !wanted.has(key)).map(([, tag]) => tag),
  }
}
