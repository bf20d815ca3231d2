// What a new list of folders changes (D16).

export interface FoldersChange {
  /** All of them from now on: those that stay first, in their order. */
  readonly folders: readonly string[]
  readonly into: readonly string[]
  readonly out: readonly string[]
}
export function foldersChange(before: readonly string[], asked: readonly string[]): FoldersChange {
  const stay = before.filter((folder) => asked.includes(folder))
  const into = [...new Set(asked)].filter((folder) => !before.includes(folder))
  return { folders: [...stay, ...into], into, out: before.filter((folder) => !asked.includes(folder)) }
}
