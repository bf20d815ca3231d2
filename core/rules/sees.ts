// Who may see what: somebody who is limited to brands or channels sees no ticket of others (D54). The database holds the same rule (migration 0022).

export interface Limits {
  /** Null: all. */
  readonly brands: readonly string[] | null
  readonly channels: readonly string[] | null
}

/** What has no brand is of none of theirs; what came by no channel is of none that they may not see. */
export function maySee(
  limits: Limits | null,
  of: { readonly brand: string | null; readonly channel: string | null },
): boolean {
  if (limits === null) return true
  const { brands, channels } = limits
  const isOfBrand = brands === null || (of.brand !== null && brands.includes(of.brand))
  return isOfBrand && (channels === null || of.channel === null || channels.includes(of.channel))
}
