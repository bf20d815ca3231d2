// Who may see what: somebody who is limited to brands or channels sees no ticket of others (D54). The database holds the same rule (migration 0022).

export interface Limits {
  /** Null: all. */
  readonly brands: readonly string[] | null
  readonly channels: readonly string[] | null
}

/** Null: of all. What has no brand is of none that is named. */
export const isOfBrand = (brands: readonly string[] | null, brand: string | null): boolean =>
  brands === null || (brand !== null && brands.includes(brand))

/** What has no brand is of none of theirs; what came by no channel is of none that they may not see. */
export function maySee(
  limits: Limits | null,
  of: { readonly brand: string | null; readonly channel: string | null },
): boolean {
  if (limits === null) return true
  const { brands, channels } = limits
  return isOfBrand(brands, of.brand) && (channels === null || of.channel === null || channels.includes(of.channel))
}
